"""The first rows of each file of a folder, as texts: what ``engage init`` looks at."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engage_assets.contracts.model import ContractError
from engage_assets.extracts.contract import ExtractTable
from engage_assets.extracts.naming import identifier
from engage_assets.extracts.profiling import ColumnProfile, profile
from engage_assets.extracts.records import Dialect, header_of, parse_piece, utf8_blocks, whole_records
from engage_assets.extracts.sniffing import Sniffed, fields_of, sniff
from engage_assets.extracts.sources import FORMATS, NoFilesError, SourceFile, find_files, opened
from engage_assets.extracts.values import readable_text

SAMPLED_ROWS = 200_000


@dataclass(frozen=True)
class Sample:
    """One table: its file or files, how they are written, its first rows."""

    name: str
    files: str
    format: str
    sniffed: Sniffed | None
    profiles: list[ColumnProfile]
    exact_copies: int
    rows: int


def sample_folder(base: str) -> list[Sample]:
    """A sample of every file in a folder; files of one folder below it are one table.

    Raises ContractError when there is none, or one cannot be read.
    """
    probe = ExtractTable.model_construct(name="extract", files=".", format=None)
    groups: dict[str, list[SourceFile]] = {}
    root = str(Path(base).absolute()) if "://" not in base else base.removeprefix("s3://").rstrip("/")
    try:
        files = find_files(probe, base)
    except NoFilesError:
        raise ContractError(
            f"{base} holds no file that can be read; expected {', '.join(sorted(FORMATS))}, each also as .gz, "
            "in it or in the folders below it"
        ) from None
    for file in files:
        if file.format is None or file.path.endswith((".yaml", ".yml")):
            continue
        relative = file.path.removeprefix(root).lstrip("/")
        groups.setdefault(relative.partition("/")[0], []).append(file)
    return [_sample(place, files) for place, files in groups.items()]


def _sample(place: str, files: Sequence[SourceFile]) -> Sample:
    first = files[0]
    format_name = first.format or "csv"
    sniffed = sniff(first) if format_name == "csv" else None
    if sniffed is not None:
        rows = _csv_rows(first, sniffed.dialect)
    else:
        rows = _jsonl_rows(first) if format_name == "jsonl" else _parquet_rows(first)
    if not rows.num_rows:
        raise ContractError(f"{first.path} has a header and no rows; deliver it with its rows, or take it out")
    texts = {name: [None if v is None else str(v) for v in rows[name].to_pylist()] for name in rows.column_names}
    return Sample(
        name=identifier(Path(place.removesuffix(".gz")).stem),
        files=place,
        format=format_name,
        sniffed=sniffed,
        profiles=[profile(name, values) for name, values in texts.items()],
        exact_copies=rows.num_rows - len(set(zip(*texts.values(), strict=True))) if texts else 0,
        rows=rows.num_rows,
    )


def _csv_rows(file: SourceFile, dialect: Dialect) -> pa.Table:
    parts: list[pa.Table] = []
    names: list[str] = []
    with opened(file) as stream:
        for piece in whole_records(utf8_blocks(stream, dialect.encoding, file.path), dialect.quote.encode()):
            content = piece
            if not names and dialect.header:
                names, content = header_of(piece, dialect, file.path)
            elif not names:
                width = len(fields_of(piece.split(b"\n", 1)[0].decode(errors="replace"), dialect))
                names = [f"column_{number}" for number in range(1, width + 1)]
            parts.append(parse_piece(content, names, names, dialect).rows)
            if sum(part.num_rows for part in parts) >= SAMPLED_ROWS:
                break
    table = pa.concat_tables(parts).slice(0, SAMPLED_ROWS)
    return pa.table({name: readable_text(table[name])[0] for name in table.column_names})


def _jsonl_rows(file: SourceFile) -> pa.Table:
    objects = []
    with opened(file) as stream:
        for piece in whole_records(utf8_blocks(stream, "utf-8", file.path), b""):
            for line in piece.splitlines():
                try:
                    content = json.loads(line)
                except ValueError:
                    continue
                if isinstance(content, dict):
                    objects.append({key: None if value is None else str(value) for key, value in content.items()})
            if len(objects) >= SAMPLED_ROWS:
                break
    if not objects:
        raise ContractError(f"{file.path} holds no JSON object; expected one a line")
    names = list(dict.fromkeys(name for each in objects for name in each))
    return pa.table({name: pa.array([each.get(name) for each in objects], pa.string()) for name in names})


def _parquet_rows(file: SourceFile) -> pa.Table:
    try:
        with file.filesystem.open_input_file(file.path) as source:
            content = pq.ParquetFile(source)
            batches = []
            for batch in content.iter_batches():
                batches.append(batch)
                if sum(each.num_rows for each in batches) >= SAMPLED_ROWS:
                    break
            table = pa.Table.from_batches(batches, schema=content.schema_arrow).slice(0, SAMPLED_ROWS)
    except (pa.ArrowException, OSError, ValueError) as cause:
        raise ContractError(f"{file.path} cannot be read as Parquet ({str(cause).splitlines()[0]})") from None
    texts = {}
    for name in table.column_names:
        try:
            texts[name] = pc.cast(table[name], pa.string())
        except pa.ArrowNotImplementedError:
            texts[name] = pa.array([str(value) for value in table[name].to_pylist()], pa.string())
    return pa.table(texts)
