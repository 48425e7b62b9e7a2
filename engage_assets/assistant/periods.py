"""Times in a question: the week it asks about, and the spans it names. Weeks are the only published periods."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

_MONTH_NAMES = (
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
    "september sep sept", "october oct", "november nov", "december dec",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
COUNTS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "thirty": 30, "sixty": 60, "ninety": 90,
}  # fmt: skip

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_COUNT = rf"(\d+|{'|'.join(COUNTS)})"
_LEAD = (
    r"(?:\b(?:in|for|of|on|during|at|as of|from) )?(?:the )?(?:\bweek )?"
    r"(?:(?:of|from|starting|beginning|commencing) )?(?:the )?(?:monday )?"
)
_SPAN_LEAD = r"\b(?:(?:in|over|within|for|of|from|during) )?(?:the )?(?:(last|past|previous|next|coming|following) )?"
_DIRECTIONS = {
    "last": "last",
    "past": "last",
    "previous": "last",
    "next": "next",
    "coming": "next",
    "following": "next",
}

ISO_DATE = re.compile(_LEAD + r"\b(\d{4})-(\d{2})-(\d{2})\b")
DAY_MONTH_YEAR = re.compile(_LEAD + rf"\b{_DAY} (?:of )?({_MONTH})\.?,? (\d{{4}})\b")
MONTH_DAY_YEAR = re.compile(_LEAD + rf"\b({_MONTH})\.? {_DAY},? (\d{{4}})\b")
DAY_MONTH = re.compile(_LEAD + rf"\b{_DAY} (?:of )?({_MONTH})\b")
MONTH_DAY = re.compile(_LEAD + rf"\b({_MONTH})\.? {_DAY}\b")
WEEK_NUMBER = re.compile(
    r"(?:\b(?:in|for|of) )?(?:\b(\d{4})-?w|\b(?:calendar )?(?:week|kw|cw|w) ?(?:number )?)(\d{1,2})\b"
    r"(?: (?:of )?(\d{4})\b)?"
)
WEEKS_AGO = re.compile(rf"\b{_COUNT} weeks? (?:ago|earlier|before)\b")
WEEK_BEFORE = re.compile(
    r"\b(?:(?:the )?week before last|(?:(?:in|of|for) )?(?:the )?(?:previous|prior|preceding) week|"
    r"(?:one|a) week earlier)\b"
)
AGAINST_WEEK_BEFORE = re.compile(
    r"(?<= )(?:(?:than|since|compared? (?:to|with)|versus|vs|against) (?:it was )?(?:in |during )?"
    r"(?:(?:the )?(?:last|previous|prior|preceding) week|the week (?:before(?: last)?|earlier)|"
    r"(?:a|one|1) week (?:ago|earlier|before)))"
    r"(?=[ ?!.,])|"
    r"(?<= )(?:than|since|compared? (?:to|with)|versus|vs) (?:the )?(?:last(?: time| one)?|before|previously|earlier)"
    r"(?=[ ?!.,]*$)"
)
"""A comparison of the newest week with the one before, whatever of it is compared."""
NEWEST_WEEK = re.compile(
    r"\b(?:(?:in|of|for|during) )?(?:(?:the )?(?:this|last|current|past|latest|newest|most recent)"
    r"(?: published)?|the) week\b|\b(?:(?:in|of|from) )?(?:the )?(?:latest|newest|most recent) data\b"
)
SPAN = re.compile(_SPAN_LEAD + rf"{_COUNT}[ -](day|week|month|quarter|year|hour)s?\b")
ONE_MONTH = re.compile(
    r"\b(?:(?:in|over|for|of|from|during) )?(?:the )?(?:(last|past|previous|next|coming|following)|this) month\b"
    r"|\b(?:per|a) month\b"
)
IN_A_MONTH = re.compile(rf"\b(?:in|during|for|of|since|last|this) (?:{_MONTH})\b(?: \d{{4}})?")
UNPUBLISHED = (
    (re.compile(r"\b(?:next|coming|following) (week|quarter|year|day)\b"), "the next {0}"),
    (re.compile(r"\b(?:today|yesterday|tonight|tomorrow|this morning)\b"), "a single day"),
    (re.compile(r"\b(?:this|last|past|previous) (quarter|year)\b"), "a {0}"),
    (re.compile(r"\b(?:in|since|during|for|of|until|before|after) ((?:19|20)\d\d)\b"), "the year {0}"),
    (re.compile(r"\bq[1-4]\b(?: (?:of )?(?:19|20)\d\d)?"), "a quarter"),
    (re.compile(r"\b(?:annual|annually|yearly|(?:per|a) year|per annum|year to date|ytd)\b"), "a calendar year"),
    (re.compile(r"\b(?:quarterly|hourly|per hour|all time|ever)\b"), "{match}"),
    (re.compile(r"\b(?:black friday|christmas|easter|weekend|new year)\b"), "{match}"),
)
"""Times that no published figure covers, and how a refusal names them."""
_PATTERNS = (
    ISO_DATE, DAY_MONTH_YEAR, DAY_MONTH, WEEK_NUMBER, WEEKS_AGO, WEEK_BEFORE, NEWEST_WEEK, SPAN, ONE_MONTH,
    *(pattern for pattern, _ in UNPUBLISHED),
)  # fmt: skip
PERIOD_WORDS = frozenset(word for pattern in _PATTERNS for word in re.findall(r"[a-z]{3,}", pattern.pattern))
"""Words that speak of time; none of them is a misspelling of something else."""


@dataclass
class Period:
    """The week that was named (None: the newest), the spans, and what cannot be answered.

    A span says its direction when the question does: ``last 30 days``, ``next 30 days``, ``30 days``.
    """

    week: date | None = None
    windows: frozenset[str] = frozenset()
    problems: list[str] = field(default_factory=list)


def find_period(text: str, weeks: tuple[date, ...], span: str = "30 days") -> tuple[Period, str]:
    """The period of a question in lower case, and the text without its words.

    weeks: the published weeks, oldest first. span: what the figures of churn and revenue cover.
    """
    period = Period()
    named: list[date] = []
    text = _take_dates(text, weeks[-1], named, period)
    text = _take_relative_weeks(text, weeks[-1], named)
    text = _take_spans(text, period)
    for pattern, meaning in UNPUBLISHED:
        if match := pattern.search(text):
            said = meaning.format(*match.groups(), match=match.group().strip())
            period.problems.append(
                f"figures are published for weeks and for {span} or 12 months from them, not for {said}."
            )
            text = _without(text, match)
    if match := IN_A_MONTH.search(text):
        period.problems.append(
            f"figures are published for weeks, not for a month ({match.group().strip()}). "
            f"Name a Monday, like {weeks[-1]}."
        )
        text = _without(text, match)
    if len(set(named)) > 1:
        period.problems.append(
            "one question can be about one week only; to see several, ask how a figure develops over time."
        )
    if named:
        period.week = named[0]
        if named[0] not in weeks:
            shown = ("… " if len(weeks) > 6 else "") + ", ".join(str(week) for week in weeks[-6:])
            period.problems.append(f"the week of {named[0]} is not published. Published weeks: {shown}.")
    return period, text


def _without(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " " + text[match.end() :]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _take_dates(text: str, newest: date, named: list[date], period: Period) -> str:
    """Dates stand for the week that holds them; a date without a year is its newest occurrence."""

    def add(match: re.Match[str], month: int, day: str, year: str | None = None) -> str:
        try:
            found = date(int(year or newest.year), month, int(day))
            if year is None and found > newest + timedelta(days=6):
                found = date(newest.year - 1, month, int(day))
            named.append(_monday(found))
        except ValueError:
            period.problems.append(f"{match.group().strip()} is not a date.")
        return " "

    def add_week(match: re.Match[str]) -> str:
        try:
            named.append(date.fromisocalendar(int(match[1] or match[3] or newest.year), int(match[2]), 1))
        except ValueError:
            period.problems.append(f"{match.group().strip()} is not a week of the year.")
        return " "

    text = ISO_DATE.sub(lambda m: add(m, int(m[2]), m[3], m[1]), text)
    text = DAY_MONTH_YEAR.sub(lambda m: add(m, MONTHS[m[2]], m[1], m[3]), text)
    text = MONTH_DAY_YEAR.sub(lambda m: add(m, MONTHS[m[1]], m[2], m[3]), text)
    text = DAY_MONTH.sub(lambda m: add(m, MONTHS[m[2]], m[1]), text)
    text = MONTH_DAY.sub(lambda m: add(m, MONTHS[m[1]], m[2]), text)
    return WEEK_NUMBER.sub(add_week, text)


def _take_relative_weeks(text: str, newest: date, named: list[date]) -> str:
    """Counted from the newest published week, which is the one that ``last week`` and ``this week`` mean."""
    if match := WEEKS_AGO.search(text):
        named.append(newest - timedelta(weeks=COUNTS.get(match[1]) or int(match[1])))
        text = _without(text, match)
    if match := WEEK_BEFORE.search(text):
        named.append(newest - timedelta(weeks=1))
        text = _without(text, match)
    if match := NEWEST_WEEK.search(text):
        named.append(newest)
        text = _without(text, match)
    return text


def _take_spans(text: str, period: Period) -> str:
    """Spans such as ``30 days``; a question is answered only when its figure covers exactly the span."""
    windows: set[str] = set()

    def add(match: re.Match[str]) -> str:
        count = COUNTS.get(match[2]) or int(match[2])
        windows.add(_directed(match[1], f"{count} {match[3]}{'' if count == 1 else 's'}"))
        return " "

    text = SPAN.sub(add, text)
    if match := ONE_MONTH.search(text):
        windows.add(_directed(match[1], "1 month"))
        text = _without(text, match)
    period.windows = frozenset(windows)
    return text


def _directed(word: str | None, span: str) -> str:
    return f"{_DIRECTIONS[word]} {span}" if word else span


def covers(published: tuple[str, ...], named: str) -> bool:
    """Whether a figure of these spans covers the named one; a span without a direction fits both directions."""
    bare = {span.removeprefix("last ").removeprefix("next ") for span in published}
    return named in published or named in bare or named.removeprefix("last ").removeprefix("next ") in published
