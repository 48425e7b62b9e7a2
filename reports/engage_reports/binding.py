"""Bound numbers: every figure that is printed knows the query and the formula it came from.

A table is read as `Bound` numbers. Arithmetic keeps the formula. The functions of `wording` print bound numbers only,
enter what they printed into the ledger, and mark it in the text (two private code points around it). The blocks of a
page take the marks out again and keep the list. So a draft knows each printed figure's origin (the appendix), a number
that was typed stops the build (`Ledger.verify`), and a test can perturb a column and watch its figures change.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from engage_reports.errors import ReportError

_FIRST_MARK, _END = 0xF0000, "\ue001"
_MARKED = re.compile("([\U000f0000-\U000ffffd])([^\ue001]*)\ue001")
_DIGITS = re.compile(r"\d+(?!\d*…)")
_LONG_FORMULA = 110

DEFINED = frozenset({"95", "12", "100", "000", "00", "24", "0", "1", "2", "3", "5"})
"""Digits of the reports' own definitions: 95 % intervals, 12 months, 1,000 customers, 00:00 UTC, S3."""


@dataclass(frozen=True)
class Entry:
    """One printed figure: what the reader sees, how it was computed, its columns (query.column), its exact value."""

    printed: str
    formula: str
    columns: frozenset[str]
    value: float


@dataclass
class Ledger:
    """All figures that one draft printed, and the digits that its names and dates brought with them."""

    entries: list[Entry] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def bind(self, value: float, source: str) -> "Bound":
        """A number of the column, price or count that ``source`` names."""
        return Bound(value, source, frozenset({source}), self)

    def derived(self, value: float, formula: str, inputs: Iterable[float]) -> "Bound":
        """A number computed from bound ``inputs`` outside plain arithmetic; ``formula`` says how."""
        columns = (each.columns for each in inputs if isinstance(each, Bound))
        return Bound(value, formula, frozenset().union(*columns), self)

    def counted(self, items: Sequence[Any] | int, source: str) -> "Bound":
        """A number of rows or things; ``source`` says which."""
        number = items if isinstance(items, int) else len(items)
        return Bound(number, f"count of {source}", frozenset({source}), self)

    def know(self, words: str) -> str:
        """Registers the digits of a name, a date or a version, which a page may print as they are."""
        self.known.update(_DIGITS.findall(words))
        return words

    def enter(self, printed: str, number: "Bound") -> str:
        """Records a printed figure and returns it with its marks."""
        self.entries.append(Entry(printed, number.formula, number.columns, float(number)))
        mark = _FIRST_MARK + len(self.entries) - 1
        if mark > 0xFFFFD:
            raise ReportError("A report prints more than 65,000 figures; shorten its tables.")
        return f"{chr(mark)}{printed}{_END}"

    def verify(self, words: str) -> None:
        """Refuses a text with digits that are neither a bound figure, a name from data, nor a definition.

        Raises:
            ReportError: names the digits and the text.
        """
        plain, _, loose = read_marks(words)
        if unbound := [digits for digits in _DIGITS.findall(loose) if digits not in self.known | DEFINED]:
            raise ReportError(
                f"Unbound number {unbound[0]} in the text {plain[:120]!r}; print a figure of the facts by wording."
            )


class Bound(float):
    """A float with its origin. Printing it, by wording or in an f-string, enters it into its ledger."""

    __slots__ = ("columns", "formula", "ledger")
    formula: str
    columns: frozenset[str]
    ledger: Ledger

    def __new__(cls, value: float, formula: str, columns: frozenset[str], ledger: Ledger) -> Self:
        made = super().__new__(cls, value)
        made.formula, made.columns, made.ledger = formula, columns, ledger
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return (float, (float(self),))

    def __format__(self, specification: str) -> str:
        return self.ledger.enter(format(float(self), specification), self)

    def _with(self, value: float, sign: str, other: float, *, reflected: bool = False) -> "Bound":
        theirs = other.formula if isinstance(other, Bound) else f"{other:g}"
        columns = self.columns | other.columns if isinstance(other, Bound) else self.columns
        if sign == "+" and self.formula.removeprefix("sum(").removesuffix(")") == theirs:
            formula = self.formula if self.formula.startswith("sum(") else f"sum({theirs})"
        else:
            left, right = (theirs, self.formula) if reflected else (self.formula, theirs)
            formula = f"{_grouped(left, sign)} {sign} {_grouped(right, sign)}"
        if len(formula) > _LONG_FORMULA:
            formula = f"f({', '.join(sorted({column.rpartition('.')[0] for column in columns}))})"
        return Bound(value, formula, columns, self.ledger)

    def __add__(self, other: float) -> "Bound":
        return self if other == 0 else self._with(float(self) + float(other), "+", other)

    def __radd__(self, other: float) -> "Bound":
        return self if other == 0 else self._with(float(other) + float(self), "+", other, reflected=True)

    def __sub__(self, other: float) -> "Bound":
        return self._with(float(self) - float(other), "-", other)

    def __rsub__(self, other: float) -> "Bound":
        return self._with(float(other) - float(self), "-", other, reflected=True)

    def __mul__(self, other: float) -> "Bound":
        return self._with(float(self) * float(other), "x", other)

    def __rmul__(self, other: float) -> "Bound":
        return self._with(float(other) * float(self), "x", other, reflected=True)

    def __truediv__(self, other: float) -> "Bound":
        return self._with(float(self) / float(other), "/", other)

    def __rtruediv__(self, other: float) -> "Bound":
        return self._with(float(other) / float(self), "/", other, reflected=True)

    def __neg__(self) -> "Bound":
        return Bound(-float(self), f"-{_grouped(self.formula, 'x')}", self.columns, self.ledger)

    def __abs__(self) -> "Bound":
        return Bound(abs(float(self)), f"|{self.formula}|", self.columns, self.ledger)


def printed(words: str, number: float) -> str:
    """A figure as text, entered into its ledger.

    Raises:
        ReportError: the number is not finite, or bound to nothing.
    """
    if not math.isfinite(number):
        raise ReportError(
            f"A figure is {float(number)}; a report prints finite numbers only. Check the frame it comes from."
        )
    if not isinstance(number, Bound):
        raise ReportError(f"Unbound number {words}; a report prints only figures that come from a query.")
    return number.ledger.enter(words, number)


def rounded_up(number: float) -> float:
    """The next whole number, bound to the same columns."""
    if not isinstance(number, Bound):
        return float(math.ceil(number))
    return Bound(math.ceil(number), f"round_up({number.formula})", number.columns, number.ledger)


def read_marks(words: str) -> tuple[str, tuple[int, ...], str]:
    """A text without its marks, the ledger's places of its figures in order, and what is left without the figures."""
    if "\ue001" not in words:
        return words, (), words
    places = tuple(ord(found.group(1)) - _FIRST_MARK for found in _MARKED.finditer(words))
    return _MARKED.sub(r"\2", words), places, _MARKED.sub(" ", words)


def unbound(value: Any, places: list[int], columns: set[str]) -> Any:
    """A chart's data as plain JSON; the places of its labels in the ledger and its columns are added to the two."""
    if isinstance(value, Mapping):
        return {name: unbound(each, places, columns) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [unbound(each, places, columns) for each in value]
    if isinstance(value, Bound):
        columns.update(value.columns)
        return float(value)
    if isinstance(value, str):
        plain, found, _ = read_marks(value)
        places.extend(found)
        return plain
    return value


def _grouped(formula: str, sign: str) -> str:
    """A sum inside a product or a quotient gets its brackets."""
    compound = any(f" {other} " in formula for other in "+-/")
    return f"({formula})" if sign in "x/-" and compound and not _bracketed(formula) else formula


def _bracketed(formula: str) -> bool:
    """Whether one pair of brackets, or of a function's, encloses the whole formula."""
    if not formula.endswith(")") or not re.match(r"(\w[\w.]*)?\(", formula):
        return False
    depth = 0
    for place, letter in enumerate(formula):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and letter == ")" and place < len(formula) - 1:
            return False
    return True
