"""Parquet files of a week: written aside, then renamed, so that a reader sees a whole (table, week) or none.

A folder holds ``part-0.parquet``, ``part-1.parquet`` …, each with the customers of a fixed block of indices and one
row group per chunk.
"""

import os
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from engage_assets.synthetic.schema import RAW_TABLES
from engage_assets.synthetic.truth import SCHEMA as TRUTH_SCHEMA

TABLES = (*RAW_TABLES, "truth")
_STAGING = ".staging"
# Values that hardly repeat: a dictionary of them costs time and saves nothing.
_DISTINCT = frozenset(
    {
        "customer_id", "contact_id", "signup_at", "first_active_at", "last_active_at", "lifetime_value_usd",
        "driver_absence", *(name for name in TRUTH_SCHEMA.names if name.startswith("churn_probability")),
    }
)  # fmt: skip


def week_folder(lake: Path, table: str, week: date) -> Path:
    """Where a table keeps a week; ``truth`` lies beside ``raw``, not in it."""
    place = lake / "truth" if table == "truth" else lake / "raw" / table
    return place / f"week={week.isoformat()}"


def staging_folder(lake: Path, run: str, table: str, week: date) -> Path:
    """Where a run writes a week of a table before it counts."""
    return lake / _STAGING / f"synthetic-{run}" / table / f"week={week.isoformat()}"


def empty(table: str) -> pa.Table:
    """A table without rows, of the columns it would have."""
    return (TRUTH_SCHEMA if table == "truth" else RAW_TABLES[table]).empty_table()


class PartWriter:
    """Writes one part of a table; the file appears with the first rows, or on ``close`` when it ``must_exist``."""

    def __init__(self, path: Path, table: str, *, must_exist: bool) -> None:
        self._path, self._table, self._must_exist = path, table, must_exist
        self._writer: pq.ParquetWriter | None = None
        self.rows = 0

    def write(self, rows: pa.Table) -> None:
        """Append rows as one row group; none are skipped."""
        if rows.num_rows == 0:
            return
        writer = self._writer or self._open(rows.schema)
        writer.write_table(rows, row_group_size=rows.num_rows)
        self.rows += rows.num_rows

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Dictionary columns are written as they are; without the stored Arrow schema they read back as plain columns.
        # Their codes are bit-packed noise: compressing them and keeping statistics costs a quarter of the time.
        coded = [name for name in schema.names if name not in _DISTINCT]
        self._writer = pq.ParquetWriter(
            self._path,
            schema,
            compression={name: "zstd" if name in _DISTINCT else "none" for name in schema.names},
            use_dictionary=coded,
            write_statistics=["week", "customer_id"],
            store_schema=False,
        )
        return self._writer

    def close(self) -> None:
        """Finish the file."""
        if self._writer is None and self._must_exist:
            self._open(empty(self._table).schema)
        if self._writer is not None:
            self._writer.close()


def promote(lake: Path, run: str, table: str, week: date) -> None:
    """Put a finished week in place of whatever was there."""
    target = week_folder(lake, table, week)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        replaced = lake / _STAGING / f"synthetic-{run}" / "replaced" / table / target.name
        replaced.parent.mkdir(parents=True, exist_ok=True)
        target.rename(replaced)
    staging_folder(lake, run, table, week).rename(target)


def clean(lake: Path, run: str) -> None:
    """Remove what this run, or a run that was killed, left aside."""
    staging = lake / _STAGING
    for folder in staging.glob("synthetic-*"):
        owner = folder.name.removeprefix("synthetic-")
        if owner == run or not _runs(owner):
            shutil.rmtree(folder, ignore_errors=True)
    if staging.exists() and not any(staging.iterdir()):
        staging.rmdir()


def _runs(owner: str) -> bool:
    try:
        os.kill(int(owner.partition("-")[0]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
