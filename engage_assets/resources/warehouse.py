"""The warehouse: runs the dbt project and SQL, and unloads query results to the lake."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa

from engage_assets.dbt import NodeOutcome, run_dbt
from engage_assets.errors import EngageError, InputError
from engage_assets.resources.moved_home import follow, is_elsewhere

MEMORY_LIMIT = "1GB"
"""DuckDB spills to disk beyond this; a run as a whole stays under 2 GB."""


class QueryError(InputError):
    """A query that the engine cannot run, in its own words."""


class WarehouseBusyError(EngageError):
    """Another process is writing to the warehouse's file."""


@dataclass(frozen=True)
class ModelTable:
    """A dbt model's place in the warehouse: its layer and its name."""

    schema: str
    name: str
    is_table: bool
    is_published: bool
    """Whether ``published.<name>`` shows its rows; a table that each run replaces has no published rows."""


class Warehouse(dg.ConfigurableResource, ABC):  # type: ignore[type-arg]
    """SQL over the lake.

    Statements are written once for every engine: in the SQL that all of them understand, with tables named
    ``layer.table`` as the dbt project names its folders, and ``?`` for each parameter.
    """

    @abstractmethod
    def build(self, *, select: Sequence[str], variables: Mapping[str, Any], tests: bool = True) -> list[NodeOutcome]:
        """Builds the selected dbt models and runs their data tests. Raises EngageError when dbt itself cannot run."""

    @abstractmethod
    def query(self, sql: str, parameters: Sequence[Any] = (), *, search_path: str = "main") -> pa.Table:
        """Runs one statement read-only and returns its rows. Unqualified tables are those of `search_path`."""

    @abstractmethod
    def query_all(self, statements: Mapping[str, str]) -> dict[str, pa.Table]:
        """Runs several statements read-only, over one connection, and returns their rows by the same names."""

    @abstractmethod
    def table_names(self, layer: str) -> set[str]:
        """The tables and views of a layer; empty when there is none yet."""

    @abstractmethod
    def keep_run(self, tables: Sequence[ModelTable], week: date, run_id: str) -> None:
        """Removes the rows that other runs than `run_id` left of a week."""

    @abstractmethod
    def unload(self, sql: str, folder: str) -> int:
        """Writes the rows of a query as Parquet into a folder of the lake, replacing it. Returns the number of rows."""

    @abstractmethod
    def see_files(self) -> None:
        """Makes what has been written to the lake since the last build visible to the views that read it."""

    @abstractmethod
    def check_select(self, sql: str) -> None:
        """Raises InputError unless `sql` is one SELECT that this engine can parse."""

    def scanned_bytes(self) -> int:
        """Bytes that this process has paid for scanning so far; none where scanning costs nothing."""
        return 0


class DuckDBWarehouse(Warehouse):
    """The warehouse in one DuckDB file. DuckDB has one writer: assets that use it share the pool ``warehouse``."""

    path: str
    lake_uri: str
    target_path: str
    threads: int = 2

    def build(self, *, select: Sequence[str], variables: Mapping[str, Any], tests: bool = True) -> list[NodeOutcome]:
        outcomes = run_dbt(
            # Unit tests judge the SQL, not the data: the test suite runs them, a weekly run need not.
            ["build", "--exclude-resource-type", "unit_test"] if tests else ["run"],
            select=select,
            variables={"lake": self.lake_uri, **variables},
            target_path=Path(self.target_path),
            environment={"ENGAGE_WAREHOUSE": self.path, "ENGAGE_DBT_THREADS": str(self.threads)},
        )
        _release()
        return outcomes

    def query(self, sql: str, parameters: Sequence[Any] = (), *, search_path: str = "main") -> pa.Table:
        with self._connect(read_only=True) as connection:
            connection.execute(f"set search_path = '{search_path}'")
            try:
                return connection.sql(sql, params=list(parameters)).to_arrow_table()
            except duckdb.Error as error:
                raise QueryError(f"the query cannot be run: {error}") from None

    def query_all(self, statements: Mapping[str, str]) -> dict[str, pa.Table]:
        with self._connect(read_only=True) as connection:
            return {name: connection.sql(sql).to_arrow_table() for name, sql in statements.items()}

    def table_names(self, layer: str) -> set[str]:
        found = self.query("select table_name from information_schema.tables where table_schema = ?", [layer])
        return set(found["table_name"].to_pylist())

    def keep_run(self, tables: Sequence[ModelTable], week: date, run_id: str) -> None:
        with self._connect() as connection:
            connection.begin()
            for table in tables:
                connection.execute(
                    f'delete from "{table.schema}"."{table.name}" where week = ? and run_id <> ?', [week, run_id]
                )
            connection.commit()

    def see_files(self) -> None:
        """Nothing to do: views read whatever files are there."""

    def check_select(self, sql: str) -> None:
        try:
            statements = duckdb.extract_statements(sql)
        except duckdb.Error as error:
            raise InputError(f"the query cannot be run: {error}") from None
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise InputError("expected one SELECT statement; nothing else can be run here.")

    def unload(self, sql: str, folder: str) -> int:
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        temporary = target / f".{uuid.uuid4().hex}"
        try:
            with self._connect() as connection:
                counted = connection.execute(
                    f"copy ({sql}) to '{temporary}' (format parquet, compression snappy, row_group_size 65536)"
                ).fetchone()
            for leftover in target.glob("*.parquet"):
                leftover.unlink()
            temporary.replace(target / "part-0.parquet")
        finally:
            temporary.unlink(missing_ok=True)
        return int(counted[0]) if counted else 0

    def _connect(self, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        if read_only and not Path(self.path).exists():
            raise EngageError(f"there is no warehouse at {self.path} yet. `engage run` makes one.")
        connection = self._open(read_only=read_only)
        if is_elsewhere(connection, self.lake_uri):
            connection.close()
            follow(self.path, self.lake_uri)
            connection = self._open(read_only=read_only)
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'; set threads = {self.threads}; set TimeZone = 'UTC'")
        return connection

    def _open(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        try:
            return duckdb.connect(self.path, read_only=read_only)
        except duckdb.IOException as error:
            if "lock" in str(error).lower():
                raise WarehouseBusyError(
                    f"the warehouse {self.path} is being written by another process. Try again when its run has ended."
                ) from None
            raise EngageError(f"the warehouse {self.path} cannot be opened: {error}") from None


def _release() -> None:
    """Closes the file that dbt-duckdb keeps open in this process: DuckDB refuses a second one with other options."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
