"""Brings a column to the contract's type and tells which values cannot be brought there.

Arrow casts a column as a whole or refuses it as a whole; here each value is judged, with the column as the fast path.
Some casts that Arrow allows would invent data (an int as a timestamp has no unit, 7 as a boolean) and are refused.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

Mask = npt.NDArray[np.bool_]

_NUMBER = r"^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:nan|inf|infinity))$"
_INTEGER = r"^[+-]?\d+$"
_TIME = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}(:\d{2}(:\d{2}(\.\d{1,9})?)?)?(Z|[+-]\d{2}:?\d{2})?)?$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_BOOLEAN = r"^(?i:true|false|0|1)$"


def _is_text(source: pa.DataType) -> bool:
    return bool(pt.is_string(source) or pt.is_large_string(source) or pt.is_string_view(source))


def _is_number(source: pa.DataType) -> bool:
    return bool(pt.is_integer(source) or pt.is_floating(source) or pt.is_decimal(source))


def _to_bool_mask(mask: pa.Array, *, null: bool = False) -> Mask:
    result: Mask = pc.fill_null(mask, null).to_numpy(zero_copy_only=False).astype(bool)
    return result


def _allowed(source: pa.DataType, target: pa.DataType) -> bool:
    if pt.is_string(target):
        return _is_text(source) or bool(pt.is_integer(source))
    if pt.is_boolean(target):
        return _is_text(source) or _is_number(source) or bool(pt.is_boolean(source))
    if pt.is_date(target) or pt.is_timestamp(target):
        return _is_text(source) or bool(pt.is_date(source) or pt.is_timestamp(source))
    return _is_text(source) or _is_number(source)


def _suspect(values: pa.Array, target: pa.DataType) -> pa.Array:
    """True where a value surely cannot be cast: finds in one pass what halving would find one value at a time."""
    source = values.type
    if _is_text(source):
        if pt.is_floating(target):
            pattern = _NUMBER
        elif pt.is_integer(target):
            pattern = _INTEGER
        elif pt.is_boolean(target):
            pattern = _BOOLEAN
        else:
            pattern = _DATE if pt.is_date(target) else _TIME
        return pc.invert(pc.match_substring_regex(values, pattern))
    if pt.is_boolean(target):
        return pc.invert(pc.is_in(values, value_set=pa.array([0.0, 1.0])))
    if pt.is_floating(source) and pt.is_integer(target):
        return pc.invert(pc.and_(pc.is_finite(values), pc.equal(pc.floor(values), values)))
    if pt.is_timestamp(source) and pt.is_date(target):
        return pc.not_equal(pc.floor_temporal(values, unit="day"), values)
    return pa.nulls(len(values), pa.bool_())


def _cast_once(values: pa.Array, target: pa.DataType) -> pa.Array:
    """One cast of all values; raises ArrowInvalid when any of them cannot be cast."""
    source = values.type
    if pt.is_timestamp(target) and _is_text(source):
        try:
            return values.cast(target)
        except pa.ArrowInvalid:
            return values.cast(pa.timestamp("us", "UTC")).cast(target)
    if pt.is_timestamp(target) and pt.is_timestamp(source) and source.unit == "ns":
        return values.cast(target, safe=False)  # finer than a microsecond is cut off, nothing can overflow
    if pt.is_floating(target) and pt.is_integer(source):
        return values.cast(target, safe=False)  # beyond 2^53 a count is rounded, which no rule depends on
    return values.cast(target)


def _cast_by_halves(
    values: pa.Array, cast: Callable[[pa.Array], pa.Array], target: pa.DataType
) -> tuple[pa.Array, Mask]:
    """Casts what can be cast, by halving the parts that refuse. Null, and True in the mask, where a value cannot be."""
    bad = np.zeros(len(values), dtype=bool)
    parts: list[pa.Array] = []
    pending = [(0, len(values))]
    while pending:
        start, stop = pending.pop()
        try:
            parts.append(cast(values.slice(start, stop - start)))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            if stop - start == 1:
                bad[start] = True
                parts.append(pa.nulls(1, target))
            else:
                middle = (start + stop) // 2
                pending += [(middle, stop), (start, middle)]
    return pa.concat_arrays(parts) if parts else pa.nulls(0, target), bad


def cast_column(column: pa.ChunkedArray, target: pa.DataType) -> tuple[pa.ChunkedArray, Mask | None]:
    """The column as ``target``, and a mask of the values that cannot be cast (None when all can).

    An uncastable value becomes null. Zoned timestamps become UTC; text with an offset too.
    """
    if pt.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if _is_text(column.type):
        column = column.cast(pa.string())
    if pt.is_float16(column.type):
        column = column.cast(pa.float32())
    if pt.is_boolean(target) and _is_number(column.type):
        column = column.cast(pa.float64(), safe=False)
    if column.type == target:
        return column, None
    if pt.is_null(column.type):
        return pa.chunked_array([pa.nulls(len(column), target)]), None
    if not _allowed(column.type, target):
        return pa.chunked_array([pa.nulls(len(column), target)]), _to_bool_mask(pc.is_valid(column))
    array = column.combine_chunks()
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    suspect = pc.fill_null(_suspect(array, target), False)
    if pc.any(suspect, min_count=0).as_py():
        array = pc.if_else(suspect, pa.scalar(None, array.type), array)
    cast, bad = _cast_by_halves(array, lambda part: _cast_once(part, target), target)
    bad |= _to_bool_mask(suspect)
    return pa.chunked_array([cast]), bad if bad.any() else None
