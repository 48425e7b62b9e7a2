"""Everything that the engagement report says in figures, computed from the frames and from nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from engage_reports.engagement import evidence, groups, reasons_and_actions
from engage_reports.engagement.headline import (
    Drift,
    Headline,
    PreviousWeek,
    drift,
    headline,
    leavers_interval,
    previous_week,
    weeks_so_far,
)
from engage_reports.frames import NotAvailable, number, optional_number, ratio, rows
from engage_reports.wording import Interval


@dataclass(frozen=True)
class ScoreBin:
    """Customers whose churn probability falls into one of equal bins; ``previous`` is None without a previous week."""

    index: int
    customers: float
    previous: float | None


@dataclass(frozen=True)
class Facts:
    """The figures of one engagement report."""

    week: date
    headline: Headline
    leavers: Interval | NotAvailable
    previous: PreviousWeek | NotAvailable
    history: tuple[tuple[date, Headline], ...]
    drift: Drift | NotAvailable
    score_bins: tuple[ScoreBin, ...]
    tiers: tuple[groups.Tier, ...]
    tenures: tuple[groups.Group, ...]
    premium_tiers: tuple[groups.Group, ...]
    locations: tuple[groups.Group, ...]
    platforms: tuple[groups.Group, ...]
    creators: tuple[groups.Group, ...]
    segments: tuple[groups.Segment, ...]
    deciles: tuple[groups.Decile, ...]
    retention: groups.Retention
    drivers: tuple[reasons_and_actions.Driver, ...]
    inputs: tuple[reasons_and_actions.Input, ...]
    at_risk: tuple[reasons_and_actions.RiskyCustomer, ...]
    scorecard: tuple[evidence.Metric, ...]
    reliability: tuple[evidence.ReliabilityBin, ...]
    contacting: tuple[evidence.Contacting, ...]
    fairness: tuple[evidence.FairnessGroup, ...]
    offer_rates: tuple[evidence.OfferRate, ...]
    actions: tuple[reasons_and_actions.ActionLine, ...]
    gates: tuple[evidence.Gate, ...]
    accounting: tuple[evidence.Accounting, ...]


def holdout(facts: Facts) -> tuple[float, float]:
    """Customers with a recommended action who are not contacted, and their share of all with an action."""
    held = sum(action.holdout for action in facts.actions)
    return held, ratio(held, sum(action.customers for action in facts.actions))


def engagement_facts(frames: Mapping[str, pd.DataFrame], week: date) -> Facts:
    """All facts of the week.

    Raises:
        ReportError: a table, a column or a figure is missing or not finite; the message names it.
    """
    summary = headline(frames)
    return Facts(
        week=week,
        headline=summary,
        leavers=leavers_interval(frames, summary.expected_leavers_active),
        previous=previous_week(frames, week),
        history=weeks_so_far(frames, week),
        drift=drift(frames),
        score_bins=score_bins(frames),
        tiers=groups.tiers(frames),
        tenures=groups.tenures(frames),
        premium_tiers=groups.premium_tiers(frames),
        locations=groups.locations(frames),
        platforms=groups.platforms(frames),
        creators=groups.creators(frames),
        segments=groups.segments(frames),
        deciles=groups.deciles(frames),
        retention=groups.retention(frames),
        drivers=reasons_and_actions.drivers(frames),
        inputs=reasons_and_actions.inputs(frames),
        at_risk=reasons_and_actions.at_risk(frames),
        scorecard=evidence.scorecard(frames),
        reliability=evidence.reliability(frames),
        contacting=evidence.contacting(frames),
        fairness=evidence.fairness(frames),
        offer_rates=evidence.offer_rates(frames),
        actions=reasons_and_actions.actions(frames),
        gates=evidence.gates(frames),
        accounting=evidence.accounting(frames),
    )


def score_bins(frames: Mapping[str, pd.DataFrame]) -> tuple[ScoreBin, ...]:
    """The distribution of the churn probabilities, this week and the last."""
    found = rows(frames, "monitoring.score_distribution", ("score_bin", "customers", "previous_customers"))
    made = [
        ScoreBin(
            int(number(row, "score_bin", "Score distribution")),
            number(row, "customers", "Score distribution"),
            optional_number(row, "previous_customers"),
        )
        for row in found
    ]
    return tuple(sorted(made, key=lambda each: each.index))
