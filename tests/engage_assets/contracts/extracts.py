"""Sound extracts drawn from any contract, and small ways to damage them."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from engage_assets.contracts import ColumnContract, TableContract

WEEK = date(2026, 3, 2)
AS_OF = datetime.fromisoformat("2026-03-09")


def _values(column: ColumnContract, rows: int, draw: np.random.Generator) -> Any:
    if column.name == "week":
        return [WEEK] * rows
    if column.role == "key" and column.type == "string":
        return [f"{column.name}-{number:07d}" for number in range(rows)]
    if column.categories:
        return draw.choice(column.categories, rows).tolist()
    low, high = column.minimum or 0.0, column.maximum if column.maximum is not None else 100.0
    if column.type == "int":
        return draw.integers(int(low), int(high) + 1, rows)
    if column.type == "float":
        return draw.uniform(low, high, rows)
    if column.type == "bool":
        return draw.random(rows) < 0.5
    if column.type == "timestamp":
        start = AS_OF - timedelta(days=7)
        return [start + timedelta(hours=float(hours)) for hours in draw.uniform(0, 168, rows)]
    return [f"{column.name}-{number % 7}" for number in range(rows)]


def sound_extract(table: TableContract, rows: int, *, seed: int = 0) -> pa.Table:
    """``rows`` rows that keep the contract, in its column order and types."""
    draw = np.random.default_rng(seed)
    columns = {c.name: pa.array(_values(c, rows, draw), c.arrow_type) for c in table.columns.values()}
    for relation in table.relations:
        columns[relation.right] = columns[relation.left]
    return pa.table(columns, schema=table.schema)


def with_value(extract: pa.Table, column: str, row: int, value: Any, type_: pa.DataType | None = None) -> pa.Table:
    """The extract with one value replaced; the column becomes ``type_`` when given."""
    place = extract.column_names.index(column)
    array = extract[column].cast(type_) if type_ is not None else extract[column]
    values = array.to_pylist()
    values[row] = value
    return extract.set_column(place, column, pa.array(values, array.type))
