"""Compares an answer with the right rows."""

import math
from typing import Any

from engage_assets.assistant.answer import Answer


def difference(answer: Answer, right: list[dict[str, Any]]) -> str:
    """What is wrong with an answer; empty when its rows are the right ones, in order."""
    if answer.status != "answered":
        return f"refused: {answer.sentence}"
    if len(answer.rows) != len(right):
        return f"{len(answer.rows)} rows, expected {len(right)}"
    for number, (row, wanted) in enumerate(zip(answer.rows, right, strict=True)):
        found = dict(zip(answer.columns, row, strict=True))
        for column, value in wanted.items():
            if column not in found:
                return f"no column {column}; found {', '.join(answer.columns)}"
            if not _same(found[column], value):
                return f"row {number}: {column} is {found[column]!r}, expected {value!r}"
    return ""


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, float) or (isinstance(found, float) and not isinstance(wanted, str)):
        # Some tables keep cents, and some sums two digits.
        return math.isclose(float(found), float(wanted), rel_tol=1e-6, abs_tol=0.006)
    return bool(found == wanted)
