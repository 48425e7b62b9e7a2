"""The cost report: what a run used here (measured), what it would cost on AWS (estimated), never mixed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from reportlab.platypus import Flowable

from engage_reports.cost import pages_estimate, pages_measured
from engage_reports.cost.estimate import Estimate, Stage, estimate, measured_stages
from engage_reports.cost.prices import PriceList, load_prices
from engage_reports.draft import Draft
from engage_reports.engagement.headline import Headline, headline
from engage_reports.kit.blocks import text, title_block
from engage_reports.kit.document import Edition
from engage_reports.wording import day

TITLE = "Cost report"


@dataclass(frozen=True)
class CostFacts:
    """The figures of one cost report."""

    week: date
    summary: Headline
    stages: tuple[Stage, ...]
    prices: PriceList
    estimate: Estimate


def cost_facts(frames: Mapping[str, pd.DataFrame], week: date, prices: Path | None = None) -> CostFacts:
    """All facts of the cost report.

    Raises:
        ReportError: a table, a column, a figure or the price list is missing or wrong.
    """
    stages, listed = measured_stages(frames), load_prices(prices)
    return CostFacts(week, headline(frames), stages, listed, estimate(stages, listed))


def draft_cost(frames: Mapping[str, pd.DataFrame], *, week: date, run_id: str, prices: Path | None = None) -> Draft:
    """The draft of the cost report of one published week; see `cost_facts` for the errors."""
    facts = cost_facts(frames, week, prices)
    story: list[Flowable]
    if not facts.stages:
        story = [
            *title_block(TITLE, f"Week of {day(week)}"),
            text("Not available: this run recorded no use of any stage, so there is nothing to measure or to price."),
        ]
    else:
        story = [
            *pages_measured.summary(facts.week, facts.summary, facts.stages, facts.estimate, facts.prices),
            *pages_estimate.run(facts.summary, facts.estimate),
            *pages_estimate.month(facts.summary, facts.estimate),
            *pages_estimate.price_list(facts.prices),
        ]
    return Draft(
        "cost", Edition("Engage: cost report", week, run_id), "Measured use and estimated cost of a run", story
    )
