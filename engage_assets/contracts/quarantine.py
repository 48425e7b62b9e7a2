"""Refused rows in a form that a person can read and repair: the rule, the value, the remedy, the whole row."""

import json
import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

QUARANTINE_SCHEMA = pa.schema(
    [
        ("week", pa.date32()),
        ("source_table", pa.string()),
        ("row_number", pa.int64()),  # position in the extract, from 0
        ("rule", pa.string()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("repair", pa.string()),
        ("row", pa.string()),  # JSON object of the row as it was delivered
    ]
)


def _readable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times as text: Python has no year 292278, a damaged extract can have."""
    if pt.is_temporal(column.type):
        return column.cast(pa.string())
    return column


def _json_value(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    return [None if value is None else str(value) for value in _readable(column).to_pylist()]


def _json_rows(rows: pa.Table) -> list[str]:
    columns = [[_json_value(value) for value in _readable(column).to_pylist()] for column in rows.columns]
    names = rows.column_names
    return [json.dumps(dict(zip(names, row, strict=True)), default=str) for row in zip(*columns, strict=True)]


def quarantine_rows(
    rows: pa.Table,
    verdicts: npt.NDArray[np.int32],
    findings: Sequence[tuple[str, str, str]],
    *,
    week: date,
    source_table: str,
) -> pa.Table:
    """The refused rows with QUARANTINE_SCHEMA, in the order of the extract.

    rows: the extract as delivered. verdicts: for each row the index into ``findings`` of its first offence, -1 when
    there is none.
    findings: (rule, column, repair).
    """
    numbers = np.flatnonzero(verdicts >= 0)
    refused = verdicts[numbers]
    if numbers.size == 0:
        return QUARANTINE_SCHEMA.empty_table()
    values: list[str | None] = [None] * numbers.size
    for index in np.unique(refused):
        places = np.flatnonzero(refused == index)
        texts = _texts(rows[findings[index][1]].take(pa.array(numbers[places])))
        for place, text in zip(places, texts, strict=True):
            values[place] = text
    codes = pa.array(refused)
    by_finding = [pa.array([finding[part] for finding in findings], pa.string()) for part in range(3)]
    columns = [
        pa.array([week] * numbers.size, pa.date32()),
        pa.array([source_table] * numbers.size, pa.string()),
        pa.array(numbers, pa.int64()),
        *(pc.take(texts, codes) for texts in by_finding),
        pa.array(values, pa.string()),
        pa.array(_json_rows(rows.take(pa.array(numbers))), pa.string()),
    ]
    order = ["week", "source_table", "row_number", "rule", "column", "repair", "value", "row"]
    return pa.table(dict(zip(order, columns, strict=True))).select(QUARANTINE_SCHEMA.names).cast(QUARANTINE_SCHEMA)
