"""What the values of a column are, in figures: the evidence on which ``engage init`` proposes a role."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from engage_assets.contracts.model import ColumnType
from engage_assets.extracts.values import FALSE, TRUE

NULL_WORDS = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "?", "\\n", "#n/a", "nil", "missing"})
DATE_FORMATS = (
    *("%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y"),
    *("%d-%b-%Y", "%d %b %Y", "%b %d, %Y"),
    *("%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y/%m/%d %H:%M"),
    *("%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d-%b-%Y %H:%M"),
    *("%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p"),
)
CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "CHF": "CHF", "EUR": "EUR", "GBP": "GBP"}
CURRENCIES |= {"USD": "USD", "R$": "BRL", "kr": "SEK", "zł": "PLN", "₺": "TRY", "₽": "RUB", "₩": "KRW"}
"""Signs beside a number, and the currency that they stand for."""
MAX_CATEGORIES = 30
PURE = 0.98
"""Share of the values that must be of a type for the column to be proposed as one."""
CHECKED_DATES = 2_000
COMMON = 20
"""Rows that a text must have before its own rate of leavers is looked at."""

_PLAIN = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
_COMMA = re.compile(r"^[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+$")
_SIGNS = "|".join(map(re.escape, [*CURRENCIES, "%"]))
_SIGN = re.compile(rf"^[+-]?\s*({_SIGNS})\s*(?=[\d.+-])|(?<=\d)\s*({_SIGNS})$")


@dataclass
class ColumnProfile:
    """One column: what it was called, how its values look."""

    source: str
    rows: int
    empty: int = 0
    distinct: int = 0
    type: ColumnType = "string"
    decimal: str = "."
    date_format: str = ""
    date_doubt: str = ""
    odd_tokens: tuple[str, ...] = ()
    sign: str = ""
    earliest: datetime | None = None
    latest: datetime | None = None
    counts: Counter[str] = field(default_factory=Counter)
    numbers: list[float] | None = None
    texts: Sequence[str] = ()

    @property
    def known(self) -> int:
        """Values that are not empty."""
        return self.rows - self.empty

    @property
    def is_whole(self) -> bool:
        """Whether all numbers are whole, as in a column of ids that is written 12345.0."""
        return self.numbers is not None and all(value != value or value == int(value) for value in self.numbers)

    @property
    def is_unique(self) -> bool:
        """Whether no value occurs twice, and none is empty."""
        return self.rows > 1 and self.distinct == self.rows and self.empty == 0

    def read(self, text: str) -> datetime | None:
        """A text of a column of times as a time; None when it is none."""
        return _read_time(text, self.date_format or None)

    def outcome(self, positive: str) -> npt.NDArray[np.bool_]:
        """True where the value is `positive`."""
        return np.array([text == positive for text in self.texts], dtype=bool)

    def ranks(self, outcome: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        """A number for each row: its own, or for a text how often that text goes with `outcome`.

        A text that occurs rarely has the overall rate: it would else know the outcome of its own row.
        """
        if self.numbers is not None and self.type != "bool":
            return np.nan_to_num(np.array(self.numbers, dtype=np.float64), nan=-1e300)
        _, codes = np.unique(np.array(self.texts, dtype=object).astype(str), return_inverse=True)
        sizes, leavers = np.bincount(codes), np.bincount(codes, weights=outcome)
        rates = np.where(sizes >= COMMON, leavers / np.maximum(sizes, 1), outcome.mean())
        return np.asarray(rates[codes])

    def quantile(self, share: float) -> float:
        """A quantile of the numbers; 0 without any."""
        known = [value for value in self.numbers or [] if value == value]
        return float(np.quantile(known, share)) if known else 0.0


def profile(source: str, values: Sequence[str | None]) -> ColumnProfile:
    """The profile of a column of texts."""
    texts = [(value or "").strip() for value in values]
    counts = Counter(texts)
    empty = sum(count for text, count in counts.items() if text.lower() in NULL_WORDS)
    known = {text: count for text, count in counts.items() if text.lower() not in NULL_WORDS}
    found = ColumnProfile(source, len(texts), empty, len(known), counts=Counter(known), texts=texts)
    tokens = tuple(sorted(text for text in counts if text.lower() in NULL_WORDS and text != ""))
    total = sum(known.values())
    if not total:
        return found
    lower = {text.lower() for text in known}
    if len(lower) == 2 and lower <= set(TRUE) | set(FALSE) and len(lower & set(TRUE)) == 1:
        found.type = "bool"
    found.sign = _common_sign(known, total)
    for decimal, patterns in ((".", (_PLAIN, _GROUPED)), (",", (_PLAIN, _COMMA))):
        plain = {text: _bare(text, found.sign) for text in known}
        fitting = sum(count for text, count in known.items() if any(p.match(plain[text]) for p in patterns))
        commas = sum(count for text, count in known.items() if _COMMA.match(plain[text]))
        if fitting / total >= PURE and (decimal == "." or commas):
            _as_number(found, texts, plain, decimal)
            others = tuple(sorted(t for t in known if not any(p.match(plain[t]) for p in patterns)))[:5]
            found.odd_tokens = (*tokens, *others)
            break
    if found.numbers is None or _looks_like_days(found):
        _as_date(found, known)
    if found.numbers is None and not found.odd_tokens:
        found.odd_tokens = tokens
    return found


def _common_sign(known: dict[str, int], total: int) -> str:
    """The currency or per cent sign that stands beside nearly all values; empty when there is none."""
    signs: Counter[str] = Counter()
    for text, count in known.items():
        if beside := _SIGN.search(text):
            signs[beside.group(1) or beside.group(2)] += count
    [(sign, count)] = signs.most_common(1) or [("", 0)]
    return sign if count / total >= PURE else ""


def _bare(text: str, sign: str) -> str:
    return text.replace(sign, "").replace(" ", "") if sign else text


def _as_number(found: ColumnProfile, texts: Sequence[str], plain: dict[str, str], decimal: str) -> None:
    def number(text: str) -> float:
        bare = text.replace(".", "").replace(",", ".") if decimal == "," and "," in text else text.replace(",", "")
        try:
            return float(bare)
        except ValueError:
            return float("nan")

    by_text = {text: number(bare) for text, bare in plain.items()}
    found.numbers = [by_text.get(text, float("nan")) for text in texts]
    found.decimal = decimal
    whole = all(re.fullmatch(r"[+-]?\d+", plain[text]) for text in plain if by_text[text] == by_text[text])
    if found.type != "bool":
        found.type = "int" if whole else "float"


def _looks_like_days(found: ColumnProfile) -> bool:
    sample = list(found.counts)[:50]
    return all(re.fullmatch(r"(19|20)\d{6}", text) for text in sample)


def _as_date(found: ColumnProfile, known: dict[str, int]) -> None:
    sample = [text for text, _ in Counter(known).most_common(CHECKED_DATES)]
    fitting = [pattern for pattern in DATE_FORMATS if _share(sample, pattern) >= PURE]
    iso = sum(bool(re.match(r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2})?", text)) for text in sample) / len(sample)
    if not fitting and iso < PURE:
        return
    found.numbers, found.sign = None, ""
    found.earliest, found.latest = _span(found.counts, None if iso >= PURE else fitting[0])
    if iso >= PURE:
        found.type = "timestamp" if any(len(text) > 10 for text in sample) else "date"
        return
    found.date_format = fitting[0]
    found.type = "timestamp" if "%M" in fitting[0] else "date"
    if {"%d/%m/%Y", "%m/%d/%Y"} <= set(fitting):
        found.date_doubt = "day and month cannot be told apart in these values: check which comes first"


def _share(sample: Sequence[str], pattern: str) -> float:
    good = 0
    for text in sample:
        try:
            good += 1900 <= datetime.strptime(text, pattern).year <= 2100  # noqa: DTZ007 - only whether it fits
        except ValueError:
            continue
    return good / len(sample)


def _span(known: Iterable[str], pattern: str | None) -> tuple[datetime | None, datetime | None]:
    """The earliest and the latest of the times; those that cannot be read are left out."""
    found = [read for text in known if (read := _read_time(text, pattern)) is not None]
    return (min(found), max(found)) if found else (None, None)


def _read_time(text: str, pattern: str | None) -> datetime | None:
    try:
        read = datetime.strptime(text, pattern) if pattern else datetime.fromisoformat(text.replace("Z", "+00:00"))  # noqa: DTZ007
    except ValueError:
        return None
    return read.replace(tzinfo=None)
