"""Types and texts of Athena: from Glue's type names to DuckDB's and back, and values as Athena prints them."""

import datetime as dt
import decimal
from typing import Any

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.hive import Hive

SIMPLE = {
    # DuckDB's type: Glue's name, the name in the metadata of a result
    "integer": ("int", "integer"),
    "varchar": ("string", "varchar"),
    "float": ("float", "float"),
    "blob": ("binary", "varbinary"),
    "hugeint": ("bigint", "bigint"),
    "ubigint": ("bigint", "bigint"),
    "uinteger": ("bigint", "bigint"),
    "usmallint": ("int", "integer"),
    "utinyint": ("smallint", "smallint"),
    "enum": ("string", "varchar"),
    "uuid": ("string", "uuid"),
    "interval": ("interval", "interval day to second"),
    '"null"': ("unknown", "unknown"),
    "null": ("unknown", "unknown"),
    "sqlnull": ("unknown", "unknown"),
}


def duck_type(glue_type: str) -> str:
    """DuckDB's name of a Glue type."""
    return exp.DataType.build(glue_type, dialect=Hive).sql(DuckDB)


def glue_type(duck: Any) -> str:
    """Glue's name of a DuckDB type."""
    return _name(duck, 0)


def result_type(duck: Any) -> str:
    """The name of a DuckDB type in the metadata of a query's result."""
    return _name(duck, 1)


def _name(duck: Any, which: int) -> str:
    kind = duck.id
    if kind == "decimal":
        return ("decimal", "decimal")[which] if which else str(duck).lower()
    if kind in ("list", "array"):
        return "array" if which else f"array<{_name(dict(duck.children)['child'], which)}>"
    if kind == "struct":
        inner = ",".join(f"{name.lower()}:{_name(child, which)}" for name, child in duck.children)
        return "row" if which else f"struct<{inner}>"
    if kind.startswith("timestamp"):
        return "timestamp with time zone" if "tz" in kind or "time zone" in kind else "timestamp"
    return SIMPLE.get(kind, (kind, kind))[which]


def text(value: Any) -> str | None:
    """A value as Athena prints it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        printed = value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
        return printed + " UTC" if value.tzinfo else printed
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, (bytes, bytearray)):
        return value.hex(" ")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(text(each) or "null" for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={text(each) or 'null'}" for key, each in value.items()) + "}"
    return str(value)


def _double(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    mantissa, exponent = f"{decimal.Decimal(repr(value)):E}".split("E")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"
