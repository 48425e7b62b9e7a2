"""The catalogue in a user's own words: their currency, their label window, what they call a customer.

The questions are written in the words of the platform's own contract: USD, 30 days, customers. A contract with others
changes every text of a question, the spans that may be named in it, and the phrasings that it is matched with.
"""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from engage_assets.assistant.catalogue import Catalogue, CataloguedQuestion
from engage_assets.assistant.language import Language

if TYPE_CHECKING:
    from engage_reports.house_words import Words

TEXTS = ("title", "definition", "unit", "sentence", "empty")
SPAN, CURRENCY, PLACE = "30 days", "USD", "metro area"
MONTHS = range(28, 32)
"""Label windows that may be called a month."""
NAMES_A_MONTH = re.compile(r"\b(?:(?:last|next|this|per|a|the) month|monthly|mau)\b")
WITHOUT_DAYS = (
    ("no activity in the 30 days after the week", "the label of the extract"),
    ("once 30 days were observed", "once the label was known"),
    ("not seen in the 30 days to", "not active up to"),
    ("not seen for 30 days", "not active"),
    ("seen in the last 30 days", "who count as active"),
    ("active in the 30 days to", "active up to"),
    ("active in the last 30 days", "active"),
    ("activity in the 30 days before the end of the week", "activity"),
    ("in the 30 days after the week", "after the week"),
    ("in the 30 days to the end of the week", "as delivered for the week"),
    (" of the 30 days before the end of the week", " as delivered"),
    (" of the 30 days after the week", " after the week"),
    (" for the 30 days after the week", " after the week"),
    (" for the next 30 days", ""),
    (" of the last 30 days", " as delivered"),
    (" of 30 days", ""),
    (" in 30 days", ""),
)
"""A labelled snapshot does not say in how many days what happened; what is left of the sentences."""


def in_words(catalogue: Catalogue, words: "Words") -> Catalogue:
    """The catalogue of a platform with another currency, label window or word for customers."""
    return Catalogue(questions=tuple(_question(question, words) for question in catalogue.questions))


def understanding(language: Language, words: "Words") -> Language:
    """The language with the user's word for customers beside those that everybody says."""
    said = [word.lower() for word in (words.customer, words.customers)]
    single = {word: "customer" for word in said if word.isalnum()} | {
        part: part for word in said if not word.isalnum() for part in word.split()
    }
    phrases = tuple(
        (re.compile(rf"(?<= ){re.escape(word)}(?=[ ?!.,])"), "customer") for word in said if not word.isalnum()
    )
    return replace(language, words={**single, **language.words}, phrases=(*phrases, *language.phrases))


def _question(question: CataloguedQuestion, words: "Words") -> CataloguedQuestion:
    texts = {name: _said(getattr(question, name), words, keeps_currency=bool(question.currency)) for name in TEXTS}
    return question.model_copy(
        update={**texts, "windows": _windows(question.windows, words), "asks": _asks(question.asks, words)}
    )


def _said(text: str, words: "Words", *, keeps_currency: bool) -> str:
    if words.knows_days:
        text = text.replace(SPAN, words.span)
    else:
        for known, left in WITHOUT_DAYS:
            text = text.replace(known, left)
    for place in (PLACE, PLACE.capitalize()):
        text = text.replace(place, words.place.capitalize() if place[0].isupper() else words.place)
    return words.said(text if keeps_currency else text.replace(CURRENCY, words.currency))


def _windows(windows: tuple[str, ...], words: "Words") -> tuple[str, ...]:
    """The spans that the figure covers. A month, and whole weeks, are other names of some."""
    if not words.knows_days:
        return tuple(window for window in windows if SPAN not in window and "1 month" not in window)
    found = [window.replace(SPAN, words.span) for window in windows]
    if words.days not in MONTHS:
        found = [window for window in found if "1 month" not in window]
    weeks = [w.replace(words.span, _weeks(words.days)) for w in found if words.span in w and words.days % 7 == 0]
    return (*found, *weeks)


def _weeks(days: float) -> str:
    return f"{days / 7:.0f} week{'' if days == 7 else 's'}"


def _asks(asks: tuple[str, ...], words: "Words") -> tuple[str, ...]:
    """The phrasings without those that speak of a span which the figure does not cover."""
    if words.knows_days:
        asks = tuple(ask.replace(SPAN, words.span) for ask in asks)
    if not words.knows_days or words.days not in MONTHS:
        asks = tuple(ask for ask in asks if not NAMES_A_MONTH.search(ask) and SPAN not in ask)
    return asks


def span_of(words: "Words") -> str:
    """What refusals say that churn and revenue cover."""
    return words.span if words.knows_days else "the time of the label"
