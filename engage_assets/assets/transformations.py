"""The dbt models as assets: features before training, results after a week's scores passed their gates."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from engage_assets.assets.metadata import markdown_table
from engage_assets.dbt import NodeOutcome, Translator, manifest_path, read_manifest
from engage_assets.dbt_overlay import ensure_project
from engage_assets.errors import EngageError
from engage_assets.partitions import week_of, weeks_of
from engage_assets.platform_contract import weeks_partitions
from engage_assets.records.candidate import read_candidate
from engage_assets.records.placeholders import ensure_placeholders
from engage_assets.records.pointer import published_run
from engage_assets.records.usage import metered
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.resources.warehouse import ModelTable, Warehouse
from engage_assets.settings import Settings

FEATURE_FOLDERS = ("staging", "features")
RESULT_FOLDERS = ("results", "analytics", "monitoring", "fairness")

RESULT_INPUTS = ("predictions", "decisions", "evaluation")
"""The lake's folders that the results of a week are built from."""

WEEKS_READ = 5
"""Features of a week read its own extracts and those of the four weeks before it."""

POOL = "warehouse"
"""DuckDB has one writer; every asset that touches the warehouse's file shares this pool of one."""

DbtEvent = dg.MaterializeResult | dg.AssetCheckResult  # type: ignore[type-arg]


def build_transformation_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The two groups of dbt models."""
    target_path = settings.dbt_target
    ensure_project(settings)
    manifest = read_manifest(manifest_path(target_path))
    translator = Translator()

    @dbt_assets(
        manifest=manifest,
        select=selection(FEATURE_FOLDERS),
        name="feature_models",
        partitions_def=weeks_partitions(settings),
        backfill_policy=dg.BackfillPolicy.single_run(),
        dagster_dbt_translator=translator,
        pool=POOL,
    )
    def feature_models(context: dg.AssetExecutionContext, warehouse: Warehouse, lake: Lake) -> Iterator[DbtEvent]:
        weeks = weeks_of(context)
        variables = {"week": weeks[-1], "first_week": weeks[0], "last_week": weeks[-1], "run_id": context.run_id}
        with metered(lake, weeks[-1], "features", warehouse) as usage:
            outcomes = warehouse.build(select=selected(context, FEATURE_FOLDERS), variables=variables)
            usage.rows = sum(outcome.rows or 0 for outcome in outcomes)
            usage.bytes_scanned = bytes_of_extracts(lake, weeks[-1])
        yield from dbt_events(context, outcomes, target_path, warehouse)

    @dbt_assets(
        manifest=manifest,
        select=selection(RESULT_FOLDERS),
        name="result_models",
        partitions_def=weeks_partitions(settings),
        dagster_dbt_translator=translator,
        pool=POOL,
    )
    def result_models(context: dg.AssetExecutionContext, warehouse: Warehouse, lake: Lake) -> Iterator[DbtEvent]:
        week = week_of(context)
        run_id = read_candidate(lake, week).run_id
        variables = {
            **dict.fromkeys(("week", "first_week", "last_week"), week),
            "run_id": run_id,
            "rebuilds_published": published_run(lake, week) == run_id,
        }
        ensure_placeholders(lake)
        with metered(lake, week, "results", warehouse) as usage:
            outcomes = warehouse.build(select=selected(context, RESULT_FOLDERS), variables=variables)
            usage.rows = sum(outcome.rows or 0 for outcome in outcomes)
            usage.bytes_scanned = sum(lake.size(week_folder(folder, week)) for folder in RESULT_INPUTS)
        yield from dbt_events(context, outcomes, target_path, warehouse)

    return [feature_models, result_models]


def bytes_of_extracts(lake: Lake, week: date) -> int:
    """Bytes of the accepted extracts that the features of a week are built from."""
    weeks = [week - timedelta(weeks=back) for back in range(WEEKS_READ)]
    tables = lake.names("accepted")
    return sum(lake.size(week_folder(f"accepted/{table}", each)) for table in tables for each in weeks)


def folder_tables(settings: Settings, folders: Sequence[str]) -> list[ModelTable]:
    """The models of some folders, in the order of the manifest."""
    nodes = read_manifest(manifest_path(settings.dbt_target))["nodes"].values()
    return [
        ModelTable(
            schema=node["fqn"][1],
            name=node["name"],
            is_table=node["config"]["materialized"] != "view",
            is_published=node["config"]["materialized"] != "table",
        )
        for node in nodes
        if node["resource_type"] == "model" and node["fqn"][1] in folders
    ]


def selection(folders: Sequence[str]) -> str:
    """The dbt selection of whole folders."""
    return " ".join(f"fqn:engage.{folder}.*" for folder in folders)


def selected(context: dg.AssetExecutionContext, folders: Sequence[str]) -> list[str]:
    """The dbt selection of this run: whole folders, or the models that were picked in the interface."""
    if not context.is_subset:
        return selection(folders).split()
    return sorted(key.path[-1] for key in context.selected_asset_keys)


NOT_RUN = "not run: what it judges was not built"


def dbt_events(
    context: dg.AssetExecutionContext, outcomes: Sequence[NodeOutcome], target_path: Path, warehouse: Warehouse
) -> Iterator[DbtEvent]:
    """Dagster's events for what dbt did: a materialization a model, a check result a test.

    Raises
    ------
    dagster.Failure
        After all events, when a model or a test failed; it names each with dbt's message.
    """
    manifest = read_manifest(manifest_path(target_path))
    translator = Translator()
    models = [outcome for outcome in outcomes if outcome.unique_id.startswith("model.") and outcome.ok]
    shown = describe_models(warehouse, [manifest["nodes"][outcome.unique_id] for outcome in models])
    for outcome in models:
        node = manifest["nodes"][outcome.unique_id]
        yield dg.MaterializeResult(
            asset_key=translator.get_asset_key(node),
            metadata={"seconds": outcome.seconds, **shown[outcome.unique_id]},
        )
    broken = next((o for o in outcomes if o.unique_id.startswith("model.") and o.status == "error"), None)
    for outcome in outcomes:
        if not outcome.unique_id.startswith("test."):
            continue
        if outcome.status == "skipped" and broken is not None:
            continue  # it judged nothing: the model that could not be built is the fault to tell
        key = get_asset_check_key_for_test(manifest, translator, outcome.unique_id, None)
        if key is None or key not in context.selected_asset_check_keys:
            continue
        severity = manifest["nodes"][outcome.unique_id]["config"]["severity"].upper()
        yield dg.AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=outcome.status == "pass",
            severity=dg.AssetCheckSeverity.ERROR if severity == "ERROR" else dg.AssetCheckSeverity.WARN,
            metadata={"failing_rows": outcome.failures or 0, "message": outcome.message or NOT_RUN},
        )
    failed = [outcome for outcome in outcomes if not outcome.ok and outcome.status != "skipped"]
    if failed:
        lines = [f"{outcome.unique_id.split('.')[2]}: {outcome.message or outcome.status}" for outcome in failed]
        raise EngageError("dbt: " + "; ".join(lines))


def describe_models(warehouse: Warehouse, nodes: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Row count, column schema and first rows of each model, by unique id."""
    relations = {node["unique_id"]: f'"{node["fqn"][1]}"."{node["name"]}"' for node in nodes}
    previews = warehouse.query_all({name: f"select * from {place} limit 5" for name, place in relations.items()})
    counts = warehouse.query_all(
        {
            node["unique_id"]: f"select count(*) as n from {relations[node['unique_id']]}"
            for node in nodes
            if node["config"]["materialized"] != "view"
        }
    )
    described: dict[str, dict[str, Any]] = {}
    for node in nodes:
        name, preview = node["unique_id"], previews[node["unique_id"]]
        columns = [
            dg.TableColumn(
                name=field.name,
                type=str(field.type),
                description=node["columns"].get(field.name, {}).get("description") or None,
            )
            for field in preview.schema
        ]
        described[name] = {
            "dagster/column_schema": dg.TableSchema(columns=columns),
            "preview": dg.MetadataValue.md(markdown_table(preview)),
        }
        if name in counts:
            described[name]["dagster/row_count"] = counts[name]["n"][0].as_py()
    return described
