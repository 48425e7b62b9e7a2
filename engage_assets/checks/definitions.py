"""The gates as blocking asset checks: each judges, keeps its verdict in the lake, and stops what is downstream."""

from collections.abc import Iterator
from itertools import groupby

import dagster as dg

from engage_assets.checks.gates import Evidence, Gate, comparable_champion, gates_for
from engage_assets.checks.result import GateResult
from engage_assets.partitions import weeks_of
from engage_assets.records.gate_log import write_record
from engage_assets.records.model_registry import read_verdict
from engage_assets.resources.lake import Lake
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

POOL = "warehouse"


def build_gate_checks(settings: Settings) -> list[dg.AssetChecksDefinition]:
    """One step for each guarded asset, with a check for each of its gates."""
    by_asset = groupby(sorted(gates_for(settings), key=lambda gate: gate.asset), key=lambda gate: gate.asset)
    return [_gate_checks(asset, tuple(gates), settings) for asset, gates in by_asset]


def _gate_checks(asset: tuple[str, str], gates: tuple[Gate, ...], settings: Settings) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(gate.name, asset=dg.AssetKey(asset), blocking=True, description=gate.description)
        for gate in gates
    ]

    @dg.multi_asset_check(name=f"gates_of_{'_'.join(asset)}", specs=specs, can_subset=True, pool=POOL)
    def checks(
        context: dg.AssetCheckExecutionContext, lake: Lake, registry: Lake, warehouse: Warehouse
    ) -> Iterator[dg.AssetCheckResult]:
        evidence = Evidence(weeks_of(context), lake, registry, warehouse, settings)
        selected = {key.name for key in context.selected_asset_check_keys}
        for gate in gates:
            if gate.name in selected:
                result = judge_closed(gate, evidence)
                write_record(lake, evidence.week, "/".join(asset), result, subject=evidence.subject(gate.stage))
                yield as_check_result(gate, result, blocks=blocks(gate, evidence))

    return checks


def judge_closed(gate: Gate, evidence: Evidence) -> GateResult:
    """The gate's verdict. Figures that cannot be read are a failure, never a pass."""
    try:
        return gate.judge(evidence)
    except Exception as error:
        return GateResult.failed(
            gate.name, None, "", f"its figures could not be read ({type(error).__name__}: {error})"
        )


def blocks(gate: Gate, evidence: Evidence) -> bool:
    """Whether a failure stops the run.

    A fault of the new models alone does not while a champion can go on scoring. A leak or a bias does: what such a gate
    finds is in the data that the champion would score, too. It does not once a person has overridden it, by hand or in
    the contract of an extract.
    """
    if gate.accepted_finding:
        return False
    if gate.stage != "model":
        return True
    if not gate.refuses_week:
        return comparable_champion(evidence.registry, evidence.week, evidence.settings) is None
    verdict = read_verdict(evidence.registry, evidence.subject("model"))
    return verdict is None or gate.name not in verdict.overrides


def as_check_result(gate: Gate, result: GateResult, *, blocks: bool) -> dg.AssetCheckResult:
    """A refusal that blocks is an error; any other verdict than passed is a warning, which the consumers judge."""
    return dg.AssetCheckResult(
        check_name=gate.name,
        asset_key=dg.AssetKey(gate.asset),
        passed=result.state == "passed",
        severity=dg.AssetCheckSeverity.ERROR if result.state == "failed" and blocks else dg.AssetCheckSeverity.WARN,
        metadata={
            "state": result.state,
            "message": result.message,
            "limit": result.limit,
            **({"accepted_because": gate.accepted_finding} if gate.accepted_finding else {}),
            **({} if result.value is None else {"value": result.value}),
            **({"details": dg.MetadataValue.json(result.details)} if result.details else {}),
        },
    )
