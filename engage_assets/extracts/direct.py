"""Numbers and times read by Arrow's parser at once, without a text in between: what makes a large file quick.

The way is taken only where it gives what the careful way of ``values`` gives. A column that refuses goes that way for
the rest of the file, over its distinct texts; ``test_direct`` holds both ways against each other.
"""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from engage_assets.extracts.contract import ExtractColumn, ExtractTable

CODED_TEXT = pa.dictionary(pa.int32(), pa.binary())
"""Each distinct text once, as bytes: they need not be UTF-8."""

_REFUSED_COLUMN = re.compile(r"^In CSV column #(\d+)")


class DirectTypes:
    """How Arrow is to read the columns of one file: learns which of them need the careful way."""

    def __init__(self, table: ExtractTable, wanted: Sequence[str]) -> None:
        self._table, self._wanted = table, list(wanted)
        self._careful = {name for name in wanted if not is_direct(table.columns[name], table)}
        tokens = {"", *table.null_tokens, *(token.strip() for token in table.null_tokens)}
        self._null_tokens = sorted(tokens)

    def options(self, piece: bytes) -> pacsv.ConvertOptions:
        """The conversion of a piece."""
        hexadecimal = has_hexadecimal(piece)
        types = {}
        for name in self._wanted:
            column = self._table.columns[name]
            careful = name in self._careful or (column.kind == "int" and hexadecimal)
            types[name] = CODED_TEXT if careful else pa.binary() if column.kind == "string" else column.arrow_type
        return pacsv.ConvertOptions(
            column_types=types,
            include_columns=self._wanted,
            null_values=self._null_tokens,
            strings_can_be_null=False,
            check_utf8=False,
            decimal_point=self._table.decimal,
        )

    def learn(self, cause: Exception, names: Sequence[str], tried: pacsv.ConvertOptions) -> bool:
        """Takes the column that an error of Arrow names to the careful way; False when it was `tried` that way.

        Pieces are parsed side by side: another one may have learnt it meanwhile.
        """
        found = _REFUSED_COLUMN.match(str(cause))
        name = names[int(found.group(1))] if found and int(found.group(1)) < len(names) else None
        if name is None or name not in self._wanted or tried.column_types[name] == CODED_TEXT:
            return False
        self._careful.add(name)
        return True

    def learn_odd_numbers(self, rows: pa.Table) -> bool:
        """Takes columns with NaN or infinity to the careful way, which tells ``nan(1)`` from ``nan``; whether any."""
        odd = {
            field.name
            for field in rows.schema
            if pa.types.is_floating(field.type) and not pc.all(pc.is_finite(rows[field.name]), min_count=0).as_py()
        }
        self._careful |= odd
        return bool(odd)


def has_hexadecimal(piece: bytes) -> bool:
    """Whether ``0x`` stands anywhere: Arrow takes such texts for whole numbers."""
    if b"x" not in piece and b"X" not in piece:
        return False
    signs = np.frombuffer(piece, dtype=np.uint8)
    return bool(((signs[:-1] == ord("0")) & ((signs[1:] | 0x20) == ord("x"))).any())


def is_direct(column: ExtractColumn, table: ExtractTable) -> bool:
    """Whether Arrow reads this column as the contract means it. Texts with few values are better read once each."""
    if column.null_tokens is not None or (column.role == "key" and column.kind == "int"):
        return False
    if column.kind in ("int", "float"):
        return not column.remove and (column.decimal or table.decimal) == table.decimal
    if column.kind in ("date", "timestamp"):
        return column.date_format is None
    return column.kind == "string" and column.role not in ("category", "sensitive")
