"""A home that was moved or copied: the views of its warehouse hold paths of the lake, and are made to follow it."""

from pathlib import Path

import duckdb

from engage_assets.errors import EngageError

_READS = """
select regexp_extract(sql, '''([^'']+)/published/\\*\\*', 1) as lake from duckdb_views()
where not internal and schema_name = 'published' and lake <> '' limit 1
"""


def lake_of(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The lake that the published views read; None before there are any."""
    found = connection.execute(_READS).fetchone()
    return str(found[0]) if found else None


def is_elsewhere(connection: duckdb.DuckDBPyConnection, lake: str) -> bool:
    """Whether the views read another lake than this one."""
    known = lake_of(connection)
    return known is not None and Path(known) != Path(lake) and Path(known).resolve() != Path(lake).resolve()


def follow(warehouse: str, lake: str) -> None:
    """Makes every view of the warehouse that reads the lake of before read this one.

    Raises
    ------
    EngageError
        When the file cannot be written.
    """
    try:
        with duckdb.connect(warehouse) as connection:
            before = lake_of(connection)
            views = connection.execute("select sql from duckdb_views() where not internal").fetchall()
            connection.begin()
            for (sql,) in views:
                if before and f"'{before}/" in sql:
                    moved = sql.replace(f"'{before}/", f"'{lake}/")
                    connection.execute(moved.replace("CREATE VIEW", "create or replace view", 1))
            connection.commit()
    except duckdb.Error as error:
        raise EngageError(
            f"the warehouse {warehouse} reads the lake of another folder, from which its home was moved or copied, and "
            f"cannot be changed to read {lake}: {error}. Make it writable, or move the home back."
        ) from None
