"""The tables of the database files in a folder, and their first rows: what ``engage init`` looks at beside files."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from engage_assets.contracts.model import ContractError
from engage_assets.extracts.naming import identifier
from engage_assets.extracts.queries import SQLITE

DATABASES = (".duckdb", ".db", ".sqlite", ".sqlite3")
SAMPLED_ROWS = 200_000
_SQLITE_MARK = b"SQLite format 3\0"
_DUCKDB_MARK = b"DUCK"


@dataclass(frozen=True)
class DatabaseTable:
    """A table of a database file: how a contract names it, and its first rows as texts."""

    name: str
    database: str
    query: str
    rows: pa.Table


def database_samples(folder: Path) -> list[DatabaseTable]:
    """The tables with rows of every SQLite and DuckDB file in the folder and below; views are left out.

    Raises ContractError when one cannot be read.
    """
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.suffix.lower() in DATABASES and each.is_file()):
        if path.name.startswith((".", "_")):
            continue
        place = str(path.relative_to(folder))
        with path.open("rb") as stream:
            start = stream.read(16)
        if start == _SQLITE_MARK:
            found += _of_sqlite(path, place)
        elif _DUCKDB_MARK in start:
            found += _of_duckdb(path, place)
    return [each for each in found if each.rows.num_rows]


def _of_sqlite(path: Path, place: str) -> list[DatabaseTable]:
    import sqlite3

    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            named = connection.execute(
                "select name from sqlite_master where type = 'table' and name not like 'sqlite!_%' escape '!'"
            )
            tables = []
            for (name,) in named.fetchall():
                query = f"select * from {_quoted(name)}"
                cursor = connection.execute(f"{query} limit {SAMPLED_ROWS}")
                columns = [described[0] for described in cursor.description]
                values = list(zip(*cursor.fetchall(), strict=True)) or [() for _ in columns]
                rows = {
                    c: pa.array([None if v is None else str(v) for v in each], pa.string())
                    for c, each in zip(columns, values, strict=True)
                }
                tables.append(DatabaseTable(identifier(name), SQLITE + place, query, pa.table(rows)))
            return tables
    except sqlite3.Error as cause:
        raise ContractError(
            f"{path} cannot be read as a SQLite database ({cause}); replace it, or take it out"
        ) from None


def _of_duckdb(path: Path, place: str) -> list[DatabaseTable]:
    import duckdb

    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            named = connection.execute(
                "select table_schema, table_name from information_schema.tables "
                "where table_type = 'BASE TABLE' order by all"
            ).fetchall()
            tables = []
            for schema, name in named:
                where = _quoted(name) if schema == "main" else f"{_quoted(schema)}.{_quoted(name)}"
                query = f"select * from {where}"
                rows = connection.sql(
                    f"select cast(columns(*) as varchar) from {where} limit {SAMPLED_ROWS}"
                ).to_arrow_table()
                tables.append(DatabaseTable(identifier(name), place, query, rows))
            return tables
    except duckdb.Error as cause:
        reason = (str(cause).splitlines() or [type(cause).__name__])[0]
        raise ContractError(
            f"{path} cannot be read as a DuckDB database ({reason}); replace it, or take it out"
        ) from None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
