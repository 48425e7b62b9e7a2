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
    """Rows that differ, and the largest difference of two numbers."""
    if _kind(ours.type) != _kind(theirs.type):  # a text 5 is not the number 5
        return len(ours), 0.0
    try:
        theirs = theirs.cast(ours.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # of the same kind, but our type has no such value
        return len(ours), 0.0
    one_null = pc.xor(pc.is_null(ours), pc.is_null(theirs))
    same, largest = pc.equal(ours, theirs), 0.0
    if pa.types.is_floating(ours.type):
        gap = pc.abs(pc.subtract(ours, theirs))
        allowed = pc.multiply(TOLERANCE, pc.max_element_wise(1.0, pc.abs(ours)))
        # Infinity is near nothing but itself, and no comparison with NaN is true.
        near = pc.and_(pc.is_finite(gap), pc.less_equal(gap, allowed))
        same = pc.or_(pc.or_(same, near), pc.and_(pc.is_nan(ours), pc.is_nan(theirs)))
        largest = float(pc.max(pc.if_else(pc.is_finite(gap), gap, 0.0)).as_py() or 0.0)
    differ = pc.or_(pc.invert(pc.fill_null(same, True)), one_null)
    return int(pc.sum(differ).as_py() or 0), largest


def _kind(kind: pa.DataType) -> str:
    """What a type holds, whatever its width: a number, a text, a time, a boolean; else the type's own name."""
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    return "time" if pa.types.is_temporal(kind) else str(kind)
