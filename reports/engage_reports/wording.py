"""Numbers and names as a reader meets them: one way to write a count, a share, an amount, an interval."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engage_reports.binding import printed
from engage_reports.house_words import words

NAME_LENGTH = 48
"""Names from data are cut to this many characters in headings."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval."""

    value: float
    lower: float
    upper: float


def count(value: float) -> str:
    """A number of things: 12,345."""
    return printed(_rounded(value), value)


def pct(value: float, decimals: int = 1) -> str:
    """A share (0 to 1) as a percentage: 12.3%."""
    return printed(f"{float(value) * 100:.{decimals}f}%", value)


def usd(value: float) -> str:
    """An amount in the reader's currency and precision: $1.23M, $45.6k, $789, $0.0123, $0.00068."""
    return printed(_amount(float(value)).replace("$", words().sign), value)


def _amount(value: float) -> str:
    amount, sign = abs(value), "-" if value < 0 else ""
    if amount >= 999_500_000:
        return f"{sign}${amount / 1e9:.2f}bn"
    if amount >= 999_500:
        return f"{sign}${amount / 1e6:.2f}M"
    if amount >= 9_995:
        return f"{sign}${amount / 1e3:.1f}k"
    if amount >= 100:
        return f"{sign}${amount:,.0f}"
    if amount >= 1 or amount == 0:
        return f"{sign}${amount:.2f}"
    if amount >= 0.00995:
        return f"{sign}${amount:.4f}"
    if not amount >= 0.000001:
        return f"{sign}<$0.000001"
    return f"{sign}${amount:.{1 - math.floor(math.log10(amount))}f}"


def decimal(value: float, decimals: int = 2) -> str:
    """A plain number: 0.82."""
    return printed(f"{float(value):,.{decimals}f}", value)


def seconds(value: float) -> str:
    """A duration: 0.42 s, 12.3 s, 4 min 05 s."""
    if not value >= 100 or value == float("inf"):
        return printed(f"{float(value):.{1 if value >= 1 or value == 0 else 2}f} s", value)
    minutes, rest = divmod(round(value), 60)
    return printed(f"{minutes} min {rest:02d} s", value)


def data_size(value: float) -> str:
    """A number of bytes in decimal units: 12.3 MB."""
    size = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return printed(f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}", value)
        size /= 1000
    return printed(f"{size:.2f} TB", value)


def change(value: float, decimals: int = 1) -> str:
    """A relative change (0.05) with its sign: +5.0%."""
    return printed(f"{_signed(float(value) * 100, decimals)}%", value)


def points(value: float, decimals: int = 1, *, signed: bool = True) -> str:
    """A difference between two shares in percentage points: +1.2 points."""
    written = _signed(float(value) * 100, decimals) if signed else f"{float(value) * 100:.{decimals}f}"
    return f"{printed(written, value)} points"


def signed(value: float, decimals: int) -> str:
    """A difference with its sign: +1,234, or 0.00 when nothing is left of it."""
    return printed(_signed(float(value), decimals), value)


def _signed(value: float, decimals: int) -> str:
    """With its sign, unless nothing is left of it: 0.0, not -0.0."""
    written = f"{value:+,.{decimals}f}"
    return written if float(written.replace(",", "")) else f"{0:.{decimals}f}"


def between(lower: str, upper: str) -> str:
    """An interval in words: 8.1% to 9.4%."""
    return f"{lower} to {upper}"


def plural(number: float, singular: str, many: str | None = None) -> str:
    """A count with its noun: 1 action, 12 actions."""
    written = count(number)
    return f"{written} {singular if round(number) == 1 else many or singular + 's'}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def plain(identifier: str) -> str:
    """An identifier as words: activity_trend becomes Activity trend. Anything else is left as it is."""
    words = identifier.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def lower_first(text: str) -> str:
    """The text as the continuation of a sentence; abbreviations (LTV) keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def shortened(text: str, limit: int) -> str:
    """The text cut to ``limit`` characters, with an ellipsis when something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def brief(name: str) -> str:
    """A name from data, short enough for a heading."""
    return shortened(name, NAME_LENGTH)


def first_sentence(text: str, limit: int) -> str:
    """The first sentence on one line; one longer than ``limit`` characters is cut after a word."""
    sentence = re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]
    if len(sentence) <= limit:
        return sentence
    return sentence[:limit].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def day(value: date) -> str:
    """A date: 9 November 2026."""
    return f"{value.day} {value:%B %Y}"


def _rounded(value: float) -> str:
    """Without the sign of a negative zero; a number that is not finite is left to `printed` to refuse."""
    return f"{round(value):,}" if float("-inf") < value < float("inf") else str(float(value))
