"""The cost report: what a run used here (measured), what it would cost on AWS (estimated), never mixed."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd
from reportlab.platypus import Flowable

from engage_reports.appendix import complete
from engage_reports.binding import Ledger
from engage_reports.cost import pages_estimate, pages_measured, pages_scale
from engage_reports.cost.facts import cost_facts
from engage_reports.draft import Draft
from engage_reports.frames import Tables
from engage_reports.kit.blocks import text, title_block
from engage_reports.kit.document import Edition
from engage_reports.kit.look import A4, Paper
from engage_reports.wording import day

PRODUCTS = "Linux x86, IPv4"
"""Names with digits in the list of prices."""

TITLE = "Cost report"


def draft_cost(
    frames: Mapping[str, pd.DataFrame],
    *,
    week: date,
    run_id: str,
    prices: Path | None = None,
    paper: Paper = A4,
) -> Draft:
    """The draft of the cost report of one published week; see `cost_facts` for the errors."""
    facts = cost_facts(Tables(frames, Ledger()), week, prices)
    facts.ledger.know(
        f"{PRODUCTS} {facts.benchmark.machine} {day(facts.benchmark.as_of)} {day(week)} {facts.prices.region} "
        f"{day(facts.prices.as_of)} {facts.prices.sources} {facts.prices.language_model}"
    )
    front: list[Flowable]
    body: list[Flowable] = []
    if not facts.stages:
        front = [
            *title_block(TITLE, f"Week of {day(week)}"),
            text("Not available: this run recorded no use of any stage, so there is nothing to measure or to price."),
        ]
    else:
        front = pages_measured.summary(facts)
        body = [
            *pages_scale.month(facts),
            *pages_scale.what_if(facts),
            *pages_measured.measured(facts),
            *pages_estimate.run(facts),
            *pages_measured.asked(facts),
            *pages_measured.history(facts),
            *pages_scale.scenarios(facts),
            *pages_scale.earlier(facts),
            *pages_estimate.price_list(facts),
        ]
    return complete(
        "cost",
        Edition("Engage: cost report", week, run_id, paper),
        "Measured use and estimated cost of a run",
        facts.ledger,
        front=front,
        body=body,
    )
