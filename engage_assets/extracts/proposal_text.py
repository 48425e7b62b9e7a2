"""The proposal as the text of a contract: every line can be edited, every guess says on what it rests."""

import json
from collections.abc import Sequence

from engage_assets.extracts.naming import words
from engage_assets.extracts.profiling import MAX_CATEGORIES, ColumnProfile
from engage_assets.extracts.proposing import Proposal, TableProposal
from engage_assets.extracts.sampling import Sample

HEAD = """\
# Proposed by `engage init` from the first {rows:,} rows. Check every line; `engage validate` says what it would do.
#
# role   key, time, signup, behaviour, money, category, sensitive (audited, never an input), label, ignore
# as     age_band, gender, location (of sensitive), plan_group, customer_group (of category), revenue (of money)
# theme  the words of reasons and actions: recency, activity_level, activity_trend, social, satisfaction, payment,
#        friction, tenure, spending, profile
"""

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
    """The contract of a folder: a labelled snapshot when a table has a label, else a history."""
    snapshot = next((pair for pair in samples if pair[1].kind == "snapshot"), None)
    history = [pair for pair in samples if pair[1].kind == "history"]
    chosen = list(samples) if history else [snapshot] if snapshot else []
    kind = "history" if history else "snapshot"
    lines = [HEAD.format(rows=max((sample.rows for sample, _ in samples), default=0))]
    lines += [f"name: {name}", f"kind: {kind}"]
    if kind == "history":
        lines += [
            "horizon_days: 28 # who is not seen in this many days after as_of has left; longer for rare purchases",
            "time_zone: UTC # of times without an offset",
            "week_start: monday",
        ]
    else:
        lines.append("# as_of: 2026-11-16 # when the rows were true; without it, the end of the last week")
    lines += [
        "currency: USD",
        "words: {customer: customer, customers: customers}",
        '# accepted_findings: {fairness: "why a difference between the groups is acceptable"} # else the gate refuses',
        "",
        "tables:",
    ]
    for pair in chosen:
        if pair is not None:
            lines += _table(*pair)
    left_out = [sample.files for sample, _ in samples if all(pair is None or pair[0] is not sample for pair in chosen)]
    if left_out:
        lines.append(f"# not used, a snapshot is one table: {', '.join(left_out)}")
    return "\n".join(lines) + "\n" + ACTIONS.format(currency="usd")


def _table(sample: Sample, proposal: TableProposal) -> list[str]:
    lines = [f"  {sample.name}: # {sample.rows:,} rows looked at", f"    files: {_quoted(sample.files)}"]
    if sample.sniffed is not None:
        dialect = sample.sniffed.dialect
        lines.append(f"    delimiter: {_quoted(dialect.delimiter)} # {sample.sniffed.evidence}")
        if dialect.encoding != "utf-8":
            lines.append(f"    encoding: {dialect.encoding} # the bytes are no UTF-8")
        if not dialect.header:
            lines.append("    header: false")
    else:
        lines.append(f"    format: {sample.format}")
    if any(each.column.decimal == "," for each in proposal.columns):
        lines.append('    decimal: ","')
    lines.append(f"    grain: {proposal.grain} # customer (one row each), week or event")
    lines += [f"    # {note}" for note in proposal.notes]
    if proposal.generated_key:
        lines.append("    generated_key: true")
        if proposal.copies:
            share = proposal.copies / sample.rows
            limit = min(0.9, round(share * 1.5 + 0.005, 2))
            lines.append(f"    max_quarantined_share: {limit} # {proposal.copies:,} exact copies, {share:.1%}")
    return [*lines, "    columns:", *(_column(each) for each in proposal.columns)]


def _column(proposal: Proposal) -> str:
    column = proposal.column
    parts = [f"role: {proposal.role}"]
    if proposal.slot:
        parts.append(f"as: {proposal.slot}")
    parts += _type(proposal)
    if proposal.theme and proposal.role in ("behaviour", "category"):
        parts.append(f"theme: {proposal.theme}")
    if proposal.role == "behaviour" and column.quantile(0.95) > 0:
        parts.append(f"cap: {column.quantile(0.95):.6g}")
    if column.odd_tokens and proposal.role not in ("key", "ignore"):
        parts.append(f"null_tokens: [{', '.join(_quoted(token) for token in ('', *column.odd_tokens))}]")
    if proposal.role in ("behaviour", "money", "category", "sensitive"):
        parts.append(f"label: {_quoted(words(column.source))}")
    notes = [*proposal.evidence, column.date_doubt, proposal.warning]
    comment = "; ".join(note for note in notes if note)
    return f"      {_quoted(column.source)}: {{{', '.join(parts)}}}" + (f" # {comment}" if comment else "")


def _type(proposal: Proposal) -> list[str]:
    column, role = proposal.column, proposal.role
    if role == "label":
        positive = sorted(column.counts)[-1]
        negative = sorted(column.counts)[0]
        return [f'"true": [{_quoted(positive)}], "false": [{_quoted(negative)}]']
    if role in ("time", "signup"):
        written = [f"date_format: {_quoted(column.date_format)}"] if column.date_format else []
        return [f"type: {column.type}", *written]
    if role == "category":
        if column.type == "bool":
            return ["type: bool"]
        return [f"categories: [{', '.join(_quoted(text) for text, _ in column.counts.most_common(MAX_CATEGORIES))}]"]
    if role == "sensitive" and column.numbers is not None and column.type != "bool":
        return [f"type: {column.type}", *_bands(column)]
    return [f"type: {column.type}"] if role in ("behaviour", "money") and column.type == "int" else []


def _bands(column: ColumnProfile) -> list[str]:
    values = sorted({float(text) for text in column.counts}) if column.distinct <= 10 else []
    limits = values[1:] or sorted({round(column.quantile(share)) for share in (0.2, 0.4, 0.6, 0.8)})
    return [f"bands: [{', '.join(f'{limit:g}' for limit in limits)}]"] if limits else []


def _quoted(text: str) -> str:
    """The text as YAML takes it for nothing else."""
    return json.dumps(text, ensure_ascii=False)
