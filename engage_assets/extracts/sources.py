"""Where the rows of a table are: files of a folder or a prefix, opened as streams, decompressed within bounds."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.fs as pafs

from engage_assets.contracts.model import ContractError
from engage_assets.extracts.contract import ExtractTable, Format

FORMATS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".psv": "csv", ".dat": "csv",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip

MAX_EXPANSION = 300
"""A compressed file may grow so much beyond FREE_EXPANSION bytes: tables compress 5 to 50 times, bombs 1,000."""
FREE_EXPANSION = 256 * 2**20


class NoFilesError(ContractError):
    """Nothing lies where the files of a table should be."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a table: where it is, and what tells that it has changed."""

    uri: str
    path: str
    size: int
    stamp: str
    filesystem: pafs.FileSystem

    @property
    def format(self) -> Format | None:
        """The format that its name tells, whether compressed or not."""
        return FORMATS.get(Path(self.path.removesuffix(".gz")).suffix.lower())


def find_files(table: ExtractTable, base: str) -> list[SourceFile]:
    """The files of a table, by name, below `base` (a folder or an s3:// prefix) unless they are s3:// themselves.

    Raises ContractError when there is none, or the place cannot be reached.
    """
    place = str(table.files)
    where = place if "://" in place else f"{base.rstrip('/')}/{place}".removesuffix("/.")
    folder, pattern = _split_pattern(where)
    try:
        filesystem, path = _filesystem(folder)
        info = filesystem.get_file_info(path)
        if info.type == pafs.FileType.File:
            found = [info]
        else:
            selector = pafs.FileSelector(path, recursive=True, allow_not_found=True)
            found = [each for each in filesystem.get_file_info(selector) if each.type == pafs.FileType.File]
    except (OSError, pa.ArrowException) as cause:
        raise ContractError(
            f"{where} cannot be reached ({_first_line(cause)}); check the path and the permissions"
        ) from None
    chosen = [
        SourceFile(where, each.path, int(each.size or 0), f"{each.size}:{each.mtime_ns}", filesystem)
        for each in found
        if not each.base_name.startswith((".", "_")) and (pattern is None or Path(each.path).match(pattern))
    ]
    if info.type != pafs.FileType.File and pattern is None:
        chosen = [each for each in chosen if each.format is not None]
    if not chosen:
        raise NoFilesError(f"{where}: no file of table {table.name} is there; check the extract's folder and `files`")
    return sorted(chosen, key=lambda each: each.path)


def format_of(table: ExtractTable, file: SourceFile) -> Format:
    """The format of a file, from the contract or from its name."""
    chosen = table.format or file.format
    if chosen is None:
        raise ContractError(
            f"{file.path}: its name tells no format; give table {table.name} a format: csv, jsonl or parquet"
        )
    return chosen


@contextmanager
def opened(file: SourceFile) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed when its name ends in .gz.

    Raises ContractError when it cannot be read, is damaged, or grows beyond MAX_EXPANSION.
    """
    try:
        with file.filesystem.open_input_stream(file.path, compression=None) as raw:
            stream: Any = raw
            if file.path.endswith(".gz"):
                stream = _Bounded(gzip.GzipFile(fileobj=raw), file)
            yield cast(IO[bytes], stream)
    except (OSError, EOFError, zlib.error, pa.ArrowException) as cause:
        if isinstance(cause, OSError) and getattr(cause, "errno", None) == 28:
            raise
        raise ContractError(
            f"{file.path} cannot be read ({_first_line(cause)}); export it again and replace it"
        ) from None


class _Bounded:
    """A decompressing stream that refuses to become a bomb."""

    def __init__(self, inner: gzip.GzipFile, file: SourceFile) -> None:
        self._inner, self._file, self._read = inner, file, 0
        self._limit = FREE_EXPANSION + MAX_EXPANSION * file.size

    def read(self, size: int) -> bytes:
        content = self._inner.read(size)
        self._read += len(content)
        if self._read > self._limit:
            raise ContractError(
                f"{self._file.path} grows beyond {self._limit / 1e6:,.0f} MB from {self._file.size / 1e6:,.1f} MB "
                f"(limit: {MAX_EXPANSION} times); if it is no accident, deliver it uncompressed"
            )
        return content


def _filesystem(place: str) -> tuple[pafs.FileSystem, str]:
    if place.startswith("s3://"):
        import os

        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        options: dict[str, Any] = {"region": os.environ.get("AWS_REGION", "us-east-1")}
        if endpoint:
            options |= {"endpoint_override": endpoint.split("://")[-1], "scheme": endpoint.split("://")[0]}
        return pafs.S3FileSystem(**options), place.removeprefix("s3://").rstrip("/")
    if "://" in place:
        raise ContractError(f"{place}: expected a path or s3://…; other places are read by a query")
    return pafs.LocalFileSystem(), str(Path(place).expanduser().absolute())


def _split_pattern(place: str) -> tuple[str, str | None]:
    head, _, tail = place.rpartition("/")
    if any(sign in head for sign in "*?["):
        raise ContractError(f"files: {place!r} has a pattern in a folder's name; a pattern may only stand at the end")
    return (head or "/", tail) if any(sign in tail for sign in "*?[") else (place, None)


def _first_line(cause: BaseException) -> str:
    return (str(cause).splitlines() or [type(cause).__name__])[0]
