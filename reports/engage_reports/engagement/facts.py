"""Everything that the engagement report says in figures, computed from the frames and from nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engage_reports.binding import Ledger
from engage_reports.engagement import card as model_card
from engage_reports.engagement import evidence, groups, reasons_and_actions, worth
from engage_reports.engagement import watch as watching
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
from engage_reports.frames import NotAvailable, Tables, number, optional_number, ratio, rows
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
    ledger: Ledger
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
    reach: tuple[worth.Reach, ...]
    initiatives: tuple[worth.Initiative, ...]
    gates: tuple[evidence.Gate, ...]
    watch: watching.Watch
    accounting: tuple[evidence.Accounting, ...]
    card: model_card.Card

    def counted(self, items: Sequence[object] | int, source: str) -> float:
        """How many there are, as a figure that can be printed."""
        return self.ledger.counted(items, source)


def holdout(facts: Facts) -> tuple[float, float]:
    """Customers with a recommended action who are not contacted, and their share of all with an action."""
    held = sum(action.holdout for action in facts.actions)
    return held, ratio(held, sum(action.customers for action in facts.actions))


def engagement_facts(tables: Tables, week: date) -> Facts:
    """All facts of the week.

    Raises:
        ReportError: a table, a column or a figure is missing or not finite; the message names it.
    """
    summary = headline(tables)
    return Facts(
        week=week,
        ledger=tables.ledger,
        headline=summary,
        leavers=leavers_interval(tables, summary.expected_leavers_active),
        previous=previous_week(tables, week),
        history=weeks_so_far(tables, week),
        drift=drift(tables),
        score_bins=score_bins(tables),
        tiers=groups.tiers(tables),
        tenures=groups.tenures(tables),
        premium_tiers=groups.premium_tiers(tables),
        locations=groups.locations(tables),
        platforms=groups.platforms(tables),
        creators=groups.creators(tables),
        segments=groups.segments(tables),
        deciles=groups.deciles(tables),
        retention=groups.retention(tables),
        drivers=reasons_and_actions.drivers(tables),
        inputs=reasons_and_actions.inputs(tables),
        at_risk=reasons_and_actions.at_risk(tables),
        scorecard=evidence.scorecard(tables),
        reliability=evidence.reliability(tables),
        contacting=evidence.contacting(tables),
        fairness=evidence.fairness(tables),
        offer_rates=evidence.offer_rates(tables),
        actions=reasons_and_actions.actions(tables),
        reach=worth.reach(tables),
        initiatives=worth.initiatives(tables),
        gates=evidence.gates(tables),
        watch=watching.watch(tables),
        accounting=evidence.accounting(tables),
        card=model_card.card(tables),
    )


def score_bins(tables: Tables) -> tuple[ScoreBin, ...]:
    """The distribution of the churn probabilities, this week and the last."""
    found = rows(tables, "monitoring.score_distribution", ("score_bin", "customers", "previous_customers"))
    made = [
        ScoreBin(
            int(number(row, "score_bin", "Score distribution")),
            number(row, "customers", "Score distribution"),
            optional_number(row, "previous_customers"),
        )
        for row in found
    ]
    return tuple(sorted(made, key=lambda each: each.index))
