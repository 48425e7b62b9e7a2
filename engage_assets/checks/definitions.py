"""The gates as blocking asset checks: each judges, keeps its verdict in the lake, and stops what is downstream."""

from collections.abc import Callable

import dagster as dg

from engage_assets.checks.gates import GATES, Evidence, Gate
from engage_assets.checks.result import GateResult
from engage_assets.partitions import weeks_of
from engage_assets.records.gate_log import write_record
from engage_assets.resources.lake import Lake
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

POOL = "warehouse"


def build_gate_checks(settings: Settings) -> list[dg.AssetChecksDefinition]:
    """One check for each gate."""
    return [_gate_check(gate, settings) for gate in GATES]


def _gate_check(gate: Gate, settings: Settings) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(gate.asset), name=gate.name, blocking=True, description=gate.description, pool=POOL
    )
    def check(
        context: dg.AssetCheckExecutionContext, lake: Lake, registry: Lake, warehouse: Warehouse
    ) -> dg.AssetCheckResult:
        evidence = Evidence(weeks_of(context), lake, registry, warehouse, settings)
        result = judge_closed(gate, evidence)
        write_record(lake, evidence.week, "/".join(gate.asset), result, subject=evidence.subject(gate.stage))
        return as_check_result(result)

    return check


def judge_closed(gate: Gate, evidence: Evidence) -> GateResult:
    """The gate's verdict. Figures that cannot be read are a failure, never a pass."""
    judge: Callable[[Evidence], GateResult] = gate.judge
    try:
        result = judge(evidence)
    except Exception as error:
        return GateResult.failed(
            gate.name, None, "", f"its figures could not be read ({type(error).__name__}: {error})"
        )
    # The rules name themselves; the record and the check go by the name in the list.
    return GateResult(gate.name, result.state, result.value, result.limit, result.message, result.details)


def as_check_result(result: GateResult) -> dg.AssetCheckResult:
    """A refusal is an error, which blocks; too few rows to tell is a warning, which the consumers judge."""
    return dg.AssetCheckResult(
        passed=result.state == "passed",
        severity=dg.AssetCheckSeverity.ERROR if result.state == "failed" else dg.AssetCheckSeverity.WARN,
        metadata={
            "state": result.state,
            "message": result.message,
            "limit": result.limit,
            **({} if result.value is None else {"value": result.value}),
            **({"details": dg.MetadataValue.json(result.details)} if result.details else {}),
        },
    )
