"""Dagster's SQLite event log, with one connection for each of its files instead of one for each statement.

SQLAlchemy keeps compiled statements with the engine. A new engine for every connection compiles each statement again:
half of what an event costs, for hundreds of events in a run. SQLite also merges its write-ahead log whenever the last
connection to a file closes. So one connection stays open to the index, and one to the run that was used last. Overrides
a private method of the pinned Dagster release; it can go when that release keeps its engines.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool


class EngineKeepingEventLogStorage(SqliteEventLogStorage):
    """The same files, the same statements."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._open_run = ""
        super().__init__(base_dir=base_dir, inst_data=inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "EngineKeepingEventLogStorage":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard not in (INDEX_SHARD_NAME, self._open_run):
                # The web interface looks at many runs, one after the other: not each may keep a file open.
                if self._open_run:
                    self._engines.pop(self._open_run).dispose()
                self._open_run = shard
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def store_event(self, event: EventLogEntry) -> None:
        """Stores it, and touches the run's file: the web interface watches that one, not the write-ahead log."""
        super().store_event(event)
        os.utime(self.path_for_shard(event.run_id))

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=QueuePool,
                # The pool hands its connection to whichever thread asks; the storage's lock lets one work at a time.
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            event.listen(engine, "connect", _sync_at_checkpoints)
            self._engines[shard] = engine
        return self._engines[shard]

    def dispose(self) -> None:
        """Closes what is open, when the instance goes."""
        for engine in self._engines.values():
            engine.dispose()
        super().dispose()


def _sync_at_checkpoints(connection: sqlite3.Connection, _: Any) -> None:
    # The log is in WAL mode: a killed process loses nothing; a power cut may lose the last events, never the file.
    connection.execute("pragma synchronous = normal")
