"""From bytes to text columns, in pieces of bounded size. A record that cannot be read is kept as it is, for quarantine.

The fast path is Arrow's parser. A piece that it cannot read, or in which quotes hold line ends, is read line by line,
strictly, so that one bad record costs one record.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

from engage_assets.contracts.model import ContractError
from engage_assets.extracts.direct import DirectTypes

PIECE_BYTES = 16 * 2**20
MAX_RECORD_BYTES = 64 * 2**20
"""A longer record, such as an unclosed quote makes of a whole file, is cut: its parts go to quarantine."""
MAX_RECORD_LINES = 1_000
"""A quoted field with more lines than this is a stray quote."""

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Piece:
    """Rows: the columns, each row's place in the piece, and the records that are no rows.

    unreadable: (place, text, reason). texts: the rows as delivered, where `rows` has numbers and times already.
    """

    rows: pa.Table
    places: Numbers
    unreadable: list[tuple[int, str, str]]
    texts: Callable[[], pa.Table] | None = None

    @property
    def records(self) -> int:
        """Rows and unreadable records."""
        return int(self.rows.num_rows) + len(self.unreadable)


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written."""

    delimiter: str
    quote: str
    encoding: str
    header: bool

    @property
    def by_spaces(self) -> bool:
        """Whether columns are set apart by any number of spaces."""
        return self.delimiter == "spaces"

    @property
    def separator(self) -> str:
        """The one character between two fields, after runs of spaces have become one."""
        return " " if self.by_spaces else self.delimiter.replace("\\t", "\t")


def utf8_blocks(stream: IO[bytes], encoding: str, where: str) -> Iterator[bytes]:
    """Blocks of UTF-8 without a byte order mark; bytes that are none in another encoding become U+FFFD."""
    name = codecs.lookup(encoding).name
    first = stream.read(PIECE_BYTES)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not name.startswith("utf-16"):
        raise ContractError(f"{where} begins with the mark of UTF-16; set encoding: utf-16")
    if name in ("utf-8", "utf-8-sig", "ascii"):
        block = first.removeprefix(codecs.BOM_UTF8)
        # Lines that end in a lone carriage return, as old spreadsheets write them.
        lone = b"\r" in first and b"\n" not in first
        while block:
            yield block.replace(b"\r", b"\n") if lone else block
            block = stream.read(PIECE_BYTES)
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    block = first
    try:
        text = decoder.decode(block)
        lone = "\r" in text and "\n" not in text
        while block:
            yield (text.replace("\r", "\n") if lone else text).encode("utf-8", "replace")
            block = stream.read(PIECE_BYTES)
            text = decoder.decode(block)
        if rest := decoder.decode(b"", final=True):
            yield rest.encode("utf-8", "replace")
    except UnicodeError as cause:  # such as UTF-16 without its mark, which no replacement mends
        raise ContractError(f"{where} is not {encoding} ({cause}); set the table's encoding") from None


def whole_records(blocks: Iterator[bytes], quote: bytes) -> Iterator[bytes]:
    """Regroups blocks so that each piece ends where a record ends: at a line end outside quotes."""
    pending = b""
    for block in blocks:
        pending = pending + block if pending else block
        end = _last_record_end(pending, quote)
        if end == 0 and len(pending) >= MAX_RECORD_BYTES:
            end = max(pending.rfind(b"\n") + 1, 0) or len(pending)
        if end:
            yield pending[:end]
            pending = pending[end:]
    if pending.strip(b"\r\n"):
        yield pending


def _last_record_end(text: bytes, quote: bytes) -> int:
    end = text.rfind(b"\n") + 1
    if not quote or quote not in text:
        return end
    odd = text.count(quote, 0, end) % 2 == 1
    while end and odd:
        place = text.rfind(quote, 0, end)
        end = text.rfind(b"\n", 0, place) + 1
        odd = text.count(quote, 0, end) % 2 == 1
    return end


def header_of(piece: bytes, dialect: Dialect, where: str) -> tuple[list[str], bytes]:
    """The column names, and the piece without them. Raises ContractError for an empty or a repeated name."""
    lines = piece.lstrip(b"\r\n")
    end = _first_record_end(lines, dialect.quote.encode())
    try:
        text = _squeezed(lines[:end]).decode() if dialect.by_spaces else lines[:end].decode()
    except UnicodeDecodeError as cause:
        raise ContractError(
            f"{where}: the header is not {dialect.encoding} ({cause}); set the table's encoding"
        ) from None
    try:
        names = [name.strip() for name in next(csv.reader(io.StringIO(text), **_csv_options(dialect)), [])]
    except csv.Error as cause:
        raise ContractError(
            f"{where}: the header {text[:80]!r} cannot be read ({cause}); end its line with a line feed"
        ) from None
    if not names or not any(names):
        raise ContractError(f"{where} has no header; set header: false when the first line is already a row")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ContractError(
            f"{where}: the header has {', '.join(map(repr, repeated))} more than once; rename one of them"
        )
    return names, lines[end:]


def _first_record_end(text: bytes, quote: bytes) -> int:
    end = 0
    while (end := text.find(b"\n", end) + 1) and quote and text.count(quote, 0, end) % 2:
        pass
    return end or len(text)


def parse_piece(
    piece: bytes, names: Sequence[str], wanted: Sequence[str], dialect: Dialect, direct: DirectTypes | None = None
) -> Piece:
    """The wanted columns of a piece, by the names of the header: as binary text, or as `direct` has them."""
    if dialect.by_spaces:
        piece = _squeezed(piece)
    if not piece or piece.isspace():
        return _line_by_line(b"", names, wanted, dialect)
    skips_broken = False
    while True:
        convert = direct.options(piece) if direct else _as_bytes(wanted)
        try:
            table, broken = _by_arrow(piece, names, dialect, convert, skips_broken=skips_broken)
        except (pa.ArrowException, UnicodeDecodeError) as cause:
            if direct and direct.learn(cause, names, convert):
                continue
            if direct and isinstance(cause, UnicodeDecodeError):  # the message about a value that is no UTF-8
                direct = None
                continue
            # Arrow hands a broken row over as text: of other bytes than UTF-8 it cannot.
            if skips_broken or not _is_utf8(piece):
                return _line_by_line(piece, names, wanted, dialect)
            skips_broken = True
            continue
        if not (direct and direct.learn_odd_numbers(table)):
            break
    if dialect.quote and dialect.quote.encode() in piece and _lines(piece) != table.num_rows + len(broken):
        # Values with line ends, or two stray quotes that make one value of all between them: Arrow takes both.
        return _line_by_line(piece, names, wanted, dialect)
    reason = f"expected {len(names)} fields"
    taken = np.array(sorted({(row.number or 1) - 1 for row in broken}), dtype=np.int64)
    total = table.num_rows + len(broken)
    if len(taken) != len(broken) or (len(taken) and taken[-1] >= total):
        taken = np.arange(table.num_rows, total)  # blank lines are counted by Arrow and are no records
    unreadable = [
        (int(place), row.text, f"{reason}, found {row.actual_columns}")
        for place, row in zip(taken, broken, strict=True)
    ]
    texts = (lambda: parse_piece(piece, names, wanted, dialect).rows) if direct else None
    places = np.arange(total)
    return Piece(table, np.delete(places, taken) if len(taken) else places, unreadable, texts)


def _by_arrow(
    piece: bytes, names: Sequence[str], dialect: Dialect, convert: pacsv.ConvertOptions, *, skips_broken: bool
) -> tuple[pa.Table, list[pacsv.InvalidRow]]:
    """The rows, and those with another number of fields; without `skips_broken` they are an error."""
    broken: list[pacsv.InvalidRow] = []

    def keep(row: pacsv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    table = pacsv.read_csv(
        pa.BufferReader(piece),
        read_options=pacsv.ReadOptions(
            column_names=list(names), use_threads=False, block_size=max(len(piece), 2**20), encoding="utf8"
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=dialect.separator,
            quote_char=dialect.quote or False,
            newlines_in_values=bool(dialect.quote) and dialect.quote.encode() in piece,
            invalid_row_handler=keep if skips_broken else None,
        ),
        convert_options=convert,
    )
    return table, broken


def _as_bytes(wanted: Sequence[str]) -> pacsv.ConvertOptions:
    return pacsv.ConvertOptions(
        column_types={name: pa.binary() for name in wanted},
        include_columns=list(wanted),
        null_values=[],
        strings_can_be_null=False,
        check_utf8=False,
    )


def _is_utf8(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


def _lines(piece: bytes) -> int:
    """Lines that are not blank."""
    lines = piece.count(b"\n") + (not piece.endswith(b"\n"))
    blank = b"\n\n" in piece or b"\n\r\n" in piece or piece[:1] in (b"\n", b"\r")
    return sum(1 for line in piece.split(b"\n") if line.strip()) if blank else lines


def _line_by_line(piece: bytes, names: Sequence[str], wanted: Sequence[str], dialect: Dialect) -> Piece:
    """Reads record by record. A record whose quote never closes is its first line alone."""
    csv.field_size_limit(MAX_RECORD_BYTES)
    positions = [names.index(name) for name in wanted]
    values: list[list[bytes]] = [[] for _ in wanted]
    places: list[int] = []
    unreadable: list[tuple[int, str, str]] = []
    lines = [line for line in re.split(r"\r\n|\n|\r", piece.decode("utf-8", "surrogateescape")) if line.strip()]
    start, place = 0, 0
    while start < len(lines):
        stop, fields, reason = _next_record(lines, start, len(names), dialect)
        if fields is None:
            unreadable.append(
                (place, lines[start].encode("utf-8", "surrogateescape").decode("utf-8", "replace"), reason)
            )
        else:
            places.append(place)
            for column, position in zip(values, positions, strict=True):
                column.append(fields[position].encode("utf-8", "surrogateescape"))
        start, place = stop, place + 1
    table = pa.table({name: pa.array(column, pa.binary()) for name, column in zip(wanted, values, strict=True)})
    return Piece(table, np.array(places, dtype=np.int64), unreadable)


def _next_record(lines: Sequence[str], start: int, width: int, dialect: Dialect) -> tuple[int, list[str] | None, str]:
    stop = start + 1
    quotes = lines[start].count(dialect.quote) if dialect.quote else 0
    while quotes % 2 and stop < len(lines) and stop - start < MAX_RECORD_LINES:
        quotes += lines[stop].count(dialect.quote)
        stop += 1
    for end in (stop, start + 1):
        try:
            fields = next(csv.reader(["\n".join(lines[start:end])], strict=True, **_csv_options(dialect)), [])
        except csv.Error:
            continue
        if len(fields) == width:
            return end, fields, ""
    found = lines[start].count(dialect.separator) + 1
    return start + 1, None, "a quote is not closed" if quotes % 2 else f"expected {width} fields, found {found}"


def _csv_options(dialect: Dialect) -> dict[str, Any]:
    quoting: dict[str, Any] = {"quotechar": dialect.quote} if dialect.quote else {"quoting": csv.QUOTE_NONE}
    return {"delimiter": dialect.separator, **quoting}


def _squeezed(text: bytes) -> bytes:
    """Runs of spaces and tabs as one space, none at the ends of a line."""
    return re.sub(rb"(?m)^ | ?\r?$", b"", re.sub(rb"[ \t]+", b" ", text))
