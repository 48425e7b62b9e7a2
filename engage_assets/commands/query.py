"""``engage query``: read-only SQL on the published results."""

import duckdb
import pyarrow as pa

from engage_assets.errors import EngageError, InputError
from engage_assets.resources.bindings import build_resources
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings


def run_query(settings: Settings, sql: str) -> pa.Table:
    """The rows of one SELECT; unqualified tables are those of schema ``published``.

    Raises
    ------
    InputError
        When it is not one SELECT, or DuckDB cannot run it.
    """
    warehouse: Warehouse = build_resources(settings)["warehouse"]
    try:
        statements = duckdb.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise InputError("expected one SELECT statement; nothing else can be run here.")
        return warehouse.query(sql, search_path="published")
    except EngageError:
        raise
    except duckdb.Error as error:
        raise InputError(f"the query cannot be run: {error}") from None
