"""Reads the published tables: guarded statements only, one short connection a question, never the file held open."""

import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from engage_assets.assistant.entities import (
    ACTION_QUERY,
    CHANNEL_QUERY,
    ENTITY_QUERIES,
    WEEK_QUERY,
    Vocabulary,
    build_vocabulary,
)
from engage_assets.assistant.guard import PUBLISHED, Policy, Schema, guard, is_answerable
from engage_assets.errors import EngageError, InputError

TIMEOUT_SECONDS = 10.0
BYTE_LIMIT = 4 * 2**20
MEMORY_LIMIT = "512MB"
LOCK_PATIENCE_SECONDS = 2.0
"""A step of a run holds the file for longer than this at times; then the question is refused with a clear message."""
SCHEMA_QUERY = (
    f"select table_name, column_name from information_schema.columns where table_schema = '{PUBLISHED}' "
    "order by table_name, ordinal_position"
)

READ_FOLDERS = (PUBLISHED, "gates", "usage", "costs", "drift", "performance", "scorecard")
"""Folders of the lake that the connection may read: the pointers of the published weeks, and the records of runs that
published views read where they are. A test compares them with the models that are views."""

ABOUT_STATEMENTS = (
    duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.PermissionException,
    duckdb.NotSupportedError, duckdb.OperationalError,
)  # fmt: skip
"""Errors whose text says something of the statement. That of any other may hold a value, and with it a customer's."""
ABOUT_STATEMENTS_ON_ATHENA = re.compile(
    r"\b(?:SYNTAX_ERROR|[A-Z]+_NOT_FOUND|TYPE_MISMATCH|AMBIGUOUS_NAME)\b|names a column twice"
)
BAD_VALUE = (
    "a value does not fit what is computed with it. Compute with columns of numbers, and compare them as they are."
)

_OPENING = threading.Lock()


class NothingPublishedError(EngageError):
    """There is no published week to ask about."""


class TablesBusyError(EngageError):
    """A run is writing the tables right now."""


class QueryLimitError(EngageError):
    """A statement took too long or returned too much."""


class PublishedTables(ABC):
    """The published tables of one warehouse."""

    dialect: str = "duckdb"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revision = ""
        self._schema: Schema | None = None
        self._vocabulary: Vocabulary | None = None

    @abstractmethod
    def revision(self) -> str:
        """Changes whenever a week is published or withdrawn."""

    @abstractmethod
    def _run(self, statements: Mapping[str, str]) -> dict[str, pa.Table]:
        """Runs statements that have passed the guard, over one connection."""

    @abstractmethod
    def _read_schema(self) -> Schema:
        """The columns of each published table."""

    def fetch(self, statements: Mapping[str, str], *, policy: Policy) -> dict[str, pa.Table]:
        """The rows of each statement, after the guard; at most one more than its row limit.

        Raises
        ------
        GuardError, QueryLimitError, TablesBusyError, NothingPublishedError
        """
        schema = self.schema()
        guarded = {name: guard(sql, schema, policy=policy, dialect=self.dialect) for name, sql in statements.items()}
        tables = self._run({name: query.sql for name, query in guarded.items()})
        for table in tables.values():
            if table.nbytes > BYTE_LIMIT:
                raise QueryLimitError(
                    f"the answer has {table.nbytes / 1e6:.1f} MB; at most {BYTE_LIMIT / 1e6:.1f} MB are shown. "
                    "Ask for fewer columns or rows."
                )
        return tables

    def schema(self) -> Schema:
        """The columns of each published table, read again after a week was published."""
        with self._lock:
            return self._current_schema()

    def vocabulary(self) -> Vocabulary:
        """The names a question can hold, read again after a week was published."""
        with self._lock:
            schema = self._current_schema()
            if self._vocabulary is None:
                self._vocabulary = self._read_vocabulary(schema)
            return self._vocabulary

    def _current_schema(self) -> Schema:
        revision = self.revision()
        if self._schema is None or self._revision != revision:
            self._revision, self._schema, self._vocabulary = revision, self._read_schema(), None
        return self._schema

    def _read_vocabulary(self, schema: Schema) -> Vocabulary:
        wanted = {"week": WEEK_QUERY, "action": ACTION_QUERY, "channel": CHANNEL_QUERY, **ENTITY_QUERIES}
        guarded = {
            name: guard(sql, schema, policy="catalogued", dialect=self.dialect).sql
            for name, sql in wanted.items()
            # A platform of other extracts may lack a table: then nothing has a name of that kind.
            if is_answerable(sql, schema)
        }
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in wanted}
        rows |= {name: table.to_pylist() for name, table in self._run(guarded).items()}
        weeks: tuple[date, ...] = tuple(row["week"] for row in rows["week"])
        if not weeks:
            raise NothingPublishedError("no week is published yet. `engage run` publishes one; then ask again.")
        names = {kind: [str(next(iter(row.values()))) for row in rows[kind]] for kind in (*ENTITY_QUERIES, "channel")}
        actions = {row["recommended_action"]: row["action_name"] for row in rows["action"]}
        return build_vocabulary(weeks, names, actions)


class DuckDBTables(PublishedTables):
    """The published tables of a DuckDB file, opened read-only for each question and closed again.

    The connection can read nothing else: no other file, no network, and its settings are locked.
    """

    def __init__(
        self, warehouse: Path, lake: Path, *, threads: int = 2, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        super().__init__()
        self.warehouse, self.lake = warehouse, lake
        self.threads, self.timeout_seconds = threads, timeout_seconds

    def revision(self) -> str:
        files = sorted((self.lake / PUBLISHED).glob("**/*.parquet"))
        return "|".join(f"{file.relative_to(self.lake)}:{file.stat().st_mtime_ns}" for file in files)

    def _read_schema(self) -> Schema:
        columns: dict[str, list[str]] = {}
        for row in self._run({"schema": SCHEMA_QUERY})["schema"].to_pylist():
            columns.setdefault(row["table_name"].lower(), []).append(row["column_name"].lower())
        if "weekly_summary" not in columns:
            raise NothingPublishedError("no week is published yet. `engage run` publishes one; then ask again.")
        return {table: tuple(names) for table, names in columns.items()}

    def _run(self, statements: Mapping[str, str]) -> dict[str, pa.Table]:
        connection = self._connect()
        expired = threading.Event()

        def interrupt() -> None:
            expired.set()
            connection.interrupt()

        timer = threading.Timer(self.timeout_seconds, interrupt)
        timer.start()
        try:
            return {name: connection.sql(sql).to_arrow_table() for name, sql in statements.items()}
        except duckdb.Error as error:
            if expired.is_set():
                raise QueryLimitError(
                    f"the statement was stopped after {self.timeout_seconds:g} s. Ask for fewer rows or one week."
                ) from None
            reason = str(error).splitlines()[0] if isinstance(error, ABOUT_STATEMENTS) else BAD_VALUE
            raise QueryLimitError(f"the statement cannot be run: {reason}") from None
        finally:
            timer.cancel()
            connection.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        if not self.warehouse.exists():
            raise NothingPublishedError(f"there is no warehouse at {self.warehouse} yet. `engage run` makes one.")
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        while True:
            try:
                connection = duckdb.connect(str(self.warehouse), read_only=True)
                break
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise EngageError(f"the warehouse {self.warehouse} cannot be opened: {error}") from None
                if time.monotonic() > deadline:
                    raise TablesBusyError(
                        "a run is writing the tables right now. Ask again in a moment; what is published stays."
                    ) from None
                time.sleep(0.1)
        with _OPENING:
            self._restrict(connection)
        return connection

    def _restrict(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Once for all connections that are open at the same time: DuckDB gives them one instance of the file."""
        [(is_locked,)] = connection.execute("select current_setting('lock_configuration')").fetchall()
        if is_locked:
            return
        folders = ", ".join(f"'{self.lake / name}/'" for name in READ_FOLDERS)
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'; set threads = {self.threads}")
        connection.execute(f"set allowed_directories = [{folders}]; set enable_external_access = false")
        connection.execute("set lock_configuration = true")


class QueriedTables(PublishedTables):
    """The published tables behind a warehouse that takes statements of Athena's dialect."""

    dialect = "athena"

    def __init__(
        self,
        table_names: Callable[[], set[str]],
        query_all: Callable[[Mapping[str, str]], dict[str, pa.Table]],
        published: Callable[[], str],
    ) -> None:
        super().__init__()
        self._table_names, self._query_all, self._published = table_names, query_all, published

    def revision(self) -> str:
        return self._published()

    def _read_schema(self) -> Schema:
        names = sorted(self._table_names())
        if "weekly_summary" not in names:
            raise NothingPublishedError("no week is published yet. `engage run` publishes one; then ask again.")
        one_row = self._query_all({name: f"select * from {PUBLISHED}.{name} limit 1" for name in names})
        return {name: tuple(column.lower() for column in rows.column_names) for name, rows in one_row.items()}

    def _run(self, statements: Mapping[str, str]) -> dict[str, pa.Table]:
        try:
            return self._query_all(statements)
        except InputError as error:
            if ABOUT_STATEMENTS_ON_ATHENA.search(str(error)):
                raise
            raise QueryLimitError(f"the statement cannot be run: {BAD_VALUE}") from None
