"""Reads a whole extract in bounded memory: typed rows in one folder a table, refused rows with their reason in another.

Every record is kept or quarantined, and both are counted: rows in = rows kept + rows quarantined.
"""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engage_assets.contracts.model import ContractError
from engage_assets.contracts.quarantine import QUARANTINE_SCHEMA
from engage_assets.extracts.contract import ExtractContract, ExtractTable
from engage_assets.extracts.judging import RowJudge
from engage_assets.extracts.pieces import Columns, pieces_of
from engage_assets.extracts.queries import query_pieces, stamp_of
from engage_assets.extracts.records import Piece
from engage_assets.extracts.sources import SourceFile, find_files

KEPT = "rows"
REFUSED = "quarantine"
EXAMPLES = 10_000
"""Refused rows that are kept with their content, for each table: enough to see every fault, bounded on disk."""

RETYPED_SHARE = 0.5
"""A column of a text file with so many values of a wrong type has become another column."""


@dataclass
class TableCounts:
    """What became of the rows of one table."""

    rows_in: int = 0
    rows_kept: int = 0
    rows_quarantined: int = 0
    by_rule: dict[str, int] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    wrong_type: dict[str, int] = field(default_factory=dict)
    retyped: list[str] = field(default_factory=list)
    retyped_refused: bool = False
    limit: float = 0.05

    @property
    def refused(self) -> str | None:
        """Why the table is not to be used; None when it is."""
        if self.rows_in == 0:
            return "has no rows"
        if self.retyped and self.retyped_refused:
            return f"has columns of another type ({'; '.join(self.retyped)})"
        share = self.rows_quarantined / self.rows_in
        if share > self.limit:
            refused = f"has {self.rows_quarantined:,} of {self.rows_in:,} rows in quarantine"
            return f"{refused} ({share:.1%}, limit {self.limit:.0%})"
        return None

    def schema_changes(self) -> list[str]:
        """What is other than the contract, or the drop before, says of the columns, in words."""
        found = {
            "columns that the contract does not know, not read": self.added,
            "columns of the contract that are missing, empty now": self.missing,
            "columns of another type": self.retyped,
        }
        return [f"{what}: {', '.join(names)}" for what, names in found.items() if names]


@dataclass
class Ingestion:
    """What became of an extract: its counts by table, and the fingerprint of what was read."""

    fingerprint: str
    tables: dict[str, TableCounts]
    last_day: date | None = None

    def as_json(self) -> dict[str, Any]:
        """For the record in the lake."""
        return {
            "fingerprint": self.fingerprint,
            "tables": {name: asdict(counts) for name, counts in self.tables.items()},
            "last_day": self.last_day.isoformat() if self.last_day else None,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Ingestion":
        """From the record in the lake."""
        last = content["last_day"]
        tables = {name: TableCounts(**counts) for name, counts in content["tables"].items()}
        return cls(content["fingerprint"], tables, date.fromisoformat(last) if last else None)


def sources_of(contract: ExtractContract, base: str) -> dict[str, list[SourceFile]]:
    """The files of each table; a table that is a query has none."""
    return {name: find_files(table, base) if table.files else [] for name, table in contract.tables.items()}


def fingerprint_of(contract: ExtractContract, base: str) -> str:
    """Changes when the contract, or a file's size or time, does. A query of a server counts as changed every day."""
    import hashlib

    digest = hashlib.sha256(contract.model_dump_json().encode())
    for name, files in sources_of(contract, base).items():
        digest.update(name.encode())
        for file in files:
            digest.update(f"{file.path}:{file.stamp}".encode())
        if not files:
            stamp = stamp_of(contract.tables[name], base) or datetime.now(UTC).date().isoformat()
            digest.update(stamp.encode())
    return digest.hexdigest()


def ingest(
    contract: ExtractContract,
    base: str,
    folder: Path | None,
    *,
    week: date | None = None,
    before: Ingestion | None = None,
) -> Ingestion:
    """Reads every table of the extract below `base`; writes `folder`/rows/<table> and `folder`/quarantine/<table>.

    folder: None counts and writes nothing. week: named in the quarantined rows. before: the reading before this one;
    columns whose type is another now are named.
    Raises ContractError when a file cannot be read at all, or its columns are refused: there are no rows to judge.
    """
    outcome = Ingestion(fingerprint_of(contract, base), {})
    for name, table in contract.tables.items():
        counts = TableCounts(
            limit=max(table.max_quarantined_share, contract.max_quarantined_share),
            retyped_refused=table.retyped_columns == "refuse",
        )
        known = before.tables.get(name) if before else None
        judge = RowJudge(contract, table, week)
        places = [None if folder is None else folder / part / name for part in (KEPT, REFUSED)]
        with _Writer(places[0]) as kept, _Writer(places[1]) as refused:
            for columns, piece in _pieces(table, base):
                verdict = judge.judge(piece, first_row=counts.rows_in, examples=EXAMPLES - refused.rows)
                counts.rows_in += piece.records
                counts.rows_kept += verdict.kept.num_rows
                counts.rows_quarantined += verdict.quarantined_rows
                counts.added, counts.missing = columns.added, columns.missing
                counts.types.update({} if piece.texts else types_of(piece.rows))
                add_counts(counts.by_rule, verdict.counts)
                add_counts(counts.wrong_type, verdict.wrong_type)
                kept.write(verdict.kept)
                refused.write(verdict.quarantined)
            kept.ensure(judge.schema)
            refused.ensure(QUARANTINE_SCHEMA)
        if (
            counts.rows_in != counts.rows_kept + counts.rows_quarantined
            or sum(counts.by_rule.values()) != counts.rows_quarantined
        ):
            raise ContractError(f"{name}: the row accounting does not close ({counts}); report this as a defect")
        counts.retyped = retyped_columns(table, counts, known)
        outcome.tables[name] = counts
        if judge.last_day is not None:
            outcome.last_day = max(outcome.last_day or judge.last_day, judge.last_day)
    if folder is not None:
        _write_json(folder / "ingested.json", outcome.as_json())
    return outcome


def types_of(rows: pa.Table) -> dict[str, str]:
    """The types that the source itself gives its columns; none for the texts of a CSV or a JSON file."""
    return {
        field.name: str(field.type)
        for field in rows.schema
        if not (pa.types.is_binary(field.type) or pa.types.is_string(field.type) or pa.types.is_null(field.type))
    }


def add_counts(total: dict[str, int], more: dict[str, int]) -> None:
    """Adds the counts of a piece."""
    for name, count in more.items():
        total[name] = total.get(name, 0) + count


def retyped_columns(table: ExtractTable, counts: TableCounts, before: TableCounts | None) -> list[str]:
    """The columns whose type is not that of the drop before, or of most of whose values the contract's type is none."""
    found = {}
    for name, was in (before.types if before else {}).items():
        if (now := counts.types.get(name, was if name in counts.missing else "text")) != was:
            found[name] = f"{name} ({was} before, {now} now)"
    for column in table.used:
        share = counts.wrong_type.get(column.source, 0) / max(counts.rows_in, 1)
        if share >= RETYPED_SHARE:
            found.setdefault(column.source, f"{column.source} ({share:.0%} of its values are no {column.kind})")
    return list(found.values())


def read_ingestion(folder: Path) -> Ingestion | None:
    """The record of what was read into `folder`; None when nothing was, or not to its end."""
    try:
        return Ingestion.from_json(json.loads((folder / "ingested.json").read_text()))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _pieces(table: ExtractTable, base: str) -> Iterator[tuple[Columns, Piece]]:
    if table.query is not None:
        yield from query_pieces(table, base)
        return
    for file in find_files(table, base):
        yield from pieces_of(table, file)


class _Writer:
    """Parquet files in a new folder that takes the place of the old one when everything is written."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._writer: pq.ParquetWriter | None = None
        self._thread = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None
        self.rows = 0

    def __enter__(self) -> "_Writer":
        if self._folder is not None:
            self._new = self._folder.with_name(f".{self._folder.name}.new")
            shutil.rmtree(self._new, ignore_errors=True)
            self._new.mkdir(parents=True)
        return self

    def write(self, rows: pa.Table) -> None:
        """Appends rows, while the next piece is judged; waits for those before."""
        self.rows += rows.num_rows
        if self._folder is None or not rows.num_rows:
            return
        self.ensure(rows.schema)
        assert self._writer is not None
        self._finish()
        self._writing = self._thread.submit(self._writer.write_table, rows)

    def _finish(self) -> None:
        if self._writing is not None:
            written, self._writing = self._writing, None
            written.result()

    def ensure(self, schema: pa.Schema) -> None:
        """Opens the file, so that a table without rows has one, too."""
        if self._folder is not None and self._writer is None:
            self._writer = pq.ParquetWriter(self._new / "part-0.parquet", schema, compression="snappy")

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._thread.shutdown()
            if self._writer is not None:
                self._writer.close()
            if kind is not None and self._folder is not None:
                shutil.rmtree(self._new, ignore_errors=True)
        if self._folder is None or kind is not None:
            return
        if self._folder.exists():
            old = self._folder.with_name(f".{self._folder.name}.old")
            shutil.rmtree(old, ignore_errors=True)
            self._folder.rename(old)
            self._new.rename(self._folder)
            shutil.rmtree(old)
        else:
            self._new.rename(self._folder)


def _write_json(path: Path, content: Any) -> None:
    beside = path.with_name(f".{path.name}")
    beside.write_text(json.dumps(content, indent=2, default=str) + "\n")
    beside.replace(path)
