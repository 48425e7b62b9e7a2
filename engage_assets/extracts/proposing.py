"""Which role each column seems to play, and why: the proposal of ``engage init``, for a person to correct."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engage_assets.extracts.contract import WEEKDAYS, Role
from engage_assets.extracts.naming import identifier, plain_name
from engage_assets.extracts.profiling import CURRENCIES, MAX_CATEGORIES, ColumnProfile
from engage_assets.extracts.proposed_roles import is_repeated, key_of, label_hint, label_of, left_and_stayed, time_of

LEAK_AUC = 0.95
"""A column that alone ranks the label better than this is more likely its consequence than its cause."""
STRONG_AUC = 0.85

SENSITIVE_WORDS = (
    r"gender|sex$|(^|_)age(_|$)|senior|race|ethnic|religio|nationalit|marital|married|disab|orientation|birth|"
    r"country|region|state$|city|location|zip|postal|geograph"
)
NOT_SENSITIVE = r"_(tier|type|size|class|count|plan)$"
MONEY_WORDS = (
    r"charge|price|amount|revenue|spend|spent|cost|value|dollar|paid|fee|bill|balance|usd|eur|gbp|sales|turnover|"
    r"salary|income|wage|cashback|(^|_)(mrr|arr|arpu|gmv|aov|ltv|clv|fare)(_|$)|betrag|preis|umsatz"
)
NOT_MONEY = (
    r"hour|time|minute|second|days(_|$)|count|number|(^|_)(num|nr|id)(_|$)|hike|percent|pct|ratio|rate$|share|score|chng|"
    r"change"
)
NOT_PAID = r"balance|salary|income|wage|cashback|credit|limit|cost|discount|refund|ltv|clv|total_value|list_price"
"""Amounts that are not what the customer pays."""
CODE_WORDS = r"(^|_)(code|id|type|method|via|zip|class|channel|category|zone|cluster)(_|$)"
"""Whole numbers under such a name are names, not amounts."""
MEAN_WORDS = r"satisf|rating|nps|score|stars|price|bewertung|(^|_)age(_|$)|rate$"
LAST_WORDS = r"seats|licen[cs]es|balance|(^|_)(mrr|arr)(_|$)|limit|tier|level"
THEMES = (
    (r"tenure|months?$|since|age_of|subscription_length|length_of", "tenure"),
    (r"complain|ticket|fail|error|support|incident|dispute", "friction"),
    (r"satisf|rating|nps|score|review", "satisfaction"),
    (r"payment|contract|billing|plan|tariff|auto_?renew|invoice", "payment"),
    (r"sms|message|friend|social|share|follow|referr|called", "social"),
    (r"last|recen|inactive|days_since", "recency"),
)
SLOTS = (
    (r"gender|sex$", "gender"),
    (r"age|senior|birth", "age_band"),
    (r"country|region|state|city|location|zip|postal|geograph", "location"),
)

if TYPE_CHECKING:
    from engage_assets.extracts.sampling import Sample


@dataclass
class Proposal:
    """What is proposed of one column, and the evidence."""

    column: ColumnProfile
    role: Role
    evidence: list[str] = field(default_factory=list)
    slot: str = ""
    theme: str = ""
    warning: str = ""
    name: str = ""


@dataclass
class TableProposal:
    """What is proposed of one file."""

    kind: str
    grain: str
    columns: list[Proposal]
    notes: list[str] = field(default_factory=list)
    generated_key: bool = False
    copies: int = 0
    nobody: int = 0
    week_start: str = ""
    currency: str = ""
    label: tuple[str, str] = ("", "")

    @property
    def key(self) -> ColumnProfile | None:
        """The column that names the customer."""
        return next((each.column for each in self.columns if each.role == "key"), None)


def propose(
    profiles: Sequence[ColumnProfile], *, exact_copies: int = 0, known_keys: Collection[str] = ()
) -> TableProposal:
    """Roles of the columns of one table. exact_copies: rows that equal an earlier row; known_keys: of other tables."""
    columns = [Proposal(column, "behaviour") for column in profiles]
    label = label_of(profiles)
    key, warning = key_of(profiles, label, known=known_keys)
    time = time_of(profiles)
    is_history = time is not None and (is_repeated(key) or (key is None and label is None))
    found = TableProposal("history" if is_history else "snapshot", "event" if is_history else "customer", columns)
    if is_history and label is not None:
        found.notes.append(
            f"{label.source} is no label here: customers have many rows, and who left is seen in later ones"
        )
        label = None
    for proposal in columns:
        _assign(proposal, key=key, label=label, time=time if is_history else None, is_history=is_history)
        if proposal.column is key:
            proposal.warning = warning
    if key is None and is_history:
        found.notes.append("NO KEY FOUND: give the column that names the customer the role key")
    elif key is None:
        found.generated_key, found.copies = True, exact_copies
        found.notes.append(
            "no column names the customer: the key is made of the whole row, so equal rows are one customer"
        )
    else:
        found.nobody = key.empty
    if is_history and key is not None and time is not None:
        _look_for_weeks(found, key, time)
    if label is not None:
        left, stayed, doubt = left_and_stayed(label)
        found.label = (left, stayed)
        next(each for each in columns if each.column is label).warning = doubt
        _look_for_leaks(columns, label, left)
    if not is_history and label is None:
        found.notes.append(f"NO LABEL FOUND: {label_hint(profiles)}")
        if time is not None and key is not None:
            found.notes.append(
                f"a history of {key.source} cannot be made: each has one row only. Where another table says whose it "
                "is, join them by a query on the files (docs/your-own-data.md, joined and computed columns)"
            )
    _one_slot_each(columns)
    _one_revenue(columns, found)
    return found


def _look_for_weeks(found: TableProposal, key: ColumnProfile, time: ColumnProfile) -> None:
    """Grain week, when no customer has two rows of one time and all times are of one day of the week."""
    days = {text: read for text in time.counts if (read := time.read(text)) is not None}
    weekdays = {read.weekday() for read in days.values()}
    if len(weekdays) != 1 or len(days) < 2 or any(read.hour or read.minute for read in days.values()):
        return
    if len(set(zip(key.texts, time.texts, strict=True))) == len(key.texts):
        found.grain, found.week_start = "week", WEEKDAYS[weekdays.pop()]


def _assign(
    proposal: Proposal,
    *,
    key: ColumnProfile | None,
    label: ColumnProfile | None,
    time: ColumnProfile | None,
    is_history: bool,
) -> None:
    column, name = proposal.column, plain_name(proposal.column.source)
    proposal.theme = next((theme for pattern, theme in THEMES if re.search(pattern, name)), "")
    share = column.empty / max(column.rows, 1)
    if share:
        proposal.evidence.append(f"{share:.1%} empty")
    if column is key:
        proposal.role, proposal.evidence = "key", [f"{column.distinct:,} values in {column.rows:,} rows"]
    elif column is label:
        counts = ", ".join(f"{text} {count / column.known:.1%}" for text, count in column.counts.most_common(2))
        proposal.role, proposal.evidence = "label", [f"two values: {counts}"]
    elif column is time:
        proposal.role, proposal.evidence = "time", [_span(column)]
    elif column.type in ("date", "timestamp"):
        signup = re.search(r"signup|sign_up|join|start|since|created|regist|open|enrol", name) and not is_history
        proposal.role = "signup" if signup else "ignore"
        proposal.evidence.append(f"dates from {_span(column)}")
        if not signup:
            proposal.warning = "a date that may lie after the outcome: it would leak; signup dates have role signup"
    elif re.search(SENSITIVE_WORDS, name) and not re.search(NOT_SENSITIVE, name):
        proposal.role = "sensitive"
        proposal.slot = next((slot for pattern, slot in SLOTS if re.search(pattern, name)), "")
        proposal.evidence.append("the name speaks of a protected attribute: audited, never a model input")
    elif column.distinct <= 1:
        proposal.role = "ignore"
        proposal.evidence.append("one value only: says nothing")
    elif column.type == "bool" and is_history:
        proposal.role = "behaviour"
        proposal.evidence.append("yes or no: the rows that say yes are counted")
    elif column.type == "bool" or (column.distinct <= MAX_CATEGORIES and _is_named(column, name)):
        proposal.role = "category"
        proposal.evidence.append(f"{column.distinct} values")
    elif column.numbers is None:
        proposal.role = "ignore"
        proposal.evidence.append(f"text with {column.distinct:,} values")
        if column.is_unique:
            proposal.warning = "names the row: an id"
    elif column.is_unique and column.type == "int" and column.rows > 100:
        proposal.role, proposal.warning = "ignore", "every row has another whole number: an id or a running number"
    else:
        is_money = column.sign in CURRENCIES or (re.search(MONEY_WORDS, name) and not re.search(NOT_MONEY, name))
        proposal.role = "money" if is_money else "behaviour"
        low, high = column.quantile(0.0), column.quantile(1.0)
        proposal.evidence.append(f"{low:,.6g} to {high:,.6g}, median {column.quantile(0.5):,.6g}")
    if proposal.role == "category" and is_history and not proposal.evidence:
        proposal.evidence.append("the latest value before as_of counts")


def _is_named(column: ColumnProfile, name: str) -> bool:
    """Whether the values are names: texts, or whole numbers under a name that speaks of codes."""
    return column.numbers is None or (column.is_whole and bool(re.search(CODE_WORDS, name)))


def _span(column: ColumnProfile) -> str:
    if column.earliest is None or column.latest is None:
        return ""
    written = "%Y-%m-%d" if column.type == "date" else "%Y-%m-%d %H:%M"
    return f"{column.earliest:{written}} to {column.latest:{written}}"


def _look_for_leaks(columns: Sequence[Proposal], label: ColumnProfile, positive: str) -> None:
    """The AUC of each column alone against the label; texts are ranked by how often their value left."""
    texts = {p.column.source: p for p in columns}
    outcome = np.array(texts[label.source].column.outcome(positive))
    for proposal in columns:
        if proposal.role in ("key", "label"):
            continue
        auc = single_auc(proposal.column, outcome)
        if proposal.role in ("behaviour", "money", "category"):
            proposal.evidence.append(f"alone AUC {auc:.2f}")
        if auc >= LEAK_AUC and proposal.role in ("behaviour", "money", "category"):
            proposal.role = "ignore"
            proposal.warning = f"LEAK? alone it ranks the label with AUC {auc:.3f}: known only after the outcome?"
        elif auc >= STRONG_AUC:
            proposal.warning = f"strong: alone it ranks the label with AUC {auc:.3f}; make sure it was known before"


def single_auc(column: ColumnProfile, outcome: npt.NDArray[np.bool_]) -> float:
    """The larger of a column's AUC and that of its reverse; missing values rank lowest."""
    scores = column.ranks(outcome)
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    positions = np.empty(len(scores))
    edges = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    ends = np.r_[edges[1:], len(ranked)]
    for start, end in zip(edges, ends, strict=True):
        positions[order[start:end]] = (start + end - 1) / 2
    leavers = int(outcome.sum())
    others = len(outcome) - leavers
    if not leavers or not others:
        return 0.5
    auc = (positions[outcome].sum() - leavers * (leavers - 1) / 2) / (leavers * others)
    return float(max(auc, 1 - auc))


def _one_slot_each(columns: Sequence[Proposal]) -> None:
    taken: set[str] = set()
    for proposal in columns:
        if proposal.slot in taken:
            proposal.slot = ""
        taken.add(proposal.slot)
    plans = [
        each
        for each in columns
        if each.role == "category"
        and each.column.type == "string"
        and re.search(r"contract|plan|tier|tariff|product|package", plain_name(each.column.source))
    ]
    plan = next(iter(plans), None)
    if plan is not None:
        plan.slot = "plan_group"


def _one_revenue(columns: Sequence[Proposal], table: TableProposal) -> None:
    money = [p for p in columns if p.role == "money"]
    table.currency = next((CURRENCIES[p.column.sign] for p in money if p.column.sign in CURRENCIES), "")
    paid = [p for p in money if not re.search(NOT_PAID, plain_name(p.column.source))]
    monthly = [p for p in paid if re.search(r"month|(^|_)mrr", plain_name(p.column.source))]
    if not paid:
        table.notes.append(
            "no column speaks of what the customer pays: no action pays for itself until one has "
            "`role: money, as: revenue`, or monthly_revenue says what each customer is worth"
        )
        return
    chosen = (monthly or paid)[0]
    chosen.slot = "revenue"
    unit = re.search(r"price|preis", plain_name(chosen.column.source))
    pieces = [p for p in columns if re.search(r"quantity|qty|units|menge|pieces", plain_name(p.column.source))]
    if table.kind == "history" and unit and pieces:
        chosen.warning = (
            f"a price of one piece? What is paid is {pieces[0].column.source} x {chosen.column.source}: select it with "
            "a query on the files (docs/your-own-data.md, joined and computed columns)"
        )
    elif table.kind == "history" and chosen in monthly:
        chosen.warning = (
            "a monthly amount? Each row adds its own: divide it by the rows of a month, with a query on the files"
        )
    elif not monthly and table.kind == "snapshot":
        chosen.warning = "taken as what the customer pays a month: correct it if it is a total"
        if others := [p.column.source for p in paid if p is not chosen and _alike(p, chosen)]:
            chosen.warning += f"; give {', '.join(others)} as: revenue, too, if their sum is what is paid"


def _alike(one: Proposal, other: Proposal) -> bool:
    """Whether the names differ by one word: total day charge, total evening charge."""
    words, others = (plain_name(each.column.source).split("_") for each in (one, other))
    return len(words) == len(others) and sum(a != b for a, b in zip(words, others, strict=True)) == 1


def settle_names(tables: Sequence[tuple["Sample", TableProposal]]) -> None:
    """What two tables of a history both have: a profile's column is left out, an event's gets the table's name."""
    features: set[str] = set()
    slots: set[str] = set()
    for sample, table in sorted(tables, key=lambda pair: pair[1].kind != "history"):
        for each in table.columns:
            own = identifier(each.column.source)
            if each.role in ("behaviour", "money", "category"):
                if own in features and table.kind == "history":
                    each.name = own = f"{sample.name}_{own.removesuffix('_value')}"
                elif own in features:
                    each.role, each.slot = "ignore", ""
                    each.evidence.append("another table has it, too")
                    continue
                features.add(own)
            if each.slot and each.slot != "revenue" and each.slot in slots:
                each.slot = ""
            slots.add(each.slot)


def note_successions(tables: Sequence[tuple["Sample", TableProposal]]) -> None:
    """Notes where one table of events begins when another ends: later rows whose columns were renamed, perhaps."""
    spans = []
    for sample, table in tables:
        time = next((each.column for each in table.columns if each.role == "time"), None)
        if table.kind == "history" and time is not None and time.earliest and time.latest:
            spans.append((time.earliest, time.latest, sample, table))
    for (*_, latest, first, _), (earliest, _, _, later) in pairwise(sorted(spans, key=lambda span: span[:2])):
        if earliest > latest:
            later.notes.append(
                f"its rows begin when those of {first.name} end. If they are later rows of the same kind, make one "
                "table of the two by a query on the files (union all), else each has features of its own"
            )
