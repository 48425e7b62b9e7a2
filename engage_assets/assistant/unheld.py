"""What no published figure holds, though a question asks for it in the words of one that is published."""

import re

from engage_assets.assistant.periods import (
    DAY_MONTH,
    DAY_MONTH_YEAR,
    ISO_DATE,
    MONTH_DAY,
    MONTH_DAY_YEAR,
    ONE_MONTH,
    SPAN,
    WEEK_BEFORE,
    WEEK_NUMBER,
    WEEKS_AGO,
)

OTHER_WEEK = (
    "figures are compared with the week before and with no other week; ask how a figure develops over time to see "
    "every published week."
)
WHO_LEFT = "the tables hold who is expected to leave; who has left, and what that cost, is not published."
WHAT_WORKED = (
    "the tables hold what actions cost and what they are expected to bring; what they have achieved is not published."
)

_WEEK = "|".join(
    pattern.pattern
    for pattern in (
        ISO_DATE, DAY_MONTH_YEAR, MONTH_DAY_YEAR, DAY_MONTH, MONTH_DAY, WEEK_NUMBER, WEEKS_AGO, WEEK_BEFORE,
        # A span is a time to compare with when it lies in the past: "seen for more than 30 days" compares nothing.
        re.compile(rf"(?=[a-z ]*\b(?:last|past|previous)\b)(?:{SPAN.pattern}|{ONE_MONTH.pattern})"),
        re.compile(rf"{SPAN.pattern} (?:ago|earlier|before)"),
    )
)  # fmt: skip
_HIGHER = "higher|lower|more|fewer|less|better|worse|larger|bigger|smaller|greater"
_CHANGED = r"(?:chang|differ|gr[eo]w|fall|fell|increas|decreas|dropp?)[a-z]*|rises?|risen|rising|rose"
_AGAINST = r"than|since|versus|vs|against|compared? (?:to|with)"
_FILLER = r"(?:(?:it|they|that|those|we|there|was|were|had|did|in|on|at|of|from|the|figures?|value) )*?"
_THAN_WEEK = re.compile(
    rf"\b(?:(?:{_AGAINST})|(?:{_HIGHER}|{_CHANGED})(?: \w+){{0,3}} (?:from|to|with)) {_FILLER}(?:{_WEEK})"
)
_HIGHER_IN_WEEK = re.compile(rf"\b(?:{_HIGHER})(?! weeks?\b)(?:(?!\b(?:{_AGAINST})\b).)*(?:{_WEEK})")
_WEEK_THAN_NOW = re.compile(rf"(?:{_WEEK}).*\b(?:{_AGAINST}) (?:it is )?(?:now|today|currently)\b")
_EVERYBODY = "customers?|users?|members?|accounts?|people|clients?|subscribers?|leavers|churners|revenue|money|sales"
_MORE = re.compile(
    r"^ (?:are|is|do|does|did|will|have|has|were|was) (?:there |we |you )?(?:\w+ )?(?:any )?(?:more|fewer|less) "
    rf"(?:of (?:our |the )?)?(?:{_EVERYBODY})\b(?!.*\b(?:than|weekbefore)\b)"
)
_UP_OR_DOWN = re.compile(
    r"^( (?:is|are|has|have|did|was|were|does|do) (?:the |our |my )?(?:\w+ ){0,3}?"
    rf"(?:{_EVERYBODY}|churn|attrition|risk|figures|numbers|engagement|value|rate|probability|things))(?: gone)? "
    r"(?:up|down|higher|lower|worse|better|improved?|increased?|decreased?|rise|risen|fall|fallen|dropp?(?:ed)?|grown?)"
    r"(?= (?:this week |now |again |lately )?$)"
)
"""Comparisons that leave out what they compare with, which is the week before."""

_DEEDS = "actions?|campaigns?|offers?|discounts?|contacts?|calls?|emails?|messages?|recommendations?"
_WORKED = "works?|worked|succeed|succeeded|successful|effective|help|helped"
_HAS_WORKED = (
    re.compile(rf"\b(?:{_DEEDS})\b(?: \w+){{0,3}} (?:{_WORKED})\b"),
    re.compile(rf"\b(?:effective|successful)(?: \w+){{0,4}} (?:{_DEEDS})\b"),
    re.compile(r"\b(?:response|opening|open|click|success) rates?\b"),
    re.compile(r"\b(?:did|have) we (?:saved?|win back|won back)\b|\bwe (?:saved|won back)\b"),
    re.compile(rf"\b(?:{_DEEDS}) (?:has |have )?saved?\b"),
)

COMPARING_WORDS = re.compile(rf"\b(?:{_AGAINST}|{_HIGHER}|{_CHANGED})\b")
"""The words of a comparison, without which a question is about the figure that is compared."""

_CUSTOMERS = "customers?|users?|members?|accounts?|people|clients?|subscribers?|we|they|who|many|much|revenue|money"
_HAS_LEFT = (
    # "Could be lost" looks ahead, "weeks left" and "left alone" speak of something else.
    re.compile(
        r"(?<!\bbe )(?<!\bweeks )(?<!\bweeks are )(?<!\bdays )(?<!\btime )"
        r"\b(?:left|churned|departed|defected|lost|cancell?ed)\b(?! (?:alone|over|out)\b)"
    ),
    re.compile(rf"\b(?:did|have|has|had) (?:(?!more|fewer|less)\w+ )?(?:{_CUSTOMERS}) (?:lose|leave|churn|quit)\b"),
    re.compile(rf"\b(?:{_CUSTOMERS}) (?:did|have|has|had) (?:lose|leave|churn|quit)\b|\bwho quit\b"),
)
_WHY = re.compile(r"\b(?:why|reasons?|causes?|because|drivers?|drove)\b")


def compares_with_a_week(text: str) -> bool:
    """Whether a question in lower case compares with a week or span that it names, the week before apart."""
    if _THAN_WEEK.search(text) or _WEEK_THAN_NOW.search(text):
        return True
    return "weekbefore" not in text and bool(_HIGHER_IN_WEEK.search(text))


def with_week_before(text: str) -> str:
    """A question in lower case; where it asks for more or less and names nothing to compare with, the week before."""
    plain = f" {' '.join(re.sub(r'[?!.,]', ' ', text).split())} "
    if _MORE.search(plain):
        return f"{plain}weekbefore "
    found = _UP_OR_DOWN.search(plain)
    return f"{found[1]} weekbefore{plain[found.end() :]}" if found else text


def asks_what_worked(text: str) -> bool:
    """Whether a question in lower case asks what actions have achieved."""
    return any(pattern.search(text) for pattern in _HAS_WORKED)


def asks_who_left(text: str) -> bool:
    """Whether a question in lower case asks for those who have left already; reasons hold for both."""
    return not _WHY.search(text) and any(pattern.search(text) for pattern in _HAS_LEFT)
