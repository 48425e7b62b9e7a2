"""Puts the engagement report together: facts, then pages and figures."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from engage_reports.draft import Draft
from engage_reports.engagement import (
    pages_actions,
    pages_checks,
    pages_customers,
    pages_fairness,
    pages_model,
    pages_segments,
    pages_week,
)
from engage_reports.engagement.facts import engagement_facts
from engage_reports.kit.document import Edition


def draft_engagement(frames: Mapping[str, pd.DataFrame], *, week: date, run_id: str) -> Draft:
    """The draft of the engagement report of one published week.

    Raises:
        ReportError: a table, a column or a figure is missing or not finite.
    """
    facts = engagement_facts(frames, week)
    story = [
        *pages_week.summary(facts),
        *pages_customers.engagement(facts),
        *pages_customers.leaving(facts),
        *pages_customers.why(facts),
        *pages_segments.segments(facts),
        *pages_segments.revenue(facts),
        *pages_segments.over_time(facts),
        *pages_model.quality(facts),
        *pages_fairness.fairness(facts),
        *pages_actions.actions(facts),
        *pages_checks.changes(facts),
        *pages_checks.checks(facts),
        *pages_checks.method(facts),
    ]
    edition = Edition("Engage: engagement report", week, run_id)
    return Draft("engagement", edition, "Who is leaving, why, and what to do about it", story)
