"""What each stage of a week used: seconds, processor seconds, peak memory, rows, bytes. The cost report reads it."""

import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from engage_assets.resources.lake import Lake, week_folder
from engage_assets.resources.warehouse import Warehouse

USAGE_SCHEMA = pa.schema(
    [
        ("week", pa.date32()),
        ("run_id", pa.string()),
        ("stage", pa.string()),
        ("seconds", pa.float64()),
        ("cpu_seconds", pa.float64()),
        ("peak_memory_mb", pa.float64()),
        ("rows", pa.int64()),
        ("bytes_written", pa.int64()),
        ("bytes_scanned", pa.int64()),
    ]
)


@dataclass
class StageUsage:
    """One stage's use. The body of the stage fills in rows and bytes; the clock and the memory fill themselves in."""

    stage: str
    started_at: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    rows: int = 0
    bytes_written: int = 0
    bytes_scanned: int = 0


@contextmanager
def metered(lake: Lake, week: date, stage: str, warehouse: Warehouse | None = None) -> Iterator[StageUsage]:
    """Measures the block as one stage of `week` and keeps the figures in the lake when it succeeds.

    What `warehouse` says that it scanned meanwhile replaces the stage's own figure. The peak memory is the larger of
    this process's and its largest finished child's, in MB.
    """
    usage = StageUsage(stage, started_at=datetime.now(UTC).isoformat())
    started, cpu = time.monotonic(), _cpu_seconds()
    scanned = warehouse.scanned_bytes() if warehouse else 0
    yield usage
    usage.seconds = time.monotonic() - started
    usage.cpu_seconds = _cpu_seconds() - cpu
    usage.peak_memory_mb = _peak_memory_mb()
    if measured := (warehouse.scanned_bytes() if warehouse else 0) - scanned:
        usage.bytes_scanned = measured
    lake.write_json(f"{week_folder('usage_log', week)}/{stage}.json", asdict(usage))


def read_usage(lake: Lake, week: date) -> list[StageUsage]:
    """The stages recorded for a week, in the order they started."""
    folder = week_folder("usage_log", week)
    stages = [StageUsage(**lake.read_json(f"{folder}/{name}")) for name in lake.names(folder)]
    return sorted(stages, key=lambda stage: stage.started_at)


def stages_of_run(stages: Sequence[StageUsage], *, first_stage: str) -> list[StageUsage]:
    """The stages since `first_stage` last started: what an earlier run of the week left behind is older."""
    start = max((stage.started_at for stage in stages if stage.stage == first_stage), default="")
    return [stage for stage in stages if stage.started_at >= start]


def as_table(stages: Sequence[StageUsage], week: date, run_id: str) -> pa.Table:
    """The stages as rows of the ``usage`` table."""
    rows: list[dict[str, Any]] = [{"week": week, "run_id": run_id, **asdict(stage)} for stage in stages]
    for row in rows:
        del row["started_at"]
    return pa.Table.from_pylist(rows, schema=USAGE_SCHEMA)


def _cpu_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _peak_memory_mb() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return max(own.ru_maxrss, children.ru_maxrss) / 1024
