"""Where a figure comes from: every number in a model's answer must stand in a result that it was given.

A number may be shown with fewer decimals than the result has, as a percentage of a share, or in thousands, millions or
billions; nothing else. That a figure is used for what it means cannot be checked here, which docs/assistant.md says.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = {
    **{word: float(value) for value, word in enumerate(_ONES)},
    **{word: 10.0 * (value + 2) for value, word in enumerate(_TENS)},
    "dozen": 12.0, "hundred": 100.0,
}  # fmt: skip
_SPOKEN = "|".join(sorted({*_WORDS, "thousand", "million", "billion"}, key=len, reverse=True))
SPOKEN_NUMBER = re.compile(
    rf"\b(?:{_SPOKEN})(?:(?:[ -]|,? and )(?:{_SPOKEN}))*\b(\s?%|\s+per\s?cent\b)?", re.IGNORECASE
)
NUMBER = re.compile(
    r"(?<![\w.])[-−+]?\$?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?"
    r"(?:\s?(%|percent\b|per cent\b)|\s?(k|thousand|mn|million|bn|billion|m)\b)?",
    re.IGNORECASE,
)
FRACTIONS = re.compile(
    r"\b(half|halves|thirds?|(?:a|one|three) quarters?|doubled?|twice|tripled?|threefold|tenfold)\b", re.IGNORECASE
)
"""Words that state a figure which no result holds as such."""
_HARMLESS = {"one", "zero"}
"""Too often no figure: "one of the reasons"."""


@dataclass(frozen=True)
class ShownNumber:
    """A number as it stands in a text."""

    text: str
    value: float
    decimals: int
    is_percent: bool = False
    scale: float = 1.0


def numbers_in(text: str) -> Iterator[ShownNumber]:
    """Every number of a text, in digits or in words."""
    for match in NUMBER.finditer(text):
        whole, fraction, percent, scale = match.groups()
        value = float(whole.replace(",", "") + (fraction or ""))
        yield ShownNumber(
            match.group().strip(),
            value,
            len(fraction or ".") - 1,
            bool(percent),
            _SCALES[scale.lower()] if scale else 1.0,
        )
    for match in SPOKEN_NUMBER.finditer(text):
        words = re.findall(r"[a-z]+", match.group().lower())
        spoken = [word for word in words if word in _WORDS or word in _SCALES]
        if spoken and not (len(spoken) == 1 and spoken[0] in _HARMLESS) and not _follows_digits(text, match.start()):
            yield ShownNumber(match.group().strip(), _spoken_value(spoken), 0, bool(match.group(1)))
    for match in FRACTIONS.finditer(text):
        yield ShownNumber(match.group(), math.nan, 0)


def _follows_digits(text: str, position: int) -> bool:
    """Whether the words belong to digits before them, as in ``1.2 million``."""
    return bool(re.search(r"\d\s?$", text[:position]))


def _spoken_value(words: list[str]) -> float:
    total, current = 0.0, 0.0
    for word in words:
        if word in _SCALES:
            total, current = total + max(current, 1.0) * _SCALES[word], 0.0
        elif word == "hundred":
            current = max(current, 1.0) * 100
        else:
            current += _WORDS[word]
    return total + current


def values_of(results: Iterable[Any]) -> list[float]:
    """Every number that results hold, in values and inside their texts."""
    found: list[float] = []
    for result in results:
        if isinstance(result, bool) or result is None:
            continue
        if isinstance(result, int | float):
            found.append(float(result))
        elif isinstance(result, str):
            found += [float(digits.replace(",", "")) for digits in re.findall(r"\d[\d,]*(?:\.\d+)?", result)]
        elif isinstance(result, dict):
            found += values_of(result.values())
        elif isinstance(result, list | tuple):
            found += values_of(result)
    return found


def _names_with_numbers(results: Iterable[Any]) -> Iterator[str]:
    """Texts of results that hold a number in words, such as the name of an action: they are no figures of an answer."""
    for result in results:
        if (
            isinstance(result, str)
            and len(result.split()) > 1
            and (SPOKEN_NUMBER.search(result) or FRACTIONS.search(result))
        ):
            yield result
        elif isinstance(result, dict):
            yield from _names_with_numbers(result.values())
        elif isinstance(result, list | tuple):
            yield from _names_with_numbers(result)


def invented_numbers(text: str, results: Iterable[Any]) -> list[str]:
    """The numbers of a text that no result holds, as they stand in the text."""
    results = list(results)
    values = [abs(value) for value in values_of(results)]
    for name in sorted(_names_with_numbers(results), key=len, reverse=True):
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    return [shown.text for shown in numbers_in(text) if not any(_is_shown_by(shown, value) for value in values)]


def _is_shown_by(shown: ShownNumber, value: float) -> bool:
    """Whether a number is a value, rounded to the decimals it is shown with."""
    step = 0.5 * 10.0**-shown.decimals * (1 + 1e-9)
    candidates = [value / shown.scale]
    if shown.is_percent and value <= 1:
        candidates.append(value * 100)
    return any(abs(candidate - shown.value) <= step and _precise_enough(shown, candidate) for candidate in candidates)


def _precise_enough(shown: ShownNumber, value: float) -> bool:
    """A whole number stands for itself, not for a fraction that rounds to it, unless it is a percentage or scaled."""
    if shown.decimals or shown.is_percent or shown.scale != 1:
        return True
    return value >= 100 or value == shown.value
