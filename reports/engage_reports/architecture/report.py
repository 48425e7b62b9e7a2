"""Puts the architecture report together from the facts of the loaded definitions."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from engage_reports.architecture import pages
from engage_reports.architecture.stages import stages_of
from engage_reports.architecture_facts import ArchitectureFacts
from engage_reports.draft import Draft
from engage_reports.engagement.evidence import gates
from engage_reports.kit.document import Edition
from engage_reports.wording import day


def draft_architecture(
    facts: ArchitectureFacts, frames: Mapping[str, pd.DataFrame], *, week: date, run_id: str
) -> Draft:
    """The draft of the architecture report; the frames give the verdicts of this run's gates.

    Raises:
        ReportError: monitoring.gate_results is missing.
    """
    stages = stages_of(facts.assets)
    story = [
        *pages.overview(facts, stages, f"Week of {day(week)}: what is built, in which order, and what must hold"),
        *pages.stage_tables(stages),
        *pages.gates(facts, gates(frames), stages),
        *pages.operation(facts),
    ]
    return Draft(
        "architecture", Edition("Engage: architecture report", week, run_id), "Lineage, gates, operation", story
    )
