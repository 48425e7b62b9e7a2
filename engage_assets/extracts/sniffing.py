"""How a file seems to be written. Looked at by ``engage init`` only; a run guesses nothing."""

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from engage_assets.contracts.model import ContractError
from engage_assets.extracts.records import PIECE_BYTES, Dialect
from engage_assets.extracts.sources import SourceFile, opened

DELIMITERS = (",", ";", "\t", "|", "spaces")
SNIFFED_LINES = 200

_NUMBER = re.compile(r"^[+-]?\d[\d.,]*$")


@dataclass(frozen=True)
class Sniffed:
    """What a delimited file looks like, and why."""

    dialect: Dialect
    evidence: str


def sniff(file: SourceFile) -> Sniffed:
    """The dialect of a delimited file. Raises ContractError when nothing is in it."""
    with opened(file) as stream:
        start = stream.read(PIECE_BYTES)
    encoding = _encoding(start)
    text = start.decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip()][: SNIFFED_LINES + 1]
    if not lines:
        raise ContractError(f"{file.path} is empty; deliver it with its rows, or take it out of the folder")
    if len(lines) > SNIFFED_LINES:
        lines.pop()  # may be cut in the middle
    delimiter, width, share = max(
        (_fit(lines, sign) for sign in DELIMITERS), key=lambda fit: (fit[2] * (fit[1] > 1), fit[1])
    )
    dialect = Dialect(delimiter, '"', encoding, header=True)
    header = _has_header(lines, dialect)
    return Sniffed(
        Dialect(delimiter, '"', encoding, header),
        f"{width} fields in {share:.0%} of the first {len(lines)} lines"
        + ("" if header else "; no header: the first line looks like the others"),
    )


def _encoding(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        start[: start.rfind(b"\n") + 1 or len(start)].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def fields_of(line: str, dialect: Dialect) -> list[str]:
    """The fields of one line."""
    if dialect.by_spaces:
        return line.split()
    return next(csv.reader(io.StringIO(line), delimiter=dialect.separator, quotechar='"'), [])


def _fit(lines: list[str], delimiter: str) -> tuple[str, int, float]:
    """The usual number of fields with a delimiter, and the share of lines that have it."""
    dialect = Dialect(delimiter, '"', "utf-8", header=True)
    widths = Counter(len(fields_of(line, dialect)) for line in lines)
    width, count = widths.most_common(1)[0]
    # Spaces part any text: they count only when nothing else does, and never inside words of a quoted file.
    share = count / len(lines) * (0.9 if delimiter == "spaces" else 1.0)
    return delimiter, width, share


def _has_header(lines: list[str], dialect: Dialect) -> bool:
    first = fields_of(lines[0], dialect)
    if any(_NUMBER.match(field.strip()) for field in first):
        return False
    rest = [fields_of(line, dialect) for line in lines[1:]]
    numeric = any(_NUMBER.match(field.strip()) for fields in rest for field in fields)
    return numeric or len(set(first)) == len(first)
