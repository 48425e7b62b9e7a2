"""Dagster's SQLite event log, with one engine for each of its files instead of one for each statement.

SQLAlchemy keeps compiled statements with the engine. A new engine for every connection compiles each statement again:
half of what an event costs, for hundreds of events in a run. Overrides a private method of the pinned Dagster release;
it can go when that release keeps its engines.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool


class EngineKeepingEventLogStorage(SqliteEventLogStorage):
    """The same files, the same statements; connections are opened and closed as before."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir=base_dir, inst_data=inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "EngineKeepingEventLogStorage":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=NullPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
            event.listen(engine, "connect", _sync_at_checkpoints)
            self._engines[shard] = engine
        return self._engines[shard]


def _sync_at_checkpoints(connection: sqlite3.Connection, _: Any) -> None:
    # The log is in WAL mode: a killed process loses nothing; a power cut may lose the last events, never the file.
    connection.execute("pragma synchronous = normal")
