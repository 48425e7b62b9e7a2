"""From a column as delivered to a column of its type, and which of its values are not of that type."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from engage_assets.contracts.casting import Mask, cast_column
from engage_assets.extracts.contract import ExtractColumn, ExtractTable

TRUE = ("true", "yes", "y", "t", "1", "1.0")
FALSE = ("false", "no", "n", "f", "0", "0.0")

_OFFSET = r"(Z|[+-]\d{2}:?\d{2})$"
_DAY = r"^\d{4}-\d{2}-\d{2}$"


def readable_text(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, Mask | None]:
    """Bytes as text, and True where they are no UTF-8 (the value is then null) or stand for bytes that were not."""
    if pt.is_dictionary(column.type) and pt.is_binary(column.type.value_type):
        coded = _one_dictionary(column)
        text, bad = readable_text(pa.chunked_array([coded.dictionary]))
        decoded = pa.DictionaryArray.from_arrays(coded.indices, text.combine_chunks())
        return pa.chunked_array([decoded]), None if bad is None else _of_codes(bad, coded.indices)
    if not pt.is_binary(column.type):
        return column, None
    try:
        text = column.cast(pa.string())
    except pa.ArrowInvalid:
        values = column.combine_chunks().to_pylist()
        decoded = [_decoded(value) for value in values]
        bad = np.array([v is not None and d is None for v, d in zip(values, decoded, strict=True)], dtype=bool)
        return pa.chunked_array([pa.array(decoded, pa.string())]), bad
    return text, None


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def typed(
    column: pa.ChunkedArray, contract: ExtractColumn, table: ExtractTable, zone: str
) -> tuple[pa.ChunkedArray, Mask | None]:
    """The column with the contract's type, null tokens as null; True where a value cannot be brought there.

    Times without an offset are taken as they stand; times with one become local times of `zone`.
    """
    if pt.is_dictionary(column.type):
        coded = _one_dictionary(column)
        distinct, bad = typed(pa.chunked_array([coded.dictionary]), contract, table, zone)
        return distinct.take(coded.indices), None if bad is None else _of_codes(bad, coded.indices)
    if pt.is_nested(column.type):
        return pa.chunked_array([pa.nulls(len(column), contract.arrow_type)]), _mask(pc.is_valid(column))
    if not (pt.is_string(column.type) or pt.is_large_string(column.type) or pt.is_string_view(column.type)):
        return _typed_numbers(column, contract, zone)
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    tokens = contract.null_tokens if contract.null_tokens is not None else table.null_tokens
    text = _blanked(text, [token.strip() for token in tokens])
    if contract.kind == "bool":
        return _booleans(text, contract)
    if contract.kind in ("int", "float"):
        text = _plain_numbers(text, contract, contract.decimal or table.decimal)
    if contract.kind in ("date", "timestamp"):
        return _times(text, contract, zone)
    return cast_column(_chunked(text), contract.arrow_type)


def _one_dictionary(column: pa.ChunkedArray) -> pa.DictionaryArray:
    unified = column.unify_dictionaries().combine_chunks()
    if isinstance(unified, pa.ChunkedArray):  # of no chunk
        return pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), pa.array([], column.type.value_type))
    return unified


def _of_codes(bad: Mask, codes: pa.Array) -> Mask:
    """What was found of the distinct values, for each row; a row without a value has no fault."""
    rows: Mask = np.append(bad, False)[pc.fill_null(codes, len(bad)).to_numpy(zero_copy_only=False)]
    return rows


def _typed_numbers(column: pa.ChunkedArray, contract: ExtractColumn, zone: str) -> tuple[pa.ChunkedArray, Mask | None]:
    if contract.kind == "bool" and (contract.true or contract.false):
        text = _as_written(column, contract) if pt.is_boolean(column.type) else column.cast(pa.string())
        return _booleans(text, contract)
    if contract.kind in ("date", "timestamp") and pt.is_integer(column.type) and contract.date_format:
        return _times(column.cast(pa.string()), contract, zone)
    if contract.kind == "string" and not pt.is_integer(column.type):
        column = column.cast(pa.string())
    if pt.is_timestamp(column.type) and column.type.tz is not None:
        column = pc.local_timestamp(pc.cast(column, pa.timestamp(column.type.unit, zone)))
    if contract.kind == "timestamp" and pt.is_date(column.type):
        column = column.cast(pa.timestamp("us"))
    if contract.kind == "date" and pt.is_timestamp(column.type):
        column = pc.floor_temporal(column, unit="day")
    return cast_column(column, contract.arrow_type)


def _as_written(column: pa.ChunkedArray, contract: ExtractColumn) -> pa.ChunkedArray:
    """Booleans as the contract writes them: a query's reader takes a column of yes and no for one of booleans."""
    tokens = (*contract.true, *contract.false)
    yes, no = (next((t for t in tokens if t.lower() in said), said[0]) for said in (TRUE, FALSE))
    return _chunked(pc.if_else(column, pa.scalar(yes), pa.scalar(no)))


def _blanked(text: pa.ChunkedArray, tokens: Sequence[str]) -> pa.ChunkedArray:
    blank = pc.is_in(text, value_set=pa.array(["", *tokens], pa.string()))
    return pc.if_else(blank, pa.scalar(None, pa.string()), text)


def _booleans(text: pa.ChunkedArray, contract: ExtractColumn) -> tuple[pa.ChunkedArray, Mask | None]:
    if contract.true or contract.false:
        yes = pc.is_in(text, value_set=pa.array(contract.true, pa.string()))
        no = pc.is_in(text, value_set=pa.array(contract.false, pa.string()))
        if not contract.false:
            no = pc.and_(pc.invert(yes), pc.is_valid(text))
        elif not contract.true:
            yes = pc.and_(pc.invert(no), pc.is_valid(text))
    else:
        lower = pc.utf8_lower(text)
        yes, no = (pc.is_in(lower, value_set=pa.array(words)) for words in (TRUE, FALSE))
    known = pc.or_(yes, no)
    bad = _mask(pc.and_(pc.invert(known), pc.is_valid(text)))
    values = pc.if_else(known, yes, pa.scalar(None, pa.bool_()))
    return _chunked(values), bad if bad.any() else None


def _plain_numbers(text: pa.ChunkedArray, contract: ExtractColumn, decimal: str) -> pa.ChunkedArray:
    for sign in contract.remove:
        text = pc.replace_substring(text, sign, "")
    if decimal == ",":
        grouped = pc.match_substring_regex(text, r"^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$")
        text = pc.if_else(grouped, pc.replace_substring(text, ".", ""), text)
        swapped = pc.match_substring_regex(text, r"^[+-]?\d*,\d+([eE][+-]?\d+)?$")
        # A dot where the comma is the sign of decimals would be read as another number: it is no number here.
        dotted = pc.match_substring(text, ".")
        text = pc.if_else(
            swapped,
            pc.replace_substring(text, ",", "."),
            pc.if_else(dotted, pc.binary_join_element_wise(text, "?", ""), text),
        )
    else:
        grouped = pc.match_substring_regex(text, r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
        text = pc.if_else(grouped, pc.replace_substring(text, ",", ""), text)
    if contract.kind == "int":
        # Whole numbers of a column with empty values are often written as 12345.0.
        text = pc.replace_substring_regex(text, r"^([+-]?\d+)\.0*$", r"\1")
    return text


def _times(text: pa.ChunkedArray, contract: ExtractColumn, zone: str) -> tuple[pa.ChunkedArray, Mask | None]:
    if contract.date_format:
        parsed = pc.strptime(text, format=contract.date_format, unit="us", error_is_null=True)
        # strptime takes 1997-02-31 as the third of March: what does not read back the same was no such day.
        again = pc.strftime(parsed, format=contract.date_format)
        wrong = pc.and_(pc.is_valid(text), pc.or_(pc.is_null(parsed), pc.not_equal(_digits(again), _digits(text))))
        bad = _mask(wrong, null=False)
        values = pc.if_else(pa.array(bad), pa.scalar(None, pa.timestamp("us")), parsed)
        return cast_column(_chunked(values), contract.arrow_type)[0], bad if bad.any() else None
    short = pc.match_substring_regex(text, _DAY)
    if contract.kind == "date":
        text = pc.if_else(short, text, pc.utf8_slice_codeunits(text, 0, 10)) if _all_long(text, short) else text
        return cast_column(_chunked(text), contract.arrow_type)
    offsets = pc.fill_null(pc.match_substring_regex(text, _OFFSET), False)
    offsets = pc.and_(offsets, pc.invert(pc.fill_null(short, False)))
    values, wrong_times = cast_column(_chunked(text), pa.timestamp("us"))
    if pc.any(offsets).as_py():
        local = pc.local_timestamp(values.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", zone)))
        values = _chunked(pc.if_else(offsets, local, values))
    return values, wrong_times


def _all_long(text: pa.ChunkedArray, short: pa.ChunkedArray) -> bool:
    longer = pc.match_substring_regex(text, r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}")
    return bool(pc.all(pc.fill_null(pc.or_(short, longer), True)).as_py())


def _digits(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """The text without what writers leave out or double: leading zeros of a part, and spaces."""
    return pc.replace_substring_regex(pc.replace_substring_regex(text, r"(^|\D)0+(\d)", r"\1\2"), r"\s+", " ")


def _chunked(values: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    return values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])


def _mask(values: pa.Array | pa.ChunkedArray, *, null: bool = False) -> Mask:
    filled = pc.fill_null(values, null)
    flags = filled.to_numpy() if isinstance(filled, pa.ChunkedArray) else filled.to_numpy(zero_copy_only=False)
    result: Mask = np.asarray(flags).astype(bool)
    return result
