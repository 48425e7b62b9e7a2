"""Which role each column seems to play, and why: the proposal of ``engage init``, for a person to correct."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engage_assets.extracts.contract import Role
from engage_assets.extracts.naming import identifier
from engage_assets.extracts.profiling import MAX_CATEGORIES, ColumnProfile

LEAK_AUC = 0.95
"""A column that alone ranks the label better than this is more likely its consequence than its cause."""
STRONG_AUC = 0.85
MAX_LABEL_VALUES = 5
"""A column of more values is no label that a word or two were added to."""

LABEL_WORDS = r"churn|left|leave|leaver|exited|attrition|cancel|lapsed|terminated|retained|target|label"
KEY_WORDS = r"(^|_)(id|key|customer|client|user|account|member|subscriber|msisdn|email)(_|$)|_id$|^id"
SENSITIVE_WORDS = (
    r"gender|sex$|(^|_)age(_|$)|senior|race|ethnic|religio|nationalit|marital|married|disab|orientation|birth|"
    r"country|region|state$|city|location|zip|postal|geograph"
)
MONEY_WORDS = (
    r"charge|price|amount|revenue|spend|spent|cost|value|dollar|paid|fee|bill|balance|usd|eur|gbp|sales|turnover"
)
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


@dataclass
class Proposal:
    """What is proposed of one column, and the evidence."""

    column: ColumnProfile
    role: Role
    evidence: list[str] = field(default_factory=list)
    slot: str = ""
    theme: str = ""
    warning: str = ""


@dataclass
class TableProposal:
    """What is proposed of one file."""

    kind: str
    grain: str
    columns: list[Proposal]
    notes: list[str] = field(default_factory=list)
    generated_key: bool = False
    copies: int = 0


def propose(profiles: Sequence[ColumnProfile], *, exact_copies: int = 0) -> TableProposal:
    """Roles of the columns of one table. exact_copies: rows that equal an earlier row."""
    columns = [Proposal(column, "behaviour") for column in profiles]
    label = _label(profiles)
    time = next((p for p in profiles if p.type in ("date", "timestamp") and p.empty == 0), None)
    key = _key(profiles, label)
    repeated = key is not None and not key.is_unique
    is_history = label is None and time is not None and (key is None or repeated)
    found = TableProposal("history" if is_history else "snapshot", "event" if is_history else "customer", columns)
    for proposal in columns:
        _assign(proposal, key=key, label=label, time=time if is_history else None, is_history=is_history)
    if key is None:
        found.generated_key, found.copies = True, exact_copies
        found.notes.append(
            "no column names the customer: the key is made of the whole row, so equal rows are one customer"
        )
    if label is not None:
        _look_for_leaks(columns, label)
    if not is_history and label is None:
        found.notes.append(f"NO LABEL FOUND: {_label_hint(profiles)}")
    _one_slot_each(columns)
    _one_revenue(columns, found)
    return found


def _key(profiles: Sequence[ColumnProfile], label: ColumnProfile | None) -> ColumnProfile | None:
    named = [p for p in profiles if p is not label and re.search(KEY_WORDS, identifier(p.source)) and p.empty == 0]
    named = [p for p in named if p.distinct > max(20, p.rows * 0.01) and p.type in ("string", "int")]
    unique = [p for p in named if p.is_unique] or [p for p in profiles if p.is_unique and p.type == "string"]
    return next(iter(unique or named), None)


def _label(profiles: Sequence[ColumnProfile]) -> ColumnProfile | None:
    binary = [p for p in profiles if p.distinct == 2 and p.empty == 0]
    named = [p for p in binary if re.search(LABEL_WORDS, identifier(p.source))]
    return named[-1] if named else None


def _label_hint(profiles: Sequence[ColumnProfile]) -> str:
    """What to do when no column has two values and a name that speaks of leaving."""
    for each in profiles:
        if re.search(LABEL_WORDS, identifier(each.source)) and 2 <= each.distinct <= MAX_LABEL_VALUES:
            values = ", ".join(map(repr, sorted(each.counts)))
            empty = f" and {each.empty:,} empty rows" if each.empty else ""
            return (
                f"{each.source} may be it, with the values {values}{empty}. Give it role label, and say which mean "
                "left (true) and stayed (false); name others under null_tokens: their rows are scored, not learnt from"
            )
    return "give the column that says who left the role label"


def _assign(
    proposal: Proposal,
    *,
    key: ColumnProfile | None,
    label: ColumnProfile | None,
    time: ColumnProfile | None,
    is_history: bool,
) -> None:
    column, name = proposal.column, identifier(proposal.column.source)
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
        proposal.role, proposal.evidence = "time", [f"{min(column.counts)} to {max(column.counts)}"]
    elif column.type in ("date", "timestamp"):
        signup = re.search(r"signup|sign_up|join|start|since|created|registered|open", name)
        proposal.role = "signup" if signup else "ignore"
        proposal.evidence.append(f"dates from {min(column.counts)} to {max(column.counts)}")
        if not signup:
            proposal.warning = "a date that may lie after the outcome: it would leak; signup dates have role signup"
    elif re.search(SENSITIVE_WORDS, name):
        proposal.role = "sensitive"
        proposal.slot = next((slot for pattern, slot in SLOTS if re.search(pattern, name)), "")
        proposal.evidence.append("the name speaks of a protected attribute: audited, never a model input")
    elif column.distinct <= 1:
        proposal.role = "ignore"
        proposal.evidence.append("one value only: says nothing")
    elif column.type == "bool" or (column.numbers is None and column.distinct <= MAX_CATEGORIES):
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
        proposal.role = "money" if re.search(MONEY_WORDS, name) and column.quantile(0.0) >= 0 else "behaviour"
        low, high = column.quantile(0.0), column.quantile(1.0)
        proposal.evidence.append(f"{low:,.6g} to {high:,.6g}, median {column.quantile(0.5):,.6g}")
    if proposal.role == "category" and is_history and not proposal.evidence:
        proposal.evidence.append("the latest value before as_of counts")


def _look_for_leaks(columns: Sequence[Proposal], label: ColumnProfile) -> None:
    """The AUC of each column alone against the label; texts are ranked by how often their value left."""
    positive = sorted(label.counts)[-1]
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
        and re.search(r"contract|plan|tier|tariff|product|package", identifier(each.column.source))
    ]
    plan = next(iter(plans), None)
    if plan is not None:
        plan.slot = "plan_group"


def _one_revenue(columns: Sequence[Proposal], table: TableProposal) -> None:
    money = [p for p in columns if p.role == "money"]
    monthly = [p for p in money if re.search(r"month", identifier(p.column.source))]
    if money:
        (monthly or money)[0].slot = "revenue"
        if not monthly and table.kind == "snapshot":
            (monthly or money)[0].warning = "taken as what the customer pays a month: correct it if it is a total"
    else:
        table.notes.append(
            "no column speaks of money: values and actions are worth 0 until one has `role: money, as: revenue`"
        )
