"""The rows of a table's sources, piece by piece, whatever they are written as."""

import difflib
import json
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engage_assets.contracts.model import ContractError
from engage_assets.extracts.contract import ExtractTable
from engage_assets.extracts.direct import DirectTypes
from engage_assets.extracts.records import Dialect, Piece, header_of, parse_piece, utf8_blocks, whole_records
from engage_assets.extracts.sources import SourceFile, format_of, opened

BATCH_ROWS = 65_536
AHEAD = 2
"""Pieces that are parsed side by side; more would only take memory."""
MAX_DEPTH = 5
"""Levels of nested objects whose fields become columns; what lies deeper stays JSON text."""


@dataclass(frozen=True)
class Columns:
    """What a file's columns are against the contract: those to read, and the names that differ."""

    present: list[str]
    missing: list[str]
    added: list[str]

    def faults(self, table: ExtractTable) -> str | None:
        """Why the file is refused, by the contract's policy; None when it is taken."""
        wanted = {c.source for c in table.used if c.role in ("key", "time", "label")}
        if lost := [name for name in self.missing if name in wanted or table.dropped_columns == "refuse"]:
            return f"lacks the columns {', '.join(lost)}"
        if self.added and table.added_columns == "refuse":
            return f"has columns that the contract does not know: {', '.join(self.added)}"
        return None


def compare_columns(names: list[str], table: ExtractTable, where: str) -> Columns:
    """The columns of a file against the contract. Raises ContractError when the contract's policy refuses them."""
    found = Columns(
        present=[c.source for c in table.used if c.source in names],
        missing=[c.source for c in table.used if c.source not in names],
        added=[name for name in names if name not in table.columns],
    )
    if fault := found.faults(table):
        spelled = {name.lower(): name for name in found.added}
        meant = [
            f"{name} may be {spelled[close[0]]}"
            for name in found.missing
            if (close := difflib.get_close_matches(name.lower(), spelled, 1, 0.75))
        ]
        guess = f" ({'; '.join(meant)})" if meant else ""
        raise ContractError(
            f"{where} {fault}{guess}; correct the export, or the contract "
            f"(columns, added_columns, dropped_columns). The file has: {', '.join(names[:40])}"
        )
    return found


def pieces_of(table: ExtractTable, file: SourceFile) -> Iterator[tuple[Columns, Piece]]:
    """The pieces of one file, in its order."""
    if format_of(table, file) == "parquet":
        yield from _parquet_pieces(table, file)
        return
    reader = {"csv": _csv_pieces, "jsonl": _jsonl_pieces}[format_of(table, file)]
    with opened(file) as stream:
        yield from reader(table, file, stream)


def _csv_pieces(table: ExtractTable, file: SourceFile, stream: IO[bytes]) -> Iterator[tuple[Columns, Piece]]:
    dialect = Dialect(table.delimiter, table.quote, table.encoding, table.header)
    records = whole_records(utf8_blocks(stream, dialect.encoding, file.path), dialect.quote.encode())
    first = next(records, b"")
    if not first.strip():
        raise ContractError(f"{file.path} is empty; deliver it with its rows, or leave it out")
    names = list(table.columns)
    if dialect.header:
        names, first = header_of(first, dialect, file.path)
    columns = compare_columns(names, table, file.path)
    # A generated key is made of the texts; so is the judgement of bytes of another encoding.
    as_texts = table.generated_key or table.encoding not in ("utf-8", "ascii")
    direct = None if as_texts else DirectTypes(table, columns.present)
    with ThreadPoolExecutor(AHEAD) as pool:
        waiting: list[Future[Piece]] = [pool.submit(parse_piece, first, names, columns.present, dialect, direct)]
        for piece in records:
            waiting.append(pool.submit(parse_piece, piece, names, columns.present, dialect, direct))
            if len(waiting) > AHEAD:
                yield columns, waiting.pop(0).result()
        for parsed in waiting:
            yield columns, parsed.result()


def _jsonl_pieces(table: ExtractTable, file: SourceFile, stream: IO[bytes]) -> Iterator[tuple[Columns, Piece]]:
    names: dict[str, None] = {}
    place = 0
    for piece in whole_records(utf8_blocks(stream, table.encoding, file.path), b""):
        objects: list[dict[str, Any]] = []
        places: list[int] = []
        unreadable: list[tuple[int, str, str]] = []
        lines = [line for line in piece.split(b"\n") if line.strip()]
        for number, line in enumerate(lines):
            try:
                content = json.loads(line)
            except (ValueError, RecursionError) as cause:
                unreadable.append((number, line.decode(errors="replace"), f"is no JSON ({str(cause)[:80]})"))
                continue
            if isinstance(content, dict):
                objects.append(flattened(content, whole=table.columns))
                places.append(number)
                names.update(dict.fromkeys(objects[-1]))
            else:
                unreadable.append((number, line.decode(errors="replace"), "is no JSON object"))
        place += len(lines)
        columns = compare_columns(list(names) if names else [c.source for c in table.used], table, file.path)
        rows = pa.table(
            {n: pa.array([_json_text(o.get(n)) for o in objects], pa.string()) for n in columns.present}
            or {"": pa.nulls(len(objects))}
        )
        yield columns, Piece(rows, np.array(places, dtype=np.int64), unreadable)
    if not place:
        raise ContractError(f"{file.path} is empty; deliver it with its rows, or leave it out")


def flattened(
    content: Mapping[str, Any], *, whole: Collection[str] = (), above: str = "", depth: int = 0
) -> dict[str, Any]:
    """The fields of nested objects under dotted names, ``account.id``; lists and the objects in `whole` as they are."""
    found: dict[str, Any] = {}
    for key, value in content.items():
        name = above + key
        if isinstance(value, dict) and value and depth < MAX_DEPTH and name not in whole:
            found |= flattened(value, whole=whole, above=f"{name}.", depth=depth + 1)
        else:
            found[name] = value
    return found


def _json_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if value else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value)


def _parquet_pieces(table: ExtractTable, file: SourceFile) -> Iterator[tuple[Columns, Piece]]:
    try:
        with file.filesystem.open_input_file(file.path) as source:
            content = pq.ParquetFile(source)
            columns = compare_columns(content.schema_arrow.names, table, file.path)
            for batch in content.iter_batches(batch_size=BATCH_ROWS, columns=columns.present):
                batch.validate(full=True)
                yield columns, Piece(pa.Table.from_batches([batch]), np.arange(batch.num_rows), [])
    except (pa.ArrowException, OSError, ValueError, MemoryError) as cause:
        if isinstance(cause, ContractError):
            raise
        reason = (str(cause).splitlines() or [type(cause).__name__])[0]
        raise ContractError(
            f"{file.path} cannot be read as Parquet ({reason}); export it again and replace it"
        ) from None
