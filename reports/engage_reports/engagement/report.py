"""Puts the engagement report together: facts, then pages and figures."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pandas as pd

from engage_reports.appendix import complete
from engage_reports.binding import Ledger
from engage_reports.draft import Draft
from engage_reports.engagement import (
    pages_actions,
    pages_card,
    pages_checks,
    pages_customers,
    pages_fairness,
    pages_model,
    pages_segments,
    pages_week,
)
from engage_reports.engagement.facts import Facts, engagement_facts
from engage_reports.frames import Tables
from engage_reports.house_words import spoken_in, words
from engage_reports.kit.document import Edition
from engage_reports.kit.look import A4, Paper
from engage_reports.wording import day


def draft_engagement(frames: Mapping[str, pd.DataFrame], *, week: date, run_id: str, paper: Paper = A4) -> Draft:
    """The draft of the engagement report of one published week.

    Raises:
        ReportError: a table, a column or a figure is missing, not finite, or bound to no query.
    """
    facts = engagement_facts(Tables(frames, Ledger()), week)
    facts.ledger.know(f"{day(week)} {week} {words().churn}")
    days = facts.ledger.bind(words().days, "contract.horizon_days")
    with spoken_in(replace(words(), days=days)):
        return _drafted(facts, week, run_id, paper)


def _drafted(facts: Facts, week: date, run_id: str, paper: Paper) -> Draft:
    body = [
        *pages_customers.engagement(facts),
        *pages_customers.leaving(facts),
        *pages_customers.why(facts),
        *pages_segments.segments(facts),
        *pages_segments.revenue(facts),
        *pages_segments.retention(facts),
        *pages_model.quality(facts),
        *pages_checks.checks(facts),
        *pages_fairness.fairness(facts),
        *pages_actions.actions(facts),
        *pages_actions.initiatives(facts),
        *pages_checks.changes(facts),
        *pages_card.model_card(facts),
        *pages_checks.method(facts),
    ]
    return complete(
        "engagement",
        Edition("Engage: engagement report", week, run_id, paper),
        "Who is leaving, why, and what to do about it",
        facts.ledger,
        front=pages_week.summary(facts),
        body=body,
    )
