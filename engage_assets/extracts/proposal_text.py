"""The proposal as the text of a contract: every line can be edited, every guess says on what it rests."""

import json
import math
import re
from collections.abc import Sequence

from engage_assets.extracts.naming import plain_name, words
from engage_assets.extracts.profiling import MAX_CATEGORIES, ColumnProfile
from engage_assets.extracts.proposed_roles import left_and_stayed
from engage_assets.extracts.proposing import LAST_WORDS, MEAN_WORDS, Proposal, TableProposal
from engage_assets.extracts.sampling import Sample

HEAD = """\
# Proposed by `engage init` from the first {rows:,} rows. Check every line; `engage validate` says what it would do.
#
# role   key, time, signup, behaviour, money, category, sensitive (audited, never an input), label, ignore
# as     age_band, gender, location (of sensitive), plan_group, customer_group (of category), revenue (of money)
# theme  the words of reasons and actions: recency, activity_level, activity_trend, social, satisfaction, payment,
#        friction, tenure, spending, profile
"""

JOIN = "Tables are joined by a query on the files: docs/your-own-data.md, joined and computed columns"

ACTIONS = """
# What can be done, what it costs, and what it changes: a relative reduction of the churn probability by the theme of a
# customer's reasons. These two are placeholders: the holdout of a tenth is there to measure yours.
actions:
  personal_message:
    name: Personal message
    channel: email
    cost_{currency}: 0.10
    eligible_when: []
    effect_by_theme: {{recency: 0.06, activity_level: 0.05, activity_trend: 0.06}}
    default_effect: 0.03
    description: A message about what the customer used most.
  personal_offer:
    name: Personal offer
    channel: phone
    cost_{currency}: 5.00
    eligible_when: []
    effect_by_theme: {{payment: 0.15, spending: 0.12, friction: 0.12, satisfaction: 0.12}}
    default_effect: 0.06
    description: A call with an offer that answers the customer's main reason.
"""


def contract_text(name: str, samples: Sequence[tuple[Sample, TableProposal]]) -> str:
    """The contract of a folder: a history when a table is one, else the labelled snapshot."""
    chosen = chosen_tables(samples)
    is_history = any(proposal.kind == "history" for _, proposal in chosen)
    currency = next((proposal.currency for _, proposal in chosen if proposal.currency), "USD")
    lines = [HEAD.format(rows=max((sample.rows for sample, _ in samples), default=0))]
    lines += [f"name: {name}", f"kind: {'history' if is_history else 'snapshot'}"]
    if is_history:
        starts = {proposal.week_start for _, proposal in chosen if proposal.week_start}
        lines += [
            "horizon_days: 28 # who is not seen in this many days after as_of has left; longer for rare purchases",
            "time_zone: UTC # of times without an offset",
            f"week_start: {starts.pop() if len(starts) == 1 else 'monday'}",
        ]
    else:
        lines.append("# as_of: 2026-11-16 # when the rows were true; without it, the end of the last week")
    lines += [
        f"currency: {currency}",
        *(["# monthly_revenue: 25 # what each customer is worth a month"] if not has_revenue(chosen) else []),
        "words: {customer: customer, customers: customers}",
        '# accepted_findings: {fairness: "why a difference between the groups is acceptable"} # else the gate refuses',
        "",
        "tables:",
    ]
    for sample, proposal in chosen:
        lines += _table(sample, proposal, in_history=is_history)
    for sample, reason in left_out(samples):
        lines.append(f"  # {_place(sample)} is not used: {reason}")
    return "\n".join(lines) + "\n" + ACTIONS.format(currency="usd")


def chosen_tables(samples: Sequence[tuple[Sample, TableProposal]]) -> list[tuple[Sample, TableProposal]]:
    """The tables of the proposed contract.

    A history takes the tables with times and those of profiles with the same customers; a snapshot is one table.
    """
    history = [pair for pair in samples if pair[1].kind == "history"]
    if not history:
        labelled = [pair for pair in samples if pair[1].label[0]]
        return [max(labelled or samples, key=lambda pair: len(pair[0].profiles))] if samples else []
    keys = {proposal.key.source for _, proposal in history if proposal.key is not None}
    profiles = [
        pair
        for pair in samples
        if pair[1].kind == "snapshot"
        and pair[1].key is not None
        and pair[1].key.source in keys
        and not pair[1].label[0]
    ]
    return [pair for pair in samples if pair in history or pair in profiles]


def has_revenue(chosen: Sequence[tuple[Sample, TableProposal]]) -> bool:
    """Whether a column is proposed as what the customer pays."""
    return any(each.slot == "revenue" for _, proposal in chosen for each in proposal.columns)


def left_out(samples: Sequence[tuple[Sample, TableProposal]]) -> list[tuple[Sample, str]]:
    """The tables that are not in the proposed contract, and why."""
    chosen = chosen_tables(samples)
    is_history = any(proposal.kind == "history" for _, proposal in chosen)
    found = []
    for sample, proposal in samples:
        if any(sample is each for each, _ in chosen):
            continue
        if not is_history:
            reason = f"a snapshot is one table. {JOIN}"
        elif proposal.label[0]:
            reason = (
                "a history derives its own outcome. To learn from this table's label, make a snapshot: of the table "
                f"alone, in a folder of its own, or joined. {JOIN}"
            )
        else:
            reason = f"it does not name the customers of the others. {JOIN}"
        found.append((sample, reason))
    return found


def _place(sample: Sample) -> str:
    return sample.files or f"{sample.name} of {sample.database}"


def _table(sample: Sample, proposal: TableProposal, *, in_history: bool) -> list[str]:
    lines = [f"  {sample.name}: # {sample.rows:,} rows looked at"]
    if sample.database:
        lines += [f"    database: {_quoted(sample.database)}", f"    query: {_quoted(sample.query)}"]
    else:
        lines.append(f"    files: {_quoted(sample.files)}")
    if sample.sniffed is not None:
        dialect = sample.sniffed.dialect
        lines.append(f"    delimiter: {_quoted(dialect.delimiter)} # {sample.sniffed.evidence}")
        if dialect.encoding != "utf-8":
            lines.append(f"    encoding: {dialect.encoding} # the bytes are no UTF-8")
        if not dialect.header:
            lines.append("    header: false")
    elif sample.format:
        lines.append(f"    format: {sample.format}")
    if any(each.column.decimal == "," for each in proposal.columns):
        lines.append('    decimal: ","')
    lines.append(f"    grain: {proposal.grain} # customer (one row each), week or event")
    lines += [f"    # {note}" for note in (*sample.notes, *notes_of(proposal, in_history=in_history))]
    if proposal.generated_key:
        lines.append("    generated_key: true")
        lines += _allowance(proposal.copies, sample.rows, "exact copies")
    elif proposal.nobody:
        lines += _allowance(proposal.nobody, sample.rows, "rows without a customer")
    written = [_column(each, in_history=in_history and proposal.kind == "history") for each in proposal.columns]
    return [*lines, "    columns:", *written]


def notes_of(proposal: TableProposal, *, in_history: bool) -> list[str]:
    """What a person should know of a table; the profiles of a history need no label and no money."""
    if in_history and proposal.kind == "snapshot":
        return [note for note in proposal.notes if not note.startswith(("NO LABEL", "no column speaks of what"))]
    return proposal.notes


def _allowance(rows: int, of: int, what: str) -> list[str]:
    """The share that may go to quarantine, half as much again as was seen."""
    share = rows / of
    return [
        f"    max_quarantined_share: {min(0.9, round(share * 1.5 + 0.005, 2))} # {rows:,} {what}, {share:.1%}"
    ] * bool(rows)


def _column(proposal: Proposal, *, in_history: bool) -> str:
    column = proposal.column
    parts = [f"role: {proposal.role}"]
    if proposal.name:
        parts.append(f"name: {proposal.name}")
    if proposal.slot:
        parts.append(f"as: {proposal.slot}")
    parts += _type(proposal)
    if column.sign and proposal.role in ("behaviour", "money"):
        parts.append(f"remove: {_quoted(column.sign + ' ')}")
    if proposal.role == "money" and column.quantile(0.0) < 0:
        parts.append(f"min: {math.floor(column.quantile(0.0)):d}")
        proposal.evidence.append("refunds are kept; without min, amounts below 0 go to quarantine")
    if proposal.theme and proposal.role in ("behaviour", "category"):
        parts.append(f"theme: {proposal.theme}")
    if proposal.role == "behaviour" and in_history and (how := _aggregate(column)):
        parts.append(f"aggregate: {how}")
    if proposal.role == "behaviour" and column.quantile(0.95) > 0:
        parts.append(f"cap: {column.quantile(0.95):.6g}")
    if column.odd_tokens and proposal.role not in ("key", "ignore"):
        parts.append(f"null_tokens: [{', '.join(_quoted(token) for token in ('', *column.odd_tokens))}]")
    if proposal.role in ("behaviour", "money", "category", "sensitive"):
        parts.append(f"label: {_quoted(words(column.source))}")
    notes = [*proposal.evidence, column.date_doubt, proposal.warning]
    comment = "; ".join(note for note in notes if note)
    return f"      {_quoted(column.source)}: {{{', '.join(parts)}}}" + (f" # {comment}" if comment else "")


def _aggregate(column: ColumnProfile) -> str:
    """How the rows of a week become one number, where their sum would mean nothing."""
    name = plain_name(column.source)
    return "mean" if re.search(MEAN_WORDS, name) else "last" if re.search(LAST_WORDS, name) else ""


def _type(proposal: Proposal) -> list[str]:
    column, role = proposal.column, proposal.role
    if role == "label":
        left, stayed, _ = left_and_stayed(column)
        return [f'"true": [{_quoted(left)}], "false": [{_quoted(stayed)}]']
    if role == "key":
        return ["type: int"] if column.type == "float" else []
    if role in ("time", "signup"):
        written = [f"date_format: {_quoted(column.date_format)}"] if column.date_format else []
        return [f"type: {column.type}", *written]
    if role == "category":
        if column.type == "bool":
            return ["type: bool"]
        return [f"categories: [{', '.join(_quoted(text) for text, _ in column.counts.most_common(MAX_CATEGORIES))}]"]
    if role == "sensitive" and column.numbers is not None and column.type != "bool":
        return [f"type: {column.type}", *_bands(column)]
    if role == "behaviour" and column.type == "bool":
        return ["type: bool"]
    return [f"type: {column.type}"] if role in ("behaviour", "money") and column.type == "int" else []


def _bands(column: ColumnProfile) -> list[str]:
    values = sorted({float(text) for text in column.counts}) if column.distinct <= 10 else []
    limits = values[1:] or sorted({round(column.quantile(share)) for share in (0.2, 0.4, 0.6, 0.8)})
    return [f"bands: [{', '.join(f'{limit:g}' for limit in limits)}]"] if limits else []


def _quoted(text: str) -> str:
    """The text as YAML takes it for nothing else."""
    return json.dumps(text, ensure_ascii=False)
