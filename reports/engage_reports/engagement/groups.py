"""Customers in groups: tiers, tenure, subscription, location, platform, segments, cohorts, revenue deciles."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engage_reports.frames import Tables, as_day, number, optional_number, ratio, rows, text, weighted_mean

TIER_ORDER = ("Inactive", "Low", "Medium", "High")


@dataclass(frozen=True)
class Tier:
    """One engagement tier. Shares are 0 to 1, probabilities are 30-day churn probabilities."""

    name: str
    customers: float
    customer_share: float
    daily_active_users: float
    churn_probability: float
    revenue_30d_usd: float


@dataclass(frozen=True)
class Group:
    """One group of customers by who they are; ``revenue_at_risk_usd`` is None where the table has none."""

    name: str
    customers: float
    churn_probability: float
    revenue_30d_usd: float
    revenue_at_risk_usd: float | None = None

    @property
    def expected_leavers(self) -> float:
        """Customers times their mean churn probability."""
        return self.customers * self.churn_probability


@dataclass(frozen=True)
class Segment:
    """One behavioural segment."""

    name: str
    customers: float
    customer_share: float
    churn_probability: float
    engagement_score: float
    revenue_30d_usd: float
    ltv_usd: float
    value_at_risk_usd: float


@dataclass(frozen=True)
class Decile:
    """One tenth of the customers by revenue; 1 is the top."""

    decile: int
    revenue_share: float
    cumulative_share: float
    churn_probability: float
    revenue_at_risk_usd: float


@dataclass(frozen=True)
class Retention:
    """Retention rates (0 to 1) by sign-up cohort (rows) and week (columns); None where nothing was observed."""

    cohorts: tuple[str, ...]
    weeks: tuple[date, ...]
    rates: tuple[tuple[float | None, ...], ...]
    customers: tuple[float, ...]


def tiers(tables: Tables) -> tuple[Tier, ...]:
    """The engagement tiers from inactive to high; a tier with another name comes last."""
    figures = ("customers", "customer_share", "daily_active_users", "mean_churn_probability", "revenue_30d_usd")
    columns = ("engagement_tier", *figures)
    found = rows(tables, "analytics.engagement_tiers", columns)
    made = [
        Tier(text(row, columns[0]), *(_figure(row, column, "Engagement tier") for column in columns[1:]))
        for row in found
    ]
    return tuple(
        sorted(made, key=lambda tier: TIER_ORDER.index(tier.name) if tier.name in TIER_ORDER else len(TIER_ORDER))
    )


def tenures(tables: Tables) -> tuple[Group, ...]:
    """Customers by tenure band, all engagement tiers together, youngest first."""
    columns = ("tenure_band", "customers", "mean_churn_probability", "revenue_30d_usd")
    by_band: dict[str, list[dict[str, Any]]] = {}
    for row in rows(tables, "analytics.tenure_engagement", columns):
        by_band.setdefault(text(row, "tenure_band"), []).append(row)
    made = []
    for band, cells in by_band.items():
        sizes = [number(cell, "customers", f"Tenure {band}") for cell in cells]
        probabilities = [_figure(cell, "mean_churn_probability", f"Tenure {band}") for cell in cells]
        revenue = sum(_figure(cell, "revenue_30d_usd", f"Tenure {band}") for cell in cells)
        name = re.sub(r"\b0(?=\d)", "", band).replace(" months and more", "+ months")
        made.append(Group(name, sum(sizes), weighted_mean(probabilities, sizes), revenue))
    return tuple(sorted(made, key=lambda group: _band_order(group.name)))


def premium_tiers(tables: Tables) -> tuple[Group, ...]:
    """Customers by subscription tier, largest first."""
    return _groups(tables, "analytics.premium_vs_free", "premium_tier", at_risk=False)


def locations(tables: Tables) -> tuple[Group, ...]:
    """Customers by metro area, most expected leavers first."""
    return _groups(tables, "analytics.locations", "location", at_risk=True)


def platforms(tables: Tables) -> tuple[Group, ...]:
    """Customers by the side of the app they came for."""
    return _groups(tables, "analytics.platforms", "platform_primary", at_risk=True)


def creators(tables: Tables) -> tuple[Group, ...]:
    """Customers by creator band."""
    return _groups(tables, "analytics.creators", "creator_band", at_risk=False)


def segments(tables: Tables) -> tuple[Segment, ...]:
    """The segments, most value at risk first; empty ones are left out."""
    means = ("mean_churn_probability", "mean_engagement_score", "revenue_30d_usd", "mean_expected_ltv_12m_usd")
    columns = ("segment", "customers", "customer_share", *means, "value_at_risk_usd")
    made = [
        Segment(text(row, "segment"), *(_figure(row, column, f"Segment {row['segment']}") for column in columns[1:]))
        for row in rows(tables, "analytics.segments", columns)
        if number(row, "customers", f"Segment {row['segment']}") > 0
    ]
    return tuple(sorted(made, key=lambda segment: -segment.value_at_risk_usd))


def deciles(tables: Tables) -> tuple[Decile, ...]:
    """The revenue deciles, top first."""
    columns = ("revenue_decile", "revenue_share", "cumulative_share", "mean_churn_probability", "revenue_at_risk_usd")
    made = [
        Decile(int(number(row, columns[0], "Revenue decile")), *(number(row, c, "Revenue decile") for c in columns[1:]))
        for row in rows(tables, "analytics.revenue_concentration", columns)
    ]
    return tuple(sorted(made, key=lambda decile: decile.decile))


def retention(tables: Tables, *, cohorts_shown: int = 14) -> Retention:
    """Retention by cohort; cohorts older than the last ``cohorts_shown`` are put together as one."""
    columns = ("signup_cohort", "activity_week", "customers", "active_customers")
    cells: dict[tuple[str, date], tuple[float, float]] = {}
    found = rows(tables, "analytics.cohort_retention", columns)
    names = sorted({text(row, "signup_cohort") for row in found})
    older = set(names[:-cohorts_shown])
    earlier = f"before {names[-cohorts_shown]}" if older else ""
    for row in found:
        cohort = text(row, "signup_cohort")
        key = (earlier if cohort in older else cohort, as_day(row, "activity_week", f"Cohort {cohort}"))
        size, active = cells.get(key, (0.0, 0.0))
        cells[key] = (
            size + number(row, "customers", f"Cohort {cohort}"),
            active + number(row, "active_customers", f"Cohort {cohort}"),
        )
    cohorts = tuple(([earlier] if older else []) + [name for name in names if name not in older])
    weeks = tuple(sorted({week for _, week in cells}))
    rates = tuple(
        tuple(ratio(*reversed(cells[cohort, week])) if (cohort, week) in cells else None for week in weeks)
        for cohort in cohorts
    )
    sizes = tuple(max(cells[cohort, week][0] for week in weeks if (cohort, week) in cells) for cohort in cohorts)
    return Retention(cohorts, weeks, rates, sizes)


def _groups(tables: Tables, table: str, name: str, *, at_risk: bool) -> tuple[Group, ...]:
    columns = (name, "customers", "mean_churn_probability", "revenue_30d_usd")
    made = []
    for row in rows(tables, table, (*columns, "revenue_at_risk_usd") if at_risk else columns):
        group = text(row, name)
        made.append(
            Group(
                group,
                number(row, "customers", f"{table} {group}"),
                _figure(row, "mean_churn_probability", f"{table} {group}"),
                _figure(row, "revenue_30d_usd", f"{table} {group}"),
                _figure(row, "revenue_at_risk_usd", f"{table} {group}") if at_risk else None,
            )
        )
    return tuple(sorted(made, key=lambda group: -group.expected_leavers))


def _figure(row: Mapping[str, Any], column: str, of: str) -> float:
    """A figure of a group; a group without customers has empty means, which count as 0."""
    if number(row, "customers", of) == 0 and optional_number(row, column) is None:
        return number(row, "customers", of) * 0.0
    return number(row, column, of)


def _band_order(band: str) -> tuple[float, str]:
    """Bands by their first number; "<3 months" before "3-6 months"."""
    found = re.search(r"\d+(\.\d+)?", band)
    first = float(found.group()) if found else float("inf")
    return (first - 0.5 if band.strip().startswith("<") else first, band)
