"""The record of what each gate said of a week. Written by the checks, read by everything that may refuse.

``gate_log/week=…/<gate>.json`` holds the newest verdict of a gate. Publishing takes a copy, so that the verdicts of a
published week stay with it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

import pyarrow as pa

from engage_assets.checks.result import GateResult
from engage_assets.errors import GateRefusedError
from engage_assets.resources.lake import Lake, week_folder

RECORD_SCHEMA = pa.schema(
    [
        ("week", pa.date32()),
        ("run_id", pa.string()),
        ("gate", pa.string()),
        ("asset", pa.string()),
        ("state", pa.string()),
        ("value", pa.float64()),
        ("limit_text", pa.string()),
        ("message", pa.string()),
        ("evaluated_at", pa.timestamp("us")),
    ]
)


class Gate(Protocol):
    """What the log needs to know of a gate."""

    @property
    def name(self) -> str:
        """The gate's name."""
        ...

    @property
    def may_be_insufficient(self) -> bool:
        """Whether too few rows to tell is accepted."""
        ...


@dataclass(frozen=True)
class GateRecord:
    """One gate's verdict on one week, as it is kept."""

    gate: str
    asset: str
    state: str
    value: float | None
    limit_text: str
    message: str
    evaluated_at: str
    subject: str
    """What was judged: a week's data, a model version, or a run's scores. A verdict counts for nothing else."""


def write_record(lake: Lake, week: date, asset: str, result: GateResult, *, subject: str) -> GateRecord:
    """Keeps a verdict as the newest of its gate for this week."""
    record = GateRecord(
        gate=result.gate,
        asset=asset,
        state=result.state,
        value=result.value,
        limit_text=result.limit,
        message=result.message,
        evaluated_at=datetime.now(UTC).replace(tzinfo=None).isoformat(),
        subject=subject,
    )
    lake.write_json(f"{week_folder('gate_log', week)}/{result.gate}.json", vars(record))
    return record


def read_records(lake: Lake, week: date) -> list[GateRecord]:
    """The newest verdict of every gate for this week, in the order of their names."""
    folder = week_folder("gate_log", week)
    return [GateRecord(**lake.read_json(f"{folder}/{name}")) for name in lake.names(folder) if name.endswith(".json")]


def require(records: Iterable[GateRecord], gates: Sequence[Gate], *, subject: str) -> list[GateRecord]:
    """Refuses unless each of `gates` has a verdict on `subject`, and it is ``passed``.

    A gate that declares so may also be ``insufficient`` (too few rows to tell); never ``failed``. Returns the verdicts.

    Raises
    ------
    GateRefusedError
        Naming each gate that is missing or did not pass, with its figures.
    """
    if problems := faults_of(records, gates, subject=subject):
        raise GateRefusedError("refused by " + "; ".join(problems))
    return verdicts_on(records, gates, subject=subject)


def faults_of(
    records: Iterable[GateRecord],
    gates: Sequence[Gate],
    *,
    subject: str,
    overridden: Collection[str] = (),
) -> list[str]:
    """A line for each of `gates` that has no verdict on `subject` or did not pass; those `overridden` do not count."""
    by_name = {record.gate: record for record in records if record.subject == subject}
    problems = []
    for gate in gates:
        record = by_name.get(gate.name)
        if record is None:
            problems.append(f"{gate.name}: was not evaluated for {subject}")
        elif record.state == "passed" or (record.state == "insufficient" and gate.may_be_insufficient):
            continue
        elif gate.name not in overridden:
            problems.append(f"{gate.name}: {record.state}: {record.message}")
    return problems


def verdicts_on(records: Iterable[GateRecord], gates: Sequence[Gate], *, subject: str) -> list[GateRecord]:
    """The verdicts of `gates` on `subject`, in the order of the gates."""
    by_name = {record.gate: record for record in records if record.subject == subject}
    return [by_name[gate.name] for gate in gates if gate.name in by_name]


def as_table(records: Sequence[GateRecord], week: date, run_id: str) -> pa.Table:
    """The verdicts as rows of the ``gates`` table."""
    return pa.table(
        {
            "week": pa.array([week] * len(records), pa.date32()),
            "run_id": [run_id] * len(records),
            "gate": [record.gate for record in records],
            "asset": [record.asset for record in records],
            "state": [record.state for record in records],
            "value": pa.array([record.value for record in records], pa.float64()),
            "limit_text": [record.limit_text for record in records],
            "message": [record.message for record in records],
            "evaluated_at": pa.array([datetime.fromisoformat(record.evaluated_at) for record in records]),
        },
        schema=RECORD_SCHEMA,
    )
