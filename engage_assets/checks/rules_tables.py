"""Exact comparison of two tables, and the gates that are nothing but that.

Null equals null, NaN equals NaN, and 0.1 + 0.2 is not 0.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engage_assets.checks.result import EvidenceError, GateResult, gate

# How many differing keys a message names.
SHOWN_KEYS = 3

# Equality has no tolerance: a features table that moves in the last digit when the future is removed has read the
# future, and a results table is a copy of the predictions.
EQUAL_LIMIT = "no row and no column may differ"


@dataclass(frozen=True)
class Difference:
    """How two tables differ: rows only in one, and the differing rows by column."""

    only_left: int
    only_right: int
    by_column: dict[str, int]
    rows: int
    examples: list[str]

    @property
    def total(self) -> int:
        """Rows that are not the same on both sides."""
        return self.only_left + self.only_right + self.rows


def _keys(table: pa.Table, key: Sequence[str], side: str) -> pa.Array:
    """One text per row that identifies it; EvidenceError when rows cannot be told apart."""
    if missing := [name for name in key if name not in table.column_names]:
        raise EvidenceError(f"{side} lacks the key columns {', '.join(missing)}")
    if table.num_rows == 0:
        raise EvidenceError(f"{side} has no rows; nothing can be compared")
    if nulls := [name for name in key if table[name].null_count]:
        raise EvidenceError(f"{side} has nulls in the key column {nulls[0]}")
    texts = [table[name].cast(pa.string()) for name in key]
    joined = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "|")
    keys = pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined
    if (distinct := pc.count_distinct(keys).as_py()) != len(keys):
        raise EvidenceError(f"{side} has {len(keys):,} rows and only {distinct:,} keys; expected one row per key")
    return keys


def _unequal(left: pa.ChunkedArray, right: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """True where two columns of one length differ. Numbers of two widths are compared as the wider."""
    if left.equals(right):
        return np.zeros(len(left), dtype=bool)
    try:
        same = pc.fill_null(pc.equal(left, right), False)
    except pa.ArrowException:
        return np.ones(len(left), dtype=bool)
    same = pc.or_(same, pc.and_(pc.is_null(left), pc.is_null(right)))
    if pa.types.is_floating(left.type) and pa.types.is_floating(right.type):
        both_nan = pc.and_(pc.fill_null(pc.is_nan(left), False), pc.fill_null(pc.is_nan(right), False))
        same = pc.or_(same, both_nan)
    return np.asarray(pc.invert(same).to_numpy(), dtype=bool)


def compare_tables(left: pa.Table, right: pa.Table, *, key: Sequence[str], columns: Sequence[str]) -> Difference:
    """Row by row comparison of ``columns`` of two tables that both have ``key``, in any row order.

    Raises EvidenceError for an empty side, a missing column, no column to compare, a null or repeated key.
    """
    if not columns:
        raise EvidenceError("there is no column to compare; name at least one besides the key")
    for side, table in (("the first table", left), ("the second table", right)):
        if missing := [name for name in columns if name not in table.column_names]:
            raise EvidenceError(f"{side} lacks the columns {', '.join(missing)}")
    left_keys, right_keys = _keys(left, key, "the first table"), _keys(right, key, "the second table")
    only_left = only_right = 0
    if not left_keys.equals(right_keys):
        places = pc.index_in(left_keys, value_set=right_keys)
        shared = pc.is_valid(places)
        only_left = places.null_count
        only_right = len(right_keys) - (len(left_keys) - only_left)
        left, left_keys = left.filter(shared), left_keys.filter(shared)
        right = right.select(columns).take(places.drop_null())
    by_column: dict[str, int] = {}
    differing = np.zeros(left.num_rows, dtype=bool)
    for name in columns:
        unequal = _unequal(left[name], right[name])
        if unequal.any():
            by_column[name] = int(unequal.sum())
            differing |= unequal
    examples = [str(left_keys[int(row)]) for row in np.flatnonzero(differing)[:SHOWN_KEYS]]
    return Difference(only_left, only_right, by_column, int(differing.sum()), examples)


def _verdict(name: str, difference: Difference, rows: int, left: str, right: str) -> GateResult:
    if difference.total == 0:
        return GateResult.passed(name, 0.0, EQUAL_LIMIT, f"{rows:,} rows are the same in {left} and {right}", rows=rows)
    parts = []
    if difference.only_left or difference.only_right:
        parts.append(f"{difference.only_left:,} rows only in {left}, {difference.only_right:,} only in {right}")
    if difference.rows:
        columns = ", ".join(f"{column} ({count:,})" for column, count in list(difference.by_column.items())[:5])
        parts.append(f"{difference.rows:,} rows differ in {columns}, for instance {', '.join(difference.examples)}")
    return GateResult.failed(
        name,
        float(difference.total),
        EQUAL_LIMIT,
        "; ".join(parts),
        by_column=difference.by_column,
        only_left=difference.only_left,
        only_right=difference.only_right,
    )


@gate("truncation_invariance", EQUAL_LIMIT)
def truncation_invariance(full: pa.Table, truncated: pa.Table, *, key: Sequence[str]) -> GateResult:
    """The features of a week are the same when everything later than as_of is deleted first.

    full, truncated: the same week's features built with and without later data; both must have the same columns.
    """
    if set(full.column_names) != set(truncated.column_names):
        differing = sorted(set(full.column_names) ^ set(truncated.column_names))
        raise EvidenceError(f"the two builds differ in the columns {', '.join(differing)}; build both from one model")
    columns = [name for name in full.column_names if name not in key]
    difference = compare_tables(full, truncated, key=key, columns=columns)
    return _verdict("truncation_invariance", difference, full.num_rows, "the full build", "the truncated build")


@gate("truncation_invariance", EQUAL_LIMIT)
def nothing_later() -> GateResult:
    """For a snapshot: there are no later rows whose removal could be tried."""
    message = (
        "a snapshot has no later data to delete; that no feature knows the label is for the leak gate and the user"
    )
    return GateResult.insufficient("truncation_invariance", None, EQUAL_LIMIT, message)


@gate("reconcile", EQUAL_LIMIT)
def reconcile(
    results: pa.Table,
    predictions: pa.Table,
    *,
    key: Sequence[str] = ("week", "customer_id"),
    columns: Sequence[str] = (),
) -> GateResult:
    """The published results say of each customer what the predictions say.

    columns: what is compared; all columns of the predictions when empty.
    """
    compared = list(columns) or [name for name in predictions.column_names if name not in key]
    difference = compare_tables(predictions, results, key=key, columns=compared)
    return _verdict("reconcile", difference, results.num_rows, "the predictions", "the results")
