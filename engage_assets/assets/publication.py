"""Publication: the pointer that makes a run's version of a week the published one, and the file for marketing.

Nothing that consumers read changes before the pointer moves, and it moves only when every gate has passed.
"""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.csv as pacsv

from engage_assets.assets.metadata import table_metadata
from engage_assets.assets.transformations import POOL, RESULT_FOLDERS, folder_tables
from engage_assets.checks.gates import gates_of
from engage_assets.errors import GateRefusedError
from engage_assets.partitions import week_of
from engage_assets.platform_contract import weeks_partitions
from engage_assets.records import costs, gate_log, usage
from engage_assets.records.candidate import Candidate, read_candidate
from engage_assets.records.model_registry import read_trained, read_verdict
from engage_assets.records.pointer import move_pointer
from engage_assets.records.questions import QuestionUsage, asked_in
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

RUN_FOLDERS = (
    *("predictions", "decisions", "gates", "usage", "handover/features"),
    *("performance", "drift", "scorecard", "costs"),
)
"""Folders that hold one sub-folder for each run of a week."""

CHALLENGER = "models/challenger"
"""The asset that verdicts name which are about a week's own model when an earlier one scored the week."""
ACTIONS = "actions.csv"


def build_publication_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The published pointer and the exported action list."""
    tables = folder_tables(settings, RESULT_FOLDERS)

    @dg.asset(
        key=["results", "published_week"],
        deps=[[table.schema, table.name] for table in tables],
        group_name="results",
        kinds={"parquet"},
        partitions_def=weeks_partitions(settings),
        pool=POOL,
        description="The pointer to the run that is published for a week. Moves only when every gate has passed.",
    )
    def published_week(
        context: dg.AssetExecutionContext, warehouse: Warehouse, lake: Lake, registry: Lake
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        week = week_of(context)
        candidate = read_candidate(lake, week)
        records = gate_log.read_records(lake, week)
        verdicts = [
            *gate_log.require(records, gates_of("data", settings), subject=week.isoformat()),
            *model_verdicts(registry, candidate.model_version, week=week, records=records, settings=settings),
            *gate_log.require(records, gates_of("score", settings), subject=candidate.run_id),
        ]
        publish(lake, week, candidate, verdicts, asked_in(lake, week))
        warehouse.see_files()
        warehouse.keep_run([table for table in tables if table.is_table], week, candidate.run_id)
        remove_superseded(lake, week, candidate.run_id)
        return dg.MaterializeResult(
            metadata={
                "run_id": candidate.run_id,
                "model_version": candidate.model_version,
                "gates": dg.MetadataValue.md("\n".join(f"* {v.gate}: {v.state}. {v.message}" for v in verdicts)),
            }
        )

    @dg.asset(
        key=["exports", "actions"],
        deps=[["results", "published_week"], ["results", "action_list"]],
        group_name="results",
        kinds={"csv"},
        partitions_def=weeks_partitions(settings),
        pool=POOL,
        description="What marketing uploads: one row a customer with an action, without the held-out tenth.",
    )
    def actions(context: dg.AssetExecutionContext, warehouse: Warehouse, exports: Lake) -> dg.MaterializeResult:  # type: ignore[type-arg]
        week = week_of(context)
        rows = warehouse.query(
            "select * from published.action_list where week = ? order by expected_action_value_usd desc, customer_id",
            [week],
        )
        folder = f"week={week}"
        with exports.filled(folder) as place:
            write_csv(rows, place / ACTIONS)
        path = exports.location(f"{folder}/{ACTIONS}")
        return dg.MaterializeResult(metadata={**table_metadata(rows), "path": dg.MetadataValue.path(path)})

    return [published_week, actions]


def model_verdicts(
    registry: Lake,
    version: str,
    *,
    week: date,
    records: Sequence[gate_log.GateRecord],
    settings: Settings | None = None,
) -> list[gate_log.GateRecord]:
    """What the gates said of the model that scored, and what speaks against the one the week trained, if it is another.

    The model that scored may be an earlier one: its verdict is the one stored at its promotion. The week's own model
    must have passed those gates that refuse a week all the same.

    Raises
    ------
    GateRefusedError
        When the model was not promoted, or the week's own model was refused by a gate that refuses a week.
    """
    verdict = read_verdict(registry, version)
    if verdict is None or verdict.state == "not promoted":
        raise GateRefusedError(f"refused: model version {version} was not promoted, so nothing it scored is published")
    gates = gates_of("model", settings)
    judged_then = [gate for gate in gates if gate.name in {record.gate for record in verdict.gates}]
    if faults := gate_log.faults_of(verdict.gates, judged_then, subject=version, overridden=verdict.overrides):
        raise GateRefusedError("refused by " + "; ".join(faults))
    trained = str(read_trained(registry, week)["model_version"])
    if trained == version:
        return verdict.shown()
    own = read_verdict(registry, trained)
    strict = [gate for gate in gates if gate.refuses_week]
    overridden = own.overrides if own else {}
    if faults := gate_log.faults_of(records, strict, subject=trained, overridden=overridden):
        raise GateRefusedError("refused by " + "; ".join(faults))
    against = gate_log.verdicts_on(records, gates, subject=trained)
    return [*verdict.shown(), *(replace(each, asset=CHALLENGER) for each in against if each.state != "passed")]


def publish(
    lake: Lake, week: date, candidate: Candidate, verdicts: list[gate_log.GateRecord], asked: QuestionUsage
) -> None:
    """Keeps the verdicts and the usage with the run, then moves the week's pointer to it."""
    run_id = candidate.run_id
    lake.write_table(week_folder("gates", week, run_id), gate_log.as_table(verdicts, week, run_id))
    stages = usage.stages_of_run(usage.read_usage(lake, week), first_stage="validate")
    lake.write_table(week_folder("usage", week, run_id), usage.as_table(stages, week, run_id))
    lake.write_table(week_folder("costs", week, run_id), costs.as_table(stages, week, run_id, asked))
    lake.write_json(f"{week_folder('answers', week)}/questions.json", asdict(asked))
    move_pointer(lake, week, candidate)


def remove_superseded(lake: Lake, week: date, run_id: str) -> None:
    """Removes what earlier runs of the week left behind."""
    for prefix in RUN_FOLDERS:
        folder = week_folder(prefix, week)
        for name in lake.names(folder):
            if name.startswith("run_id=") and name != f"run_id={run_id}":
                lake.clear(f"{folder}/{name}")


def write_csv(rows: pa.Table, path: Path) -> None:
    """Writes a CSV file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}")
    pacsv.write_csv(rows, temporary)
    shutil.move(temporary, path)
