"""Typed reading of the published tables. A figure that is missing or not finite stops the report and is named."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from engage_reports.binding import Bound, Ledger
from engage_reports.errors import ReportError
from engage_reports.wording import day

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Tables:
    """The tables of one draft: the results of the named queries, and the ledger of what is printed from them."""

    frames: Mapping[str, pd.DataFrame]
    ledger: Ledger

    def has_rows(self, table: str) -> bool:
        """Whether a table that need not exist was handed over and holds rows."""
        return table in self.frames and len(self.frames[table]) > 0


@dataclass(frozen=True)
class NotAvailable:
    """A section whose table is honestly empty. ``why`` completes "not available: ..."."""

    why: str


def rows(tables: Tables, table: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a table as dictionaries with these columns, numbers bound; an empty list when the table is empty.

    Raises:
        ReportError: the table or one of its columns was not handed over.
    """
    if table not in tables.frames:
        raise ReportError(f"Table {table} was not handed to the reports; they need the tables listed in FRAMES.")
    frame = tables.frames[table]
    if missing := [column for column in columns if column not in frame.columns]:
        raise ReportError(f"Table {table} lacks {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}.")
    bound = [_bound(frame[column].tolist(), f"{table}.{column}", tables.ledger) for column in columns]
    return [dict(zip(columns, values, strict=True)) for values in zip(*bound, strict=True)]


def _bound(values: Sequence[Any], source: str, ledger: Ledger) -> list[Any]:
    """The cells of a column: numbers bound to it, the digits of names and dates known to the ledger."""
    columns = frozenset({source})
    cells: list[Any] = []
    for value in values:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            cells.append(Bound(float(value), source, columns, ledger))
            continue
        if isinstance(value, str):
            ledger.know(value)
        elif isinstance(value, date) and not pd.isna(value):
            ledger.know(f"{value:%Y-%m-%d} {day(value)}")
        cells.append(value)
    return cells


def one_row(tables: Tables, table: str, columns: Sequence[str]) -> dict[str, Any]:
    """The only row of a table.

    Raises:
        ReportError: the table does not have exactly one row.
    """
    found = rows(tables, table, columns)
    if len(found) != 1:
        raise ReportError(f"Table {table} has {len(found)} rows for the week; exactly one is expected.")
    return found[0]


def number(row: Row, column: str, of: str) -> float:
    """A finite number of a row; ``of`` names the figure in the message.

    Raises:
        ReportError: the value is missing, not a number or not finite.
    """
    value = row[column]
    if value is None or isinstance(value, str | bytes) or value is pd.NaT or value is pd.NA:
        raise ReportError(f"{of}: {column} is {value!r}; a finite number is expected.")
    if not math.isfinite(float(value)):
        raise ReportError(f"{of}: {column} is {float(value)}; a finite number is expected.")
    return value if isinstance(value, Bound) else float(value)


def optional_number(row: Row, column: str) -> float | None:
    """A number that a table may honestly leave empty; missing and NaN become None.

    Raises:
        ReportError: the value is infinite.
    """
    value = row[column]
    if value is None or pd.isna(value):
        return None
    if math.isinf(float(value)):
        raise ReportError(f"{column} is {float(value)}; a finite number or an empty cell is expected.")
    return value if isinstance(value, Bound) else float(value)


def text(row: Row, column: str, otherwise: str = "unknown") -> str:
    """A text of a row; an empty cell becomes ``otherwise``."""
    value = row[column]
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return otherwise
    return str(value) or otherwise


def as_day(row: Row, column: str, of: str) -> date:
    """A date of a row, from a date, a datetime or a pandas timestamp.

    Raises:
        ReportError: the value is missing or something else.
    """
    value = row[column]
    if value is pd.NaT or not isinstance(value, date):
        raise ReportError(f"{of}: {column} is {value!r}; a date is expected.")
    return value.date() if isinstance(value, datetime) else value


def ratio(part: float, whole: float) -> float:
    """part / whole, and 0 where the whole is 0 (nothing of nothing)."""
    return part / whole if whole else part * 0.0


def weighted_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """The mean of values weighted by non-negative weights; 0 when the weights sum to 0."""
    return ratio(sum(v * w for v, w in zip(values, weights, strict=True)), sum(weights))
