"""The rows of a query: of the extract's files, of a DuckDB file, or of a database that SQLAlchemy reaches."""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from engage_assets.contracts.model import ContractError
from engage_assets.extracts.contract import ExtractTable
from engage_assets.extracts.pieces import BATCH_ROWS, Columns, compare_columns
from engage_assets.extracts.records import Piece

if TYPE_CHECKING:
    import duckdb

SQLITE = "sqlite:///"
FILES = "files"
"""The database whose tables are the extract's own files: ``from 'orders.csv' join 'customers.csv' using (id)``."""


def database_of(table: ExtractTable, base: str) -> str:
    """The file of a DuckDB database or the URL of another; paths are below `base`, ``${NAME}`` is of the environment.

    Raises ContractError for a variable that is not set.
    """

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in os.environ:
            raise ContractError(
                f"table {table.name}: database names ${{{name}}}, which is not set; set it in the environment"
            )
        return os.environ[name]

    place = re.sub(r"\$\{(\w+)\}", value, str(table.database))
    if place == FILES:
        return FILES
    if place.startswith(SQLITE):
        return SQLITE + str(Path(base) / place.removeprefix(SQLITE))
    return place if "://" in place else str(Path(base) / place)


def stamp_of(table: ExtractTable, base: str) -> str | None:
    """What tells that a database file, or one of the extract's files, has changed.

    None for a server, and for a file that is not there.
    """
    place = database_of(table, base)
    if place == FILES:
        found = sorted(each for each in Path(base).rglob("*") if each.is_file() and not each.name.startswith("."))
        return ",".join(f"{each}:{each.stat().st_size}:{each.stat().st_mtime_ns}" for each in found)
    file = place.removeprefix(SQLITE)
    path = Path(file)
    if "://" in file or not path.is_file():
        return None
    # SQLite may keep the newest rows in a file beside it.
    files = [path, *(path.with_name(path.name + end) for end in ("-wal", ".wal"))]
    return ",".join(f"{each.stat().st_size}:{each.stat().st_mtime_ns}" for each in files if each.exists())


def query_pieces(table: ExtractTable, base: str) -> Iterator[tuple[Columns, Piece]]:
    """The rows of a query: on files and on a DuckDB file in DuckDB, on any other database by its SQLAlchemy URL."""
    place = database_of(table, base)
    if place == FILES:
        batches = _batches_of_files(base, table)
    else:
        batches = (_sqlalchemy_batches if "://" in place else _duckdb_batches)(place, str(table.query))
    for rows in batches:
        columns = compare_columns(rows.column_names, table, f"the query of table {table.name}")
        yield columns, Piece(rows.select(columns.present), np.arange(rows.num_rows), [])


def _batches_of_files(base: str, table: ExtractTable) -> Iterator[pa.Table]:
    """The rows of a query whose tables are files; relative names are below `base`."""
    import duckdb

    if "://" in base:
        raise ContractError(
            f"table {table.name}: database: {FILES} reads the files of a folder, not of {base}; copy them to one"
        )
    with tempfile.TemporaryDirectory(prefix="engage-query-") as beside, duckdb.connect() as connection:
        connection.execute(f"set temp_directory = {_literal(beside)}")
        connection.execute(f"set file_search_path = {_literal(base)}")
        yield from _selected(connection, f"table {table.name}", str(table.query))


def _duckdb_batches(path: str, query: str) -> Iterator[pa.Table]:
    import duckdb

    try:
        connection = duckdb.connect(path, read_only=True)
    except duckdb.Error as cause:
        raise ContractError(
            f"{path}: the query failed ({_first_line(cause)}); correct the database in the contract"
        ) from None
    with connection:
        yield from _selected(connection, path, query)


def _selected(connection: "duckdb.DuckDBPyConnection", where: str, query: str) -> Iterator[pa.Table]:
    import duckdb

    try:
        relation = connection.sql(query)
        if relation is None:
            raise ContractError(f"{where}: the query returns no rows; write one select")
        reader = relation.to_arrow_reader(BATCH_ROWS)
        yield reader.schema.empty_table()
        for batch in reader:
            yield pa.Table.from_batches([batch])
    except duckdb.Error as cause:
        raise ContractError(f"{where}: the query failed ({_first_line(cause)}); correct it in the contract") from None


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(cause: BaseException) -> str:
    return (str(cause).splitlines() or [type(cause).__name__])[0]


def _sqlalchemy_batches(url: str, query: str) -> Iterator[pa.Table]:
    import sqlalchemy as sa

    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).is_file():
        # SQLite would make an empty file of that name.
        raise ContractError(f"{url} does not exist; check the database of the contract")
    try:
        engine = sa.create_engine(url)
        with engine.connect().execution_options(stream_results=True) as connection:
            result = connection.execute(sa.text(query))
            names = list(result.keys())
            yield pa.table({name: pa.nulls(0, pa.string()) for name in names})
            while rows := result.fetchmany(BATCH_ROWS):
                values = zip(*rows, strict=True)
                yield pa.table(
                    {
                        n: pa.array([None if v is None else str(v) for v in c], pa.string())
                        for n, c in zip(names, values, strict=True)
                    }
                )
    except (sa.exc.SQLAlchemyError, ImportError) as cause:
        reason = str(cause).splitlines()[0]
        raise ContractError(
            f"the query of {url.split('@')[-1]} failed ({reason}); correct the query or the database"
        ) from None
