"""Two warehouses that published the same week: are their tables the same, row by row and column by column?"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

PER_RUN = frozenset(
    {"run_id", "scored_at", "decided_at", "evaluated_at", "published_at", "seconds", "cpu_seconds", "peak_memory_mb"}
)
"""Columns that say who, when and how long: they differ between any two runs."""

TOLERANCE = 1e-6
"""Doubles may differ by this, times the value where it is above 1: engines add up in different orders, and aggregates
are rounded to six digits, so that a last digit may fall on either side. Everything else must be equal."""


@dataclass(frozen=True)
class TableParity:
    """One table in both warehouses."""

    name: str
    rows: int
    other_rows: int
    differing: dict[str, int]
    """Rows that differ, by column."""
    largest: float
    """The largest difference of two doubles."""

    @property
    def same(self) -> bool:
        """Whether nothing differs beyond the tolerance."""
        return self.rows == self.other_rows and not self.differing


def compare(name: str, ours: pa.Table, theirs: pa.Table) -> TableParity:
    """Compares two tables in any order of rows, without the columns of :data:`PER_RUN`.

    A column that only one side has counts as differing in every row.
    """
    columns = [column for column in ours.column_names if column not in PER_RUN]
    others = [column for column in theirs.column_names if column not in PER_RUN]
    differing = {column: max(ours.num_rows, 1) for column in set(columns) ^ set(others)}
    shared = [column for column in columns if column in others]
    if ours.num_rows != theirs.num_rows:
        return TableParity(name, ours.num_rows, theirs.num_rows, differing, 0.0)
    order = sorted(shared, key=lambda column: pa.types.is_floating(ours.schema.field(column).type))
    left, right = _sorted(ours, order), _sorted(theirs, order)
    largest = 0.0
    for column in shared:
        count, difference = _differences(left[column], right[column])
        largest = max(largest, difference)
        if count:
            differing[column] = count
    return TableParity(name, ours.num_rows, theirs.num_rows, differing, largest)


def _sorted(rows: pa.Table, order: Sequence[str]) -> pa.Table:
    return rows.sort_by([(column, "ascending") for column in order]) if rows.num_rows else rows


def _differences(ours: pa.ChunkedArray, theirs: pa.ChunkedArray) -> tuple[int, float]:
    """Rows that differ, and the largest difference."""
    only_one_null = pc.xor(pc.is_null(ours), pc.is_null(theirs))
    if pa.types.is_floating(ours.type):
        gap = pc.fill_null(pc.abs(pc.subtract(ours, theirs.cast(ours.type))), 0.0)
        allowed = pc.multiply(TOLERANCE, pc.max_element_wise(1.0, pc.fill_null(pc.abs(ours), 0.0)))
        unequal, largest = pc.greater(gap, allowed), float(pc.max(gap).as_py() or 0.0)
    else:
        unequal, largest = pc.fill_null(pc.not_equal(ours, theirs.cast(ours.type)), False), 0.0
    return int(pc.sum(pc.or_(unequal, only_one_null)).as_py() or 0), largest
