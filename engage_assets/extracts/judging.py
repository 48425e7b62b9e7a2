"""Judges the rows of one table of a user's extract, piece by piece, into kept and quarantined ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engage_assets.contracts.casting import Mask
from engage_assets.contracts.quarantine import QUARANTINE_SCHEMA, quarantine_rows
from engage_assets.extracts.contract import ExtractColumn, ExtractContract, ExtractTable
from engage_assets.extracts.records import Piece
from engage_assets.extracts.seen_keys import SeenKeys
from engage_assets.extracts.values import readable_text, typed

EARLIEST = datetime.fromisoformat("1900-01-01")
CUSTOMER = "customer_id"
MAX_KEY = 200
"""Characters of a customer's key; a longer one is a shifted or a broken row."""

_ROW_KEY = "row_key"


@dataclass(frozen=True)
class PieceVerdict:
    """What became of a piece: sound rows with the table's types, the first refused rows, and the refused by rule.

    wrong_type: the refused by column, of that rule.
    """

    kept: pa.Table
    quarantined: pa.Table
    counts: dict[str, int]
    wrong_type: dict[str, int]

    @property
    def quarantined_rows(self) -> int:
        """Rows that were refused."""
        return sum(self.counts.values())


class _Findings:
    def __init__(self, rows: int) -> None:
        self.first: npt.NDArray[np.int32] = np.full(rows, -1, dtype=np.int32)
        self.found: list[tuple[str, str, str]] = []

    def add(self, rule: str, column: str, repair: str, mask: Mask | None) -> None:
        if mask is None:
            return
        new = mask & (self.first < 0)
        if new.any():
            self.first[new] = len(self.found)
            self.found.append((rule, column, repair))

    def counts(self) -> list[tuple[str, str, int]]:
        """(rule, column, rows) of each finding that is the first of any row."""
        rows = np.bincount(self.first[self.first >= 0], minlength=len(self.found))
        return [(rule, column, int(n)) for (rule, column, _), n in zip(self.found, rows, strict=True) if n]


class RowJudge:
    """The rules of one table. Remembers the keys it has seen, eight bytes each, to find copies across files."""

    def __init__(self, contract: ExtractContract, table: ExtractTable, week: date | None) -> None:
        self._contract, self._table = contract, table
        self._week = week or date(1970, 1, 5)
        self._seen = SeenKeys()
        tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
        self._latest = datetime.combine(contract.as_of, time.min) if contract.as_of else tomorrow
        self.last_day: date | None = None

    @property
    def schema(self) -> pa.Schema:
        """The columns of the kept rows: the customer first, then the others by the names they have on the platform."""
        fields = [pa.field(CUSTOMER, pa.string())]
        fields += [pa.field(c.name, c.arrow_type) for c in self._table.used if c.role != "key"]
        return pa.schema(fields)

    def judge(self, piece: Piece, *, first_row: int, examples: int) -> PieceVerdict:
        """Judges a piece whose first record is number `first_row` of the table; shows at most so many refused rows."""
        rows = piece.rows
        findings = _Findings(rows.num_rows)
        texts: dict[str, pa.ChunkedArray] = {}
        columns: dict[str, pa.ChunkedArray] = {}
        for contract in self._table.used:
            if contract.source not in rows.column_names:
                columns[contract.name] = pa.chunked_array([pa.nulls(rows.num_rows, contract.arrow_type)])
                continue
            text, undecodable = readable_text(rows[contract.source])
            if undecodable is not None:
                findings.add(
                    "wrong_encoding", contract.source, f"Write the file in {self._table.encoding}", undecodable
                )
            is_read = piece.texts is not None and text.type == contract.arrow_type
            if is_read and contract.kind != "string" and contract.role != "key":
                columns[contract.name] = text  # the parser has brought it there
                continue
            texts[contract.source] = text
            columns[contract.name], wrong = typed(text, contract, self._table, self._contract.time_zone)
            if contract.role == "key":
                columns[contract.name] = columns[contract.name].cast(pa.string())
            findings.add("wrong_type", contract.source, self._type_repair(contract), wrong)
        for contract in self._table.used:
            for rule, repair, mask in self._value_faults(contract, columns[contract.name], texts.get(contract.source)):
                findings.add(rule, contract.source, repair, mask)
        self._find_copies(columns, texts, findings)
        return self._verdict(piece, columns, findings, first_row, examples)

    def _type_repair(self, contract: ExtractColumn) -> str:
        written = f" as {contract.date_format}" if contract.date_format else ""
        meant = ""
        if contract.kind == "bool" and (contract.true or contract.false):
            meant = f" ({'/'.join(contract.true) or 'anything else'} or {'/'.join(contract.false) or 'anything else'})"
        return f"Write {contract.source} as {contract.kind}{written}{meant}, or name the value as a null token"

    def _value_faults(
        self, contract: ExtractColumn, values: pa.ChunkedArray, text: pa.ChunkedArray | None
    ) -> Iterator[tuple[str, str, Mask | None]]:
        name = contract.source
        if contract.role == "key":
            yield "null_key", f"Give {name} a value: without it the row belongs to nobody", _true(pc.is_null(values))
            yield (
                "out_of_range",
                f"Write a key of at most {MAX_KEY} characters",
                _true(pc.greater(pc.utf8_length(values), MAX_KEY)),
            )
        elif contract.role == "time" or not contract.nullable:
            yield "null_value", f"Give {name} a value, or declare it nullable", _true(pc.is_null(values))
        if text is not None and self._table.encoding not in ("utf-8", "ascii") and pa.types.is_string(text.type):
            yield (
                "wrong_encoding",
                f"Write the file in {self._table.encoding}",
                _true(pc.match_substring(text, "\ufffd")),
            )
        if contract.kind == "float":
            yield (
                "non_finite",
                f"Write a finite number in {name}, or leave it empty",
                _true(pc.invert(pc.is_finite(values))),
            )
        if contract.kind in ("int", "float"):
            low, high = contract.lowest, contract.maximum
            if low is not None or high is not None:
                values = values.cast(pa.float64(), safe=False)  # rounded beyond 2^53, where Arrow compares none
            repair = f"Correct {name} ({_limits(low, high)}), or change the range in the contract"
            if low is not None:
                yield "out_of_range", repair, _true(pc.less(values, pa.scalar(low, pa.float64())))
            if high is not None:
                yield "out_of_range", repair, _true(pc.greater(values, pa.scalar(high, pa.float64())))
        if contract.kind in ("date", "timestamp"):
            early = pc.less(values, pa.scalar(EARLIEST, pa.timestamp("us")).cast(contract.arrow_type))
            yield "out_of_range", f"Write the true time in {name}; it is before 1900", _true(early)
            late = pc.greater(values, pa.scalar(self._latest, pa.timestamp("us")).cast(contract.arrow_type, safe=False))
            yield "future_timestamp", f"Correct {name}: it lies after {self._latest:%Y-%m-%d}", _true(late)
        if contract.categories and not contract.other_category and contract.kind == "string":
            known = pc.is_in(values, value_set=pa.array(contract.categories, pa.string()))
            repair = f"Use one of {', '.join(contract.categories)}, add it to the contract, or set other_category: true"
            yield "unknown_category", repair, _true(pc.and_(pc.invert(known), pc.is_valid(values)))

    def _find_copies(
        self, columns: dict[str, pa.ChunkedArray], texts: dict[str, pa.ChunkedArray], findings: _Findings
    ) -> None:
        """Marks rows whose key an earlier sound row has; a generated key is the whole row."""
        table = self._table
        if table.generated_key:
            parts = list(texts.values())
        elif table.grain == "customer" and table.key is not None:
            parts = [columns[table.key.name]]
        elif table.grain == "week" and table.key is not None and table.time is not None:
            parts = [columns[table.key.name], columns[table.time.name]]
        elif table.unique:
            parts = [columns[table.columns[name].name] for name in table.unique]
        else:
            return
        hashes = _row_hashes(parts)
        if table.generated_key:
            columns[_ROW_KEY] = pa.chunked_array([_hex(hashes)])
        sound = np.flatnonzero(findings.first < 0)
        mask = np.zeros(len(hashes), dtype=bool)
        mask[sound[self._seen.repeated(hashes[sound])]] = True
        named = table.unique or [c.source for c in (table.key, table.time if table.grain == "week" else None) if c]
        what = ", ".join(named) or "content"
        column = named[0] if named else next(iter(texts))
        findings.add("duplicate_key", column, f"Remove the copy: the first sound row with this {what} was kept", mask)

    def _verdict(
        self,
        piece: Piece,
        columns: dict[str, pa.ChunkedArray],
        findings: _Findings,
        first_row: int,
        examples: int,
    ) -> PieceVerdict:
        sound = findings.first < 0
        key = self._table.key.name if self._table.key else _ROW_KEY
        arranged = {CUSTOMER: columns[key], **{c.name: columns[c.name] for c in self._table.used if c.role != "key"}}
        kept = pa.table(arranged, schema=self.schema)
        if not sound.all():
            kept = kept.filter(pa.array(sound))
        self._remember_days(kept)
        counts: dict[str, int] = {"unreadable_row": len(piece.unreadable)} if piece.unreadable else {}
        wrong_type: dict[str, int] = {}
        for rule, column, number in findings.counts():
            counts[rule] = counts.get(rule, 0) + number
            if rule == "wrong_type":
                wrong_type[column] = wrong_type.get(column, 0) + number
        shown = self._shown(piece, findings, first_row, examples)
        return PieceVerdict(kept, shown, counts, wrong_type)

    def _shown(self, piece: Piece, findings: _Findings, first_row: int, examples: int) -> pa.Table:
        """The first refused rows as they were delivered."""
        refused = np.flatnonzero(findings.first >= 0)[:examples]
        shown = QUARANTINE_SCHEMA.empty_table()
        if len(refused):
            rows = (piece.texts() if piece.texts else piece.rows).take(pa.array(refused))
            texts = {
                c.source: readable_text(rows[c.source])[0] for c in self._table.used if c.source in rows.schema.names
            }
            shown = quarantine_rows(
                pa.table(texts) if texts else rows, findings.first[refused], findings.found,
                week=self._week, source_table=self._table.name,
            )  # fmt: skip
            numbers = piece.places[refused] + first_row
            shown = shown.set_column(2, "row_number", pa.array(numbers, pa.int64()))
        if piece.unreadable:
            shown = pa.concat_tables([shown, self._unreadable(piece, first_row)])
        return shown.slice(0, examples)

    def _unreadable(self, piece: Piece, first_row: int) -> pa.Table:
        rows = [
            {
                "week": self._week, "source_table": self._table.name, "row_number": first_row + place,
                "rule": "unreadable_row", "column": "", "value": reason,
                "repair": "Write one value for each column of the header; quote those that hold the delimiter",
                "row": text[:10_000],
            }
            for place, text, reason in piece.unreadable
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, schema=QUARANTINE_SCHEMA)

    def _remember_days(self, kept: pa.Table) -> None:
        if self._table.time is not None and kept.num_rows:
            latest = pc.max(kept[self._table.time.name]).as_py()
            if latest is not None:
                day = latest.date() if isinstance(latest, datetime) else latest
                self.last_day = max(self.last_day or day, day)


def _row_hashes(parts: list[pa.ChunkedArray]) -> npt.NDArray[np.uint64]:
    """Sixty-four bits of each row's content, by DuckDB's hash; null differs from empty."""
    rows = pa.table({f"c{place}": part for place, part in enumerate(parts)})
    if not rows.num_rows:
        return np.empty(0, dtype=np.uint64)
    listed = ", ".join(rows.column_names)
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.register("rows_of_piece", rows)
        hashes = connection.sql(f"select hash({listed}) as h from rows_of_piece").to_arrow_table()["h"]
    return np.asarray(hashes.to_numpy(), dtype=np.uint64)


def _hex(hashes: npt.NDArray[np.uint64]) -> pa.Array:
    return pa.array([f"{value:016x}" for value in hashes.tolist()], pa.string())


def _true(values: pa.ChunkedArray) -> Mask | None:
    if not pc.any(values, min_count=0).as_py():
        return None
    filled = pc.fill_null(values, False)
    mask: Mask = np.asarray(filled.to_numpy()).astype(bool)
    return mask


def _limits(low: float | None, high: float | None) -> str:
    parts = [f"at least {low:,.10g}" if low is not None else "", f"at most {high:,.10g}" if high is not None else ""]
    return ", ".join(part for part in parts if part)
