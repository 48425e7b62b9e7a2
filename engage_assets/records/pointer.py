"""The published pointer: which run of a week consumers see. One small Parquet file a week, replaced atomically."""

from datetime import UTC, date, datetime

import pyarrow as pa

from engage_assets.records.candidate import Candidate
from engage_assets.resources.lake import Lake, week_folder

POINTER_SCHEMA = pa.schema(
    [
        ("week", pa.date32()),
        ("run_id", pa.string()),
        ("model_version", pa.string()),
        ("published_at", pa.timestamp("us")),
    ]
)


def move_pointer(lake: Lake, week: date, candidate: Candidate) -> None:
    """Makes the candidate the published run of the week."""
    row = {
        "week": week,
        "run_id": candidate.run_id,
        "model_version": candidate.model_version,
        "published_at": datetime.now(UTC).replace(tzinfo=None),
    }
    lake.write_table(
        week_folder("published", week), pa.Table.from_pylist([row], schema=POINTER_SCHEMA), name="pointer.parquet"
    )


def published_run(lake: Lake, week: date) -> str | None:
    """The run that is published for a week, or None."""
    if week not in lake.weeks("published"):
        return None
    return str(lake.read_table(week_folder("published", week))["run_id"][0].as_py())
