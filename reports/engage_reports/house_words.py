"""The words of whoever the reports are for: the currency, the days of the label window, and what leaving means.

Set for as long as a report is drafted; the default is the platform's own contract. The cost report is about AWS and
stays in USD.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CHF": "CHF ", "CAD": "CA$", "AUD": "A$"}

NO_ACTIVITY = "the extract does not say what happened on which day"
"""Why a labelled snapshot has no daily actives, no retention and no engagement."""

_CUSTOMER = re.compile(r"\b([Aa] )?(?<!\{)([Cc]ustomers?)\b(?!\}| (?:service|care|support)\b)")
"""Not in "customer service calls", which are calls to the service and the label of somebody's column."""
_TAKES_A = re.compile(r"uni[cfoqstv]|us[aeu]|ut[io]|ura|ubi|eu|ewe|one(?![a-z])|once")
"""Words that begin with a vowel and are spoken with a consonant: a user, a unit, a European, a one-time buyer."""
_TAKES_AN = re.compile(r"[aeiou]|hour|honest|hono|heir|8|1[18](?!\d)")
_LETTERS_WITH_AN = frozenset("AEFHILMNORSX")
"""Letters whose names begin with a vowel: an SMS user, a UK member."""


@dataclass(frozen=True)
class Words:
    """currency: ISO code. days: of the label window. churn: what leaving means, one sentence without its full stop.

    customer, customers: what the user calls them. knows_days: whether the data tell what happened on which day; a
    labelled snapshot does not, so nothing is said to happen within a number of days.
    plan, group: what the two ways of grouping customers are called. place: what a location is.
    """

    currency: str = "USD"
    days: float = 30
    churn: str = ""
    customer: str = "customer"
    customers: str = "customers"
    knows_days: bool = True
    plan: str = "Subscription"
    group: str = "Side of the app"
    place: str = "metro area"

    @property
    def span(self) -> str:
        """The label window: "30 days"."""
        return f"{self.days:.0f} days"

    def over(self, lead: str) -> str:
        """The label window behind a word or a comma: " within 30 days", ", 30 days"; nothing if no days are known."""
        if not self.knows_days:
            return ""
        return f"{lead} {self.span}" if lead == "," else f" {lead} {self.span}"

    def said(self, text: str) -> str:
        """The text with the user's words for customers; names with an underscore or in braces are columns and stay."""
        if (self.customer, self.customers) == ("customer", "customers"):
            return text
        return _CUSTOMER.sub(self._named, text)

    def _named(self, found: re.Match[str]) -> str:
        article, word = found.group(1) or "", found.group(2)
        chosen = self.customers if word.endswith("s") else self.customer
        if article and takes_an(chosen):
            article = article.replace("a ", "an ").replace("A ", "An ")
        return article + (chosen[:1].upper() + chosen[1:] if word[0] == "C" else chosen)

    @property
    def actives(self) -> str:
        """One of the customers that the model is judged on: everybody, where no days are known."""
        return "active customer" if self.knows_days else "customer"

    @property
    def sign(self) -> str:
        """What stands before an amount: a sign, or the code where there is none."""
        return SIGNS.get(self.currency, f"{self.currency} ")

    @property
    def churn_means(self) -> str:
        """The definition of churn, a sentence."""
        if self.churn:
            return f"Churn: {self.churn}."
        return (
            f"Churn: no activity at all in the {self.span} after the week has ended (00:00 UTC on the following "
            f"Monday). An outcome is used only after its {self.span} have been observed."
        )


def takes_an(name: str) -> bool:
    """Whether a name is spoken with "an" before it; it goes by the sound, not by the letter."""
    first = re.split(r"[\s-]", name, maxsplit=1)[0]
    is_spelled = len(first) > 1 and first.isalpha() and first.isupper()
    if is_spelled and (first[0] in "EU" or not set(first) & set("AEIOU")):
        return first[0] in _LETTERS_WITH_AN
    lower = name.lower()
    return bool(_TAKES_AN.match(lower)) and not _TAKES_A.match(lower)


_PLATFORM = Words()
_WORDS: ContextVar[Words] = ContextVar("words", default=_PLATFORM)


def words() -> Words:
    """The words of the report that is being drafted."""
    return _WORDS.get()


@contextmanager
def spoken_in(chosen: Words) -> Iterator[None]:
    """Drafts the reports of the block in these words."""
    token = _WORDS.set(chosen)
    try:
        yield
    finally:
        _WORDS.reset(token)
