"""Customers' identifiers in a question.

Those of the simulated platform are UUIDs and are known by their form. A user's extract may call its customers
7590-VHVEG or 17850: there an identifier is what follows the word for a customer, "id" or "#". A UUID stands in its
place while the question is read, so that spelling and numbers leave it alone.
"""

import re
import uuid
from dataclasses import dataclass
from functools import cached_property

from engage_assets.assistant.parameters import UUID

EVERYBODY_SAYS = ("customer", "client", "account", "user", "member", "subscriber")
FORM = r"(?=[\w.@+/-]*\d)[\w@+][\w.@+/-]*\w"
"""Letters, digits and what joins them, two at least, with a digit among them."""
A_NUMBER = re.compile(r"(?:19|20)\d\d|\d\d")
"""After the word for a customer alone: "revenue per customer 2026", "customer 90 days"; not an identifier."""


@dataclass(frozen=True)
class Identifiers:
    """How customers are named.

    called: the words for one customer where a user's own extract is scored; empty on the simulated platform.
    """

    called: tuple[str, ...] = ()

    def hidden(self, question: str) -> tuple[str, dict[str, str]]:
        """The question with a UUID in the place of each identifier, and the identifiers by these UUIDs."""
        named: dict[str, str] = {}

        def hide(match: re.Match[str]) -> str:
            is_marked = match["mark"] or not match["word"]
            if not is_marked and A_NUMBER.fullmatch(match["id"]):
                return match[0]
            stand_in = str(uuid.uuid5(uuid.NAMESPACE_OID, match["id"].lower()))
            named[stand_in] = match["id"]
            return f"{match['word'] or ''} {stand_in}"

        return (self._pattern.sub(hide, question) if self.called else question), named

    def of(self, question: str) -> dict[str, str]:
        """The identifiers that stand in a question, by their lower-case form."""
        own = {each.lower(): each for each in self.hidden(question)[1].values()}
        return {each.lower(): each.lower() for each in UUID.findall(question)} | own

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        words = "|".join(re.escape(word) for word in sorted({*self.called, *EVERYBODY_SAYS}, key=len, reverse=True))
        word = rf"(?<!per )(?<!each )(?<!every )\b(?P<word>{words})(?:'s)?(?=[\s#:])"
        mark = r"(?P<mark>(?:\bid\b|\bnumber\b|\bno\.)\s*[:#]?\s*|#)"
        return re.compile(rf"(?:{word}\s*{mark}?|(?:\bid\s*[:#]?\s*|#))[\"'“‘]?(?P<id>{FORM})[\"'”’]?", re.IGNORECASE)
