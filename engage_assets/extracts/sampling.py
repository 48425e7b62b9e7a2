"""The first rows of each table of a folder, as texts: what ``engage init`` looks at."""

import json
import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engage_assets.contracts.model import ContractError
from engage_assets.extracts.contract import ExtractTable
from engage_assets.extracts.database_tables import DATABASES, SAMPLED_ROWS, database_samples
from engage_assets.extracts.naming import identifier
from engage_assets.extracts.pieces import flattened
from engage_assets.extracts.profiling import ColumnProfile, profile
from engage_assets.extracts.records import Dialect, header_of, parse_piece, utf8_blocks, whole_records
from engage_assets.extracts.sniffing import Sniffed, fields_of, sniff
from engage_assets.extracts.sources import FORMATS, NoFilesError, SourceFile, find_files, opened
from engage_assets.extracts.values import readable_text

LETTERS_AND_DIGITS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Sample:
    """One table: its file or files, how they are written, its first rows.

    database, query: of a table that is no file. notes: what a person should know of how the files were grouped.
    """

    name: str
    files: str
    format: str
    sniffed: Sniffed | None
    profiles: list[ColumnProfile]
    exact_copies: int
    rows: int
    database: str = ""
    query: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def column_names(self) -> list[str]:
        """The columns in their order."""
        return [each.source for each in self.profiles]


def sample_folder(base: str) -> list[Sample]:
    """A sample of every table in a folder.

    Files of one folder below it are one table, and so are files beside each other whose columns are the same.
    Raises ContractError when there is none, or one cannot be read.
    """
    probe = ExtractTable.model_construct(name="extract", files=".", format=None)
    groups: dict[str, list[SourceFile]] = {}
    root = str(Path(base).absolute()) if "://" not in base else base.removeprefix("s3://").rstrip("/")
    databases = [] if "://" in base else database_samples(Path(base))
    try:
        files = find_files(probe, base)
    except NoFilesError:
        if databases:
            return [
                _sampled(table.rows, files="", name=table.name, database=table.database, query=table.query)
                for table in databases
            ]
        raise ContractError(
            f"{base} holds no file that can be read; expected {', '.join(sorted(FORMATS))}, each also as .gz, "
            f"or a database ({', '.join(DATABASES)}), in it or in the folders below it"
        ) from None
    for file in files:
        if file.format is None or file.path.endswith((".yaml", ".yml")):
            continue
        relative = file.path.removeprefix(root).lstrip("/")
        groups.setdefault(relative.partition("/")[0], []).append(file)
    samples = _joined([_of_files(place, found) for place, found in groups.items()], sorted(groups), groups)
    return [
        *samples,
        *(
            _sampled(table.rows, files="", name=table.name, database=table.database, query=table.query)
            for table in databases
        ),
    ]


def _joined(samples: list[Sample], places: list[str], groups: dict[str, list[SourceFile]]) -> list[Sample]:
    """The samples, with files beside each other that have the same columns taken as one table."""
    alike: dict[tuple[str, ...], list[Sample]] = {}
    for sample in samples:
        alike.setdefault((sample.format, *sorted(sample.column_names)), []).append(sample)
    found = []
    for parts in alike.values():
        pattern = _pattern([part.files for part in parts])
        together = len(parts) > 1 and {each for each in places if fnmatch(each, pattern)} == {p.files for p in parts}
        if not together:
            found += parts
            continue
        files = [file for part in parts for file in groups[part.files]]
        note = f"{len(parts)} files with the same columns are one table: {', '.join(part.files for part in parts)}"
        found.append(replace(_of_files(pattern, files), notes=[note]))
    return found


def _pattern(names: Sequence[str]) -> str:
    """What the names have in common, with a star between: ``churn-*.csv``."""
    start = _alike(names)
    end = _alike([name[len(start) :][::-1] for name in names])[::-1]
    # Of part-01.csv and part-02.csv the digits are no part of the name.
    return f"{start.rstrip('0123456789')}*{end.lstrip(LETTERS_AND_DIGITS)}"


def _alike(names: Sequence[str]) -> str:
    """The letters with which all names begin."""
    first, last = min(names), max(names)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]


def _of_files(place: str, files: Sequence[SourceFile]) -> Sample:
    first = files[0]
    format_name = first.format or "csv"
    sniffed = sniff(first) if format_name == "csv" else None
    parts: list[pa.Table] = []
    for file in files:
        # A file later in the folder may be longer, so each may fill what is left.
        wanted = SAMPLED_ROWS - sum(part.num_rows for part in parts)
        if wanted <= 0:
            break
        if sniffed is not None:
            rows = _csv_rows(file, sniffed.dialect)
        else:
            rows = _jsonl_rows(file) if format_name == "jsonl" else _parquet_rows(file)
        parts.append(rows.slice(0, wanted))
    rows = pa.concat_tables(parts, promote_options="default")
    if not rows.num_rows:
        raise ContractError(f"{first.path} has a header and no rows; deliver it with its rows, or take it out")
    stem = Path(place.replace("*", "").removesuffix(".gz")).stem.strip("-_. ") or "rows"
    return _sampled(rows, files=place, name=identifier(stem), format_name=format_name, sniffed=sniffed)


def _sampled(
    rows: pa.Table,
    *,
    files: str,
    name: str,
    format_name: str = "",
    sniffed: Sniffed | None = None,
    database: str = "",
    query: str = "",
) -> Sample:
    texts = {name: [None if v is None else str(v) for v in rows[name].to_pylist()] for name in rows.column_names}
    return Sample(
        name=name,
        files=files,
        format=format_name,
        sniffed=sniffed,
        profiles=[profile(name, values) for name, values in texts.items()],
        exact_copies=rows.num_rows - len(set(zip(*texts.values(), strict=True))) if texts else 0,
        rows=rows.num_rows,
        database=database,
        query=query,
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
                    objects.append({key: _json_text(value) for key, value in flattened(content).items()})
            if len(objects) >= SAMPLED_ROWS:
                break
    if not objects:
        raise ContractError(f"{file.path} holds no JSON object; expected one a line")
    names = list(dict.fromkeys(name for each in objects for name in each))
    return pa.table({name: pa.array([each.get(name) for each in objects], pa.string()) for name in names})


def _json_text(value: object) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


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
