"""The week in figures: the summary row, its interval, and the last published week before it."""

import math
from dataclasses import dataclass, fields
from datetime import date

from engage_reports.frames import NotAvailable, Tables, as_day, number, one_row, optional_number, ratio, rows, text
from engage_reports.wording import Interval

Z95 = 1.959964
"""Half-width of a 95 % normal interval in standard errors."""


@dataclass(frozen=True)
class Headline:
    """One week's summary row (analytics.weekly_summary) and the shares that follow from it."""

    customers: float
    active_customers_30d: float
    daily_active_users: float
    new_customers: float
    mean_engagement_score: float
    revenue_30d_usd: float
    expected_leavers: float
    expected_leavers_active: float
    revenue_at_risk_usd: float
    high_risk_customers: float
    actions: float
    action_cost_usd: float
    expected_action_value_usd: float
    holdout_customers: float

    @property
    def active_share(self) -> float:
        """Active in 30 days, of all customers."""
        return ratio(self.active_customers_30d, self.customers)

    @property
    def stickiness(self) -> float:
        """Daily actives, of the customers active in 30 days."""
        return ratio(self.daily_active_users, self.active_customers_30d)

    @property
    def churn_rate(self) -> float:
        """Expected leavers, of all customers."""
        return ratio(self.expected_leavers, self.customers)

    @property
    def active_churn_rate(self) -> float:
        """Expected leavers among active customers."""
        return ratio(self.expected_leavers_active, self.active_customers_30d)

    @property
    def revenue_at_risk_share(self) -> float:
        """Revenue at risk, of the revenue of 30 days."""
        return ratio(self.revenue_at_risk_usd, self.revenue_30d_usd)

    @property
    def value_per_dollar(self) -> float | None:
        """Expected value after cost for each dollar spent; None when nothing is spent."""
        return self.expected_action_value_usd / self.action_cost_usd if self.action_cost_usd > 0 else None


@dataclass(frozen=True)
class PreviousWeek:
    """The last week published before this one."""

    week: date
    headline: Headline


@dataclass(frozen=True)
class Drift:
    """How far the scores moved since the previous published week (monitoring.score_drift)."""

    previous_week: date
    psi: float
    mean_probability: float
    previous_mean_probability: float


COLUMNS = tuple(field.name for field in fields(Headline))


def headline(tables: Tables) -> Headline:
    """The published week's summary row."""
    row = one_row(tables, "analytics.weekly_summary", COLUMNS)
    return Headline(**{column: number(row, column, "Weekly summary") for column in COLUMNS})


def leavers_interval(tables: Tables, expected: float) -> Interval | NotAvailable:
    """Expected leavers among active customers with a 95 % interval from the validation week.

    There, leavers observed / leavers predicted = r. Each reliability bin gives a standard error (its interval's width /
    2 z); pooled, they give r's interval. The range printed is the week's expected leavers times that interval, widened
    to hold the expected leavers themselves: where r differs from 1, nothing tells which of the two the week will be.
    """
    columns = ("bin", "predicted", "observed", "lower", "upper", "customers")
    bins = rows(tables, "analytics.reliability", columns)
    predicted = sum(number(b, "predicted", "Reliability") * number(b, "customers", "Reliability") for b in bins)
    if predicted <= 0:
        return NotAvailable("the validation week has no reliability bins")
    observed, variance = 0.0, 0.0
    for each in bins:
        size = number(each, "customers", "Reliability")
        observed += number(each, "observed", "Reliability") * size
        width = number(each, "upper", "Reliability") - number(each, "lower", "Reliability")
        variance += (width / (2 * Z95) * size) ** 2
    centre, spread = observed / predicted, Z95 * math.sqrt(variance) / predicted
    inputs = [
        expected,
        observed,
        predicted,
        *(number(b, end, "Reliability") for b in bins for end in ("lower", "upper")),
    ]

    def end(value: float, sign: str, kept: str) -> float:
        ratio = f"observed / predicted in the validation week {sign} 1.96 standard errors"
        return tables.ledger.derived(value, f"expected leavers x the {kept} of 1 and {ratio}", inputs)

    low, high = min(1.0, max(0.0, float(centre - spread))), max(1.0, float(centre + spread))
    return Interval(expected, end(float(expected) * low, "-", "smaller"), end(float(expected) * high, "+", "larger"))


def previous_week(tables: Tables, week: date) -> PreviousWeek | NotAvailable:
    """The last published week before ``week``."""
    history = rows(tables, "history.weekly_summary", ("week", *COLUMNS))
    earlier = [row for row in history if as_day(row, "week", "Published weeks") < week]
    if not earlier:
        return NotAvailable("this is the first published week")
    last = max(earlier, key=lambda row: as_day(row, "week", "Published weeks"))
    figures = {column: number(last, column, "Previous week's summary") for column in COLUMNS}
    return PreviousWeek(as_day(last, "week", "Published weeks"), Headline(**figures))


def weeks_so_far(tables: Tables, week: date) -> tuple[tuple[date, Headline], ...]:
    """All published weeks up to ``week``, oldest first."""
    history = rows(tables, "history.weekly_summary", ("week", *COLUMNS))
    found = {
        as_day(row, "week", "Published weeks"): Headline(**{c: number(row, c, "Published weeks") for c in COLUMNS})
        for row in history
    }
    return tuple(sorted(((day, each) for day, each in found.items() if day <= week), key=lambda pair: pair[0]))


def drift(tables: Tables) -> Drift | NotAvailable:
    """The drift of the scores against the previous published week."""
    columns = ("previous_week", "psi", "mean_probability", "previous_mean_probability")
    found = rows(tables, "monitoring.score_drift", columns)
    if not found or text(found[0], "previous_week") == "unknown" or optional_number(found[0], "psi") is None:
        return NotAvailable("there is no previous week to compare the scores with")
    row = found[0]
    return Drift(
        as_day(row, "previous_week", "Score drift"),
        number(row, "psi", "Score drift"),
        number(row, "mean_probability", "Score drift"),
        number(row, "previous_mean_probability", "Score drift"),
    )
