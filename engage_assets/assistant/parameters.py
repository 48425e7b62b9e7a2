"""Takes the parameters out of a question: week, k, percent, customer, and every name of the vocabulary.

What is found is removed from the words; the rest is what the question is about. Anything that names a time, a number or
a unit that the published tables do not have is a problem, and a question with a problem is refused rather than guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from engage_assets.assistant.catalogue import MAXIMUM_K, Value
from engage_assets.assistant.entities import Vocabulary
from engage_assets.assistant.periods import Period, find_period
from engage_assets.assistant.unheld import (
    OTHER_WEEK,
    WHAT_WORKED,
    WHO_LEFT,
    asks_what_worked,
    asks_who_left,
    compares_with_a_week,
)

UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)
QUARTER = re.compile(r"\b(\d{4})[- ]?q([1-4])\b|\bq([1-4])[- ](?:of )?(\d{4})\b")
NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "fifteen": 15, "twenty": 20, "fifty": 50, "hundred": 100,
}  # fmt: skip
RANKING = "top|first|best|worst|highest|lowest|largest|biggest|smallest|bottom|list|show|show me|give me|most|riskiest"
LISTED = (
    "customers|users|members|accounts|people|locations|cities|places|areas|metros|towns|features|reasons|drivers|"
    "factors|cohorts|groups|actions|contacts"
)
CURRENCIES = {
    "USD": r"usd|(?:us|u\.s\.|american)[- ]dollars?|us\$", "EUR": r"eur|euros?|€", "GBP": r"gbp|pounds?|sterling|£",
    "JPY": r"jpy|yen|¥", "CHF": r"chf|francs?", "INR": r"inr|rupees?|₹", "CAD": r"cad|canadian dollars?",
    "AUD": r"aud|australian dollars?", "BTC": r"btc|bitcoins?",
}  # fmt: skip
"""Currencies and their words; dollars are said of money as such, and stand for the platform's own currency."""
IN_DOLLARS = re.compile(r"\bin (?:dollars?\b|\$)")
"""Dollars as the unit that is asked for; where they are not the platform's currency, they are those of the US."""
DOLLARS = ("USD", "CAD", "AUD")
CLOUD_CURRENCY = "USD"
"""What AWS charges is in this currency, whichever the platform's own is."""
COMPARING = re.compile(
    r"\b(?:compare[sd]?|comparison|versus|vs|(?:better|worse|more|less) than|differ(?:s|ent|ence|ences)?)\b"
    r"(?: between)?"
)
MORE_THAN = re.compile(
    r"\b(?:more|less|fewer|higher|lower|larger|smaller|longer|riskier|safer)(?= (?:\w+ ){0,5}than\b)|"
    r"(?<!more )(?<!less )\bthan\b"
)
"""The two words of a comparison with others between them, such as *more likely to leave than*."""
COMPARED = {"premium": "premium|subscription|paying", "platform": "platform|side|social"}
"""Kinds whose groups a question can compare, and the words that stand for the other groups of the kind."""


@dataclass
class Found:
    """What a question holds beside its words."""

    text: str
    """The rest of the question, lower case."""
    week: date | None = None
    windows: frozenset[str] = frozenset()
    """Spans of time that were named, such as ``30 days``."""
    values: dict[str, list[Value]] = field(default_factory=dict)
    """Every reading of the names: a name can stand for several kinds of thing, as ``dating`` does."""
    phrases: dict[str, str] = field(default_factory=dict)
    """The words that each kind was read from."""
    problems: list[str] = field(default_factory=list)
    currency: str = ""
    """The currency that the question names, when it is the platform's or that of what AWS charges."""
    compares_weeks: bool = False
    """Whether a week is compared with another one than the week before it."""


def find_parameters(question: str, vocabulary: Vocabulary, currency: str = "USD", span: str = "30 days") -> Found:
    """The parameters of a question whose spelling has been corrected.

    span: what the figures of churn and revenue cover, for a refusal to name.
    """
    text = " " + " ".join(question.lower().replace("’", "'").split()) + " "
    text = QUARTER.sub(lambda match: f"{match[1] or match[4]}-q{match[2] or match[3]}", text)
    found = Found(text=text)
    if asks_what_worked(text):
        found.problems.append(WHAT_WORKED)
    ids = {match.lower() for match in UUID.findall(text)}
    if len(ids) > 1:
        found.problems.append("one question can be about one customer only.")
    if ids:
        found.values["customer_id"] = [ids.pop()]
        text = UUID.sub(" ", text)
    text = _take_currency(text, currency, found)
    text = _compare_groups(_take_names(text, vocabulary, found), found)
    if compares_with_a_week(text):
        found.compares_weeks = True
        found.problems.append(OTHER_WEEK)
    if asks_who_left(text):
        found.problems.append(WHO_LEFT)
    for values in found.values.values():
        if len(values) > 1:
            found.problems.append(
                f"the question names several of one kind ({', '.join(map(str, values))}); ask about one at a time."
            )
    period, text = find_period(text, vocabulary.weeks, span)
    _apply(period, found)
    text = _take_percent(text, found)
    text = _take_k(text, found)
    if left := re.search(r"(?<![\w.])\d[\d.,]*", text):
        found.problems.append(f"the number {left.group().strip('., ')} has no meaning in any question known here.")
    found.text = text
    return found


def _apply(period: Period, found: Found) -> None:
    found.week, found.windows = period.week, period.windows
    found.problems.extend(period.problems)


def _take_currency(text: str, currency: str, found: Found) -> str:
    """Takes the platform's currency out, and that of what AWS charges; any other is a problem."""
    if currency not in DOLLARS:
        text = IN_DOLLARS.sub(f" {CLOUD_CURRENCY.lower()} ", text)
    for other, words in CURRENCIES.items():
        said = re.compile(rf"(?<![a-z])(?:{words})(?![a-z])")
        if not (named := said.search(text)):
            continue
        if other not in (currency, CLOUD_CURRENCY):
            found.problems.append(
                f"the figures are in {currency}; there is no exchange rate for {named.group()} to convert them."
            )
        elif found.currency:
            found.problems.append(f"one question can be about one currency only, not {found.currency} and {other}.")
        else:
            found.currency = other
            text = said.sub(" ", text)
    return text


def _take_percent(text: str, found: Found) -> str:
    words = "|".join(NUMBER_WORDS)
    pattern = rf"\b(\d+(?:\.\d+)?|{words}) ?(?:%|percent\b|per cent\b)"
    if match := re.search(pattern, text):
        number = float(NUMBER_WORDS.get(match.group(1)) or match.group(1))
        found.values["percent"] = [int(number) if number.is_integer() else number]
        text = text[: match.start()] + " " + text[match.end() :]
    return text


def _take_k(text: str, found: Found) -> str:
    numbers = "|".join(NUMBER_WORDS)
    for pattern, group in (
        (rf"\b(?:{RANKING}) (\d+|{numbers})\b", 1),
        (rf"\b(\d+|{numbers})(?= (?:\w+ ){{0,3}}(?:{LISTED})\b)", 1),
    ):
        if match := re.search(pattern, text):
            word = match.group(group)
            k = NUMBER_WORDS[word] if word in NUMBER_WORDS else int(word)
            if not 1 <= k <= MAXIMUM_K:
                found.problems.append(f"a list can have 1 to {MAXIMUM_K} rows, not {k:,}.")
            found.values["k"] = [k]
            return text[: match.start(group)] + " " + text[match.end(group) :]
    return text


def _take_names(text: str, vocabulary: Vocabulary, found: Found) -> str:
    """Takes names out, the longest first; the words of a name are gone once a longer name has used them."""
    words = re.findall(r"\d+\.\d+|[^\W_](?:[^\W_]|['&-])*|[^\s]", re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text))
    by_phrase: dict[str, list[tuple[str, str]]] = {}
    for kind, phrases in vocabulary.phrases.items():
        for phrase, value in phrases.items():
            by_phrase.setdefault(phrase, []).append((kind, value))
    longest = max((len(phrase.split()) for phrase in by_phrase), default=1)
    for length in range(longest, 0, -1):
        candidates = {phrase for phrase in by_phrase if len(phrase.split()) == length}
        start = 0
        while start + length <= len(words):
            window = " ".join(words[start : start + length]).removesuffix("'s").removesuffix("'")
            if window in candidates:
                _add(by_phrase[window], window, found)
                words[start : start + length] = [f"\x00{window}"]
            start += 1
    return " " + " ".join(word for word in words if not word.startswith("\x00")) + " "


def _add(readings: list[tuple[str, str]], phrase: str, found: Found) -> None:
    for kind, value in readings:
        values = found.values.setdefault(kind, [])
        if value not in values:
            values.append(value)
        found.phrases[kind] = phrase


def _compare_groups(text: str, found: Found) -> str:
    """A comparison of the groups of one kind asks for that kind, not for one of its groups."""
    has_groups = bool(COMPARED.keys() & found.values.keys()) and not compares_with_a_week(text)
    if has_groups and len(MORE_THAN.findall(text)) == 2:
        text = MORE_THAN.sub(" ", text) + " compare "
    comparing = COMPARING.search(text)
    for kind, others in COMPARED.items():
        values = found.values.get(kind, [])
        if comparing and (len(values) > 1 or (values and re.search(rf"\b(?:{others})\b", text))):
            phrase = found.phrases[kind]
            for same in [name for name, said in found.phrases.items() if said == phrase]:
                del found.values[same], found.phrases[same]
            return COMPARING.sub(" ", text) + f" compare {kind} "
    return text


def readings(found: Found) -> Iterator[dict[str, Value]]:
    """Each consistent reading of the values: one kind for each phrase that could be several."""
    by_phrase: dict[str, list[str]] = {}
    for kind, phrase in found.phrases.items():
        by_phrase.setdefault(phrase, []).append(kind)
    fixed = {kind: values[0] for kind, values in found.values.items() if kind not in found.phrases}
    chosen: list[dict[str, Value]] = [fixed]
    for kinds in by_phrase.values():
        chosen = [{**partial, kind: found.values[kind][0]} for partial in chosen for kind in kinds]
    yield from chosen
