"""Gates on the data: are the rows all accounted for, current, filled in, and older than their outcomes.

The two gates that compare whole tables are in ``rules_tables``.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from engage_assets.checks.result import EvidenceError, GateResult, gate
from engage_assets.contracts import REFUSAL_SHARE

# The activity of a week comes from daily batches. One late batch is an ordinary Monday; two days of silence from every
# customer is a feed that stopped, and recency, the strongest feature, would be wrong for all of them.
MAX_SILENCE = timedelta(days=2)

# Features are made non-null wherever a value can be stated, so one customer in twenty without a value points at the
# pipeline. A feature that is null by definition more often (no transactions, no history yet) states its own budget.
DEFAULT_NULL_BUDGET = 0.05

# The outcome window: churned means no activity in (as_of, as_of + 30 days].
OUTCOME_DAYS = 30

ACCOUNTING_LIMIT = f"rows in = kept + quarantined, at most {REFUSAL_SHARE:.0%} quarantined, no empty table"
FRESHNESS_LIMIT = f"one row per customer, latest activity within {MAX_SILENCE.days} days of as_of and not after it"
NULL_LIMIT = "no column above its budget of nulls"
MATURITY_LIMIT = f"every label's as_of + {OUTCOME_DAYS} days is not after the last observed day"


def _account(row: Mapping[str, Any], may_be_empty: bool, limit: float) -> tuple[float, str | None]:
    """The quarantined share of one table, and what is wrong with its account."""
    counts = [row.get(name) for name in ("rows_in", "rows_kept", "rows_quarantined")]
    if any(isinstance(count, bool) or not isinstance(count, int) or count < 0 for count in counts):
        return 1.0, f"has the counts {counts}, which are not all whole numbers from 0"
    rows_in, kept, quarantined = (int(count or 0) for count in counts)
    if rows_in != kept + quarantined:
        return 1.0, f"has {rows_in:,} rows in, but {kept:,} kept and {quarantined:,} quarantined"
    if rows_in == 0:
        return 0.0, None if may_be_empty else "has no rows"
    share = quarantined / rows_in
    return share, f"has {quarantined:,} of {rows_in:,} rows in quarantine" if share > limit else None


@gate("row_accounting", ACCOUNTING_LIMIT)
def row_accounting(
    accounting: Iterable[Mapping[str, Any]],
    *,
    expected_tables: Iterable[str],
    may_be_empty: frozenset[str] = frozenset(),
    limits: Mapping[str, float] | None = None,
) -> GateResult:
    """Every row of every extract was kept or quarantined, and few enough were quarantined.

    accounting: rows with source_table, rows_in, rows_kept, rows_quarantined. expected_tables: each must occur exactly
    once. limits: quarantined shares that are accepted for tables whose contract says another than ``REFUSAL_SHARE``.
    The value is the largest quarantined share.
    """
    rows = list(accounting)
    expected = sorted(expected_tables)
    found = sorted(str(row.get("source_table")) for row in rows)
    if not expected or found != expected:
        raise EvidenceError(
            f"the accounting covers {', '.join(found) or 'no table'}; expected {', '.join(expected) or 'at least one'}"
        )
    shares: dict[str, float] = {}
    faults = []
    for row in rows:
        table = str(row["source_table"])
        shares[table], fault = _account(row, table in may_be_empty, (limits or {}).get(table, REFUSAL_SHARE))
        if fault:
            faults.append(f"{table} {fault}")
    worst = max(shares.values())
    if faults:
        message = "; ".join(faults) + "; look into the quarantine, repair the export and deliver the week again"
        return GateResult.failed("row_accounting", worst, ACCOUNTING_LIMIT, message, quarantined_share=shares)
    message = f"{sum(row['rows_in'] for row in rows):,} rows in {len(rows)} tables are accounted for"
    return GateResult.passed("row_accounting", worst, ACCOUNTING_LIMIT, message, quarantined_share=shares)


@gate("feature_freshness", FRESHNESS_LIMIT)
def feature_freshness(
    *, week: date, feature_rows: int, customers: int, latest_activity_at: datetime | None
) -> GateResult:
    """The week's features exist for every customer and were built from the whole week.

    feature_rows, customers: row counts of the week. latest_activity_at: the latest activity in the week, UTC.
    The value is the silence before as_of, in days.
    """
    as_of = datetime.combine(week, time.min) + timedelta(days=7)
    if not (feature_rows > 0 and customers > 0):
        raise EvidenceError(
            f"week {week.isoformat()} has {feature_rows:,} feature rows for {customers:,} customers; "
            "build the features first"
        )
    if latest_activity_at is None:
        raise EvidenceError(f"no activity is known in the week {week.isoformat()}; deliver the activity extract")
    silence = as_of - latest_activity_at.replace(tzinfo=None)
    days = silence / timedelta(days=1)
    faults = []
    if feature_rows != customers:
        faults.append(f"{feature_rows:,} feature rows for {customers:,} customers")
    if silence < timedelta(0):
        faults.append(
            f"activity at {latest_activity_at} is later than as_of {as_of}: the features have read the future"
        )
    if silence > MAX_SILENCE:
        faults.append(f"the latest activity is {days:.1f} days before as_of: the activity extract is not complete")
    details = {"feature_rows": feature_rows, "customers": customers}
    if faults:
        return GateResult.failed("feature_freshness", days, FRESHNESS_LIMIT, "; ".join(faults), **details)
    message = f"{feature_rows:,} customers, latest activity {days:.1f} days before as_of"
    return GateResult.passed("feature_freshness", days, FRESHNESS_LIMIT, message, **details)


@gate("feature_freshness", FRESHNESS_LIMIT)
def features_complete(*, week: date, feature_rows: int, customers: int) -> GateResult:
    """For a snapshot, which knows no activity: every customer has features. The value is the number of rows."""
    if not (feature_rows > 0 and customers > 0):
        raise EvidenceError(f"week {week.isoformat()} has {feature_rows:,} feature rows for {customers:,} customers")
    if feature_rows != customers:
        message = f"{feature_rows:,} feature rows for {customers:,} customers"
        return GateResult.failed("feature_freshness", float(feature_rows), FRESHNESS_LIMIT, message)
    message = f"{feature_rows:,} customers have features; a snapshot has no activity whose age could be judged"
    return GateResult.insufficient("feature_freshness", float(feature_rows), FRESHNESS_LIMIT, message)


def null_shares(features: pa.Table, columns: Iterable[str]) -> dict[str, float]:
    """Share of null or NaN by column; features must have rows."""
    shares = {}
    for name in columns:
        column = features[name]
        empty = column.null_count
        if pa.types.is_floating(column.type):
            empty += pc.sum(pc.is_nan(column), min_count=0).as_py() or 0
        shares[name] = empty / features.num_rows
    return shares


@gate("null_budget", NULL_LIMIT)
def null_budget(
    features: pa.Table,
    *,
    columns: Iterable[str],
    budgets: Mapping[str, float] | None = None,
    default: float = DEFAULT_NULL_BUDGET,
) -> GateResult:
    """No feature is null more often than its budget allows; NaN counts as null.

    columns: the features. budgets: share of nulls allowed, 0-1, for columns that differ from ``default``.
    The value is the largest share above its budget, or the largest share when none is above.
    """
    budgets = budgets or {}
    names = list(columns)
    if features.num_rows == 0 or not names:
        raise EvidenceError(f"{features.num_rows} rows and {len(names)} features; build the features first")
    absent = sorted({*names, *budgets} - set(features.column_names))
    if absent:
        raise EvidenceError(f"the features lack the columns {', '.join(absent)}; add them or drop them from the list")
    shares = null_shares(features, names)
    above = {name: share for name, share in shares.items() if not share <= budgets.get(name, default)}
    if above:
        listed = ", ".join(
            f"{name} {share:.1%} (budget {budgets.get(name, default):.1%})" for name, share in sorted(above.items())
        )
        return GateResult.failed(
            "null_budget", max(above.values()), NULL_LIMIT, f"too many nulls: {listed}", above=above
        )
    worst = max(shares, key=lambda name: shares[name])
    message = f"{len(names)} features within budget; {worst} has most nulls, {shares[worst]:.1%}"
    return GateResult.passed("null_budget", shares[worst], NULL_LIMIT, message)


@gate("label_maturity", MATURITY_LIMIT)
def label_maturity(
    *,
    training_rows: int,
    max_label_as_of: date | datetime | None,
    observed_through: date | datetime,
    outcome_days: int = OUTCOME_DAYS,
) -> GateResult:
    """No training row has an outcome that was still open when the week closed.

    max_label_as_of: the latest as_of among the training rows. observed_through: as_of of the run.
    The value is the number of days between the end of the latest outcome window and observed_through.
    """
    if not training_rows > 0 or max_label_as_of is None:
        raise EvidenceError(
            f"the training set has {training_rows} rows; at least {outcome_days} days of history are needed"
        )
    margin = _midnight(observed_through) - _midnight(max_label_as_of) - timedelta(days=outcome_days)
    days = margin / timedelta(days=1)
    if margin < timedelta(0):
        message = (
            f"labels of as_of {max_label_as_of} need {-days:g} more days of observation after {observed_through}; "
            "leave their week out of the training set"
        )
        return GateResult.failed("label_maturity", days, MATURITY_LIMIT, message)
    message = f"the latest outcome window closed {days:g} days before {observed_through}"
    return GateResult.passed("label_maturity", days, MATURITY_LIMIT, message, training_rows=training_rows)


@gate("label_maturity", MATURITY_LIMIT)
def label_given(training_rows: int) -> GateResult:
    """For a snapshot, whose label came with it: nothing shows when it was observed, so it cannot be judged."""
    if training_rows <= 0:
        raise EvidenceError("no customer has a label; deliver rows whose outcome is known")
    message = f"{training_rows:,} labels came with the extract; nothing shows when they were observed"
    return GateResult.insufficient("label_maturity", float(training_rows), MATURITY_LIMIT, message)


def _midnight(day: date | datetime) -> datetime:
    if isinstance(day, datetime):
        return day.replace(tzinfo=None)
    return datetime.combine(day, time.min)
