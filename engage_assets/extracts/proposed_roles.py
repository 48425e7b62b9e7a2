"""What a column's name and values say of its part: the customer's key, the time, the label, who left."""

import re
from collections.abc import Collection, Sequence

from engage_assets.extracts.naming import plain_name
from engage_assets.extracts.profiling import ColumnProfile

MAX_LABEL_VALUES = 5
"""A column of more values is no label that a word or two were added to."""
MAX_NOBODY = 0.5
"""Share of rows without a customer above which a column is no key."""
MIN_REPEATED = 1.2
"""Rows a customer from which on a table with times is a history, and not a table of profiles with a few copies."""

LABEL_WORDS = r"churn|left|leave|leaver|exited|attrition|cancel|lapsed|terminated|retained|target|label"
LEFT_WORDS = r"churn|left|leav|gone|exit|attrit|cancel|laps|terminat|closed|lost|inactive"
STAYED_WORDS = r"stay|exist|retain|remain|active|current|loyal|not|^no|non"

_PEOPLE = (
    r"customer|client|user|account|acct|member|subscriber|person|patient|player|passenger|rider|guest|visitor|employee|"
    r"household|policyholder|kunde|kunden|fahrgast|mitglied|msno|msisdn|email|phone_number"
)
_ID = r"(id|key|no|nr|num|number|nummer|code|ref|uuid|guid|hash|unique_id)"
PERSON_KEY = rf"^(c_)?({_PEOPLE})_?{_ID}?$|(^|_)({_PEOPLE})_?{_ID}$|^{_ID}_({_PEOPLE})$"
ANY_KEY = r"(^|_)(id|key|uuid|guid)$|^id_"
EVENT_KEY = (
    r"order|invoice|transaction|trans|session|event|product|item|stock|sku|ticket|row|index|payment|method|store|line"
)
LATER_TIMES = r"expir|estimat|due|deliver|ship|approv|end(_|$|ed)|until|updated|birth|dob|signup|sign_up|regist|joined"

_CODE = re.compile(r"^(?=.*\d)[\w+/=.:-]{3,}$")


def key_of(
    profiles: Sequence[ColumnProfile], label: ColumnProfile | None, *, known: Collection[str] = ()
) -> tuple[ColumnProfile | None, str]:
    """The column that seems to name the customer, and a warning about it. known: the keys of other tables."""
    candidates = [p for p in profiles if p is not label and _may_be_a_key(p)]

    def called(pattern: str) -> list[ColumnProfile]:
        return [p for p in candidates if re.search(pattern, plain_name(p.source))]

    people = called(PERSON_KEY)
    things = [p for p in called(ANY_KEY) if not re.search(EVENT_KEY, plain_name(p.source))]
    events = called(ANY_KEY)
    for named in (people, [p for p in candidates if p.source in known], things, events):
        # An id that repeats is the customer's where another one numbers the rows.
        for chosen in ([p for p in named if p.is_unique], named):
            if chosen:
                return chosen[0], _without_customer(chosen[0])
    unique = [p for p in candidates if p.is_unique and p.type == "string"]
    if unique:
        return unique[0], "no name speaks of a customer; taken because every row has another value"
    if time_of(profiles) is None:
        return None, ""
    codes = [p for p in candidates if p.type == "string" and is_repeated(p) and _are_codes(p)]
    if len(codes) == 1:
        return codes[0], "no name speaks of a customer; taken because its values look like codes that come back"
    return None, ""


def _may_be_a_key(column: ColumnProfile) -> bool:
    if column.empty > MAX_NOBODY * column.rows or column.distinct <= max(20, column.rows * 0.002):
        return False
    return column.type in ("string", "int") or (column.type == "float" and column.is_whole)


def _without_customer(column: ColumnProfile) -> str:
    if not column.empty:
        return ""
    return f"{column.empty / column.rows:.1%} of the rows have none and go to quarantine: they belong to nobody"


def _are_codes(column: ColumnProfile) -> bool:
    fitting = sum(count for text, count in column.counts.items() if _CODE.match(text))
    return column.distinct > column.known * 0.01 and fitting >= 0.98 * column.known


def time_of(profiles: Sequence[ColumnProfile]) -> ColumnProfile | None:
    """The column that seems to say when: the first date without gaps whose name is not of something later."""
    dates = [p for p in profiles if p.type in ("date", "timestamp") and p.empty == 0]
    return next((p for p in dates if not re.search(LATER_TIMES, plain_name(p.source))), None)


def is_repeated(key: ColumnProfile | None) -> bool:
    """Whether customers come back: more than a few rows each."""
    return key is not None and key.known >= MIN_REPEATED * key.distinct


def label_of(profiles: Sequence[ColumnProfile]) -> ColumnProfile | None:
    """The column of two values whose name speaks of leaving."""
    binary = [p for p in profiles if p.distinct == 2 and p.empty == 0]
    named = [p for p in binary if re.search(LABEL_WORDS, plain_name(p.source))]
    return named[-1] if named else None


def left_and_stayed(label: ColumnProfile) -> tuple[str, str, str]:
    """The value of those who left, that of those who stayed, and a warning where neither says so itself."""
    values = sorted(label.counts)
    plain = {value: plain_name(value) for value in values}
    reverse = bool(re.search(r"retain|stay|remain", plain_name(label.source)))
    yes = [v for v in values if v.lower().rstrip(".") in ("true", "yes", "y", "t", "1", "1.0")]
    left = [v for v in values if re.search(LEFT_WORDS, plain[v]) and not re.search(r"^(no|non|not)(_|$)", plain[v])]
    stayed = [v for v in values if re.search(STAYED_WORDS, plain[v]) and v not in left]
    if len(yes) == 1:
        chosen = values[1 - values.index(yes[0])] if reverse else yes[0]
    elif len(left) == 1:
        chosen = left[0]
    elif len(stayed) == 1:
        chosen = values[1 - values.index(stayed[0])]
    else:
        chosen = min(values, key=lambda value: label.counts[value])
        other = values[1 - values.index(chosen)]
        return chosen, other, f"neither {values[0]!r} nor {values[1]!r} says who left: the rarer one is taken, check it"
    return chosen, values[1 - values.index(chosen)], "high means stayed" if reverse else ""


def label_hint(profiles: Sequence[ColumnProfile]) -> str:
    """What to do when no column has two values and a name that speaks of leaving."""
    for each in profiles:
        if re.search(LABEL_WORDS, plain_name(each.source)) and 2 <= each.distinct <= MAX_LABEL_VALUES:
            values = ", ".join(map(repr, sorted(each.counts)))
            empty = f" and {each.empty:,} empty rows" if each.empty else ""
            return (
                f"{each.source} may be it, with the values {values}{empty}. Give it role label, and say which mean "
                "left (true) and stayed (false); name others under null_tokens: their rows are scored, not learnt from"
            )
    return "give the column that says who left the role label"
