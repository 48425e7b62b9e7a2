"""The lake: Parquet and JSON files under one root, addressed by relative path.

Every write is atomic: readers see the file as it was or as it is, never half of it.
"""

import json
import os
import shutil
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

COMPRESSION = "snappy"

ROW_GROUP_ROWS = 32_768
"""Small enough that one week of 100,000 customers is read by more than one thread."""


def week_folder(prefix: str, week: date, run_id: str | None = None) -> str:
    """The relative folder of a week, or of one run's version of it: ``prefix/week=2026-11-09[/run_id=…]``."""
    folder = f"{prefix}/week={week.isoformat()}"
    return folder if run_id is None else f"{folder}/run_id={run_id}"


class Lake(dg.ConfigurableResource, ABC):  # type: ignore[type-arg]
    """Files by relative path. A folder of Parquet files is a table."""

    @property
    @abstractmethod
    def uri(self) -> str:
        """The root as other programs address it."""

    @abstractmethod
    def write_table(self, folder: str, rows: pa.Table, *, name: str = "part-0.parquet") -> int:
        """Writes one Parquet file into `folder` and returns its size in bytes."""

    @abstractmethod
    def read_table(self, folder: str, *, columns: Sequence[str] | None = None) -> pa.Table:
        """Reads all Parquet files of `folder`. Raises FileNotFoundError when there are none."""

    @abstractmethod
    def write_json(self, path: str, content: Any) -> None:
        """Writes one JSON file."""

    @abstractmethod
    def read_json(self, path: str) -> Any:
        """Reads one JSON file. Raises FileNotFoundError."""

    @abstractmethod
    def read_bytes(self, path: str) -> bytes:
        """Reads one file as it is. Raises FileNotFoundError."""

    @abstractmethod
    def clear(self, folder: str) -> None:
        """Removes a folder and all below it; nothing happens when there is none."""

    @abstractmethod
    def clear_file(self, path: str) -> None:
        """Removes one file; nothing happens when there is none."""

    @abstractmethod
    def names(self, folder: str) -> list[str]:
        """Names directly below `folder`, sorted; empty when there is none."""

    @abstractmethod
    def size(self, folder: str) -> int:
        """Bytes of all files below `folder`."""

    @abstractmethod
    def opened(self, folder: str) -> AbstractContextManager[Path]:
        """A folder as one of this machine, to read from while the block lasts. It may not exist."""

    @abstractmethod
    def filled(self, folder: str = "") -> AbstractContextManager[Path]:
        """A folder of this machine to write into, for programs that know no other place.

        What is in it when the block ends without an error is in the lake.
        """

    def location(self, path: str) -> str:
        """The URI of a relative path."""
        return f"{self.uri}/{path}"

    def link(self, path: str) -> str:
        """The address under which a browser may find a file."""
        location = self.location(path)
        return location if "://" in location else Path(location).absolute().as_uri()

    def weeks(self, prefix: str) -> list[date]:
        """The weeks that have a folder below `prefix`, sorted."""
        return [date.fromisoformat(name[5:]) for name in self.names(prefix) if name.startswith("week=")]


class LocalLake(Lake):
    """The lake in a folder of this machine."""

    root: str

    @property
    def uri(self) -> str:
        return str(Path(self.root))

    def _path(self, path: str) -> Path:
        return Path(self.root) / path

    def write_table(self, folder: str, rows: pa.Table, *, name: str = "part-0.parquet") -> int:
        target = self._path(folder) / name
        temporary = _beside(target)
        try:
            pq.write_table(rows, temporary, compression=COMPRESSION, row_group_size=ROW_GROUP_ROWS)
            size = temporary.stat().st_size
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        return size

    def read_table(self, folder: str, *, columns: Sequence[str] | None = None) -> pa.Table:
        files = sorted(self._path(folder).glob("**/*.parquet"))
        if not files:
            raise FileNotFoundError(f"no Parquet file in {self.location(folder)}")
        return pa.concat_tables([pq.read_table(file, columns=columns, partitioning=None) for file in files])

    def write_json(self, path: str, content: Any) -> None:
        target = self._path(path)
        temporary = _beside(target)
        try:
            temporary.write_text(json.dumps(content, indent=2, default=str) + "\n")
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def read_json(self, path: str) -> Any:
        return json.loads(self._path(path).read_text())

    def read_bytes(self, path: str) -> bytes:
        return self._path(path).read_bytes()

    def clear(self, folder: str) -> None:
        path = self._path(folder)
        if path.exists():
            # Renamed first: a reader, or a kill in the middle, never meets half a folder.
            doomed = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
            path.replace(doomed)
            shutil.rmtree(doomed)

    def clear_file(self, path: str) -> None:
        self._path(path).unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        path = self._path(folder)
        return sorted(entry.name for entry in path.iterdir() if entry.name[0] != ".") if path.is_dir() else []

    @contextmanager
    def opened(self, folder: str) -> Iterator[Path]:
        yield self._path(folder)

    @contextmanager
    def filled(self, folder: str = "") -> Iterator[Path]:
        yield self._path(folder)

    def size(self, folder: str) -> int:
        return sum(file.stat().st_size for file in self._path(folder).rglob("*") if file.is_file())


def _beside(target: Path) -> Path:
    """A hidden name in the same folder, so that the final rename is atomic; no reader globs it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f".{target.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
