"""Puts the architecture report together from the facts of the loaded definitions."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from engage_reports.appendix import complete
from engage_reports.architecture import pages, pages_build
from engage_reports.architecture.notes import controls, services
from engage_reports.architecture.stages import stages_of
from engage_reports.architecture_facts import ArchitectureFacts
from engage_reports.binding import Ledger
from engage_reports.draft import Draft
from engage_reports.engagement.evidence import gates
from engage_reports.frames import Tables
from engage_reports.kit.document import Edition
from engage_reports.kit.look import A4, Paper
from engage_reports.wording import day


def draft_architecture(
    facts: ArchitectureFacts, frames: Mapping[str, pd.DataFrame], *, week: date, run_id: str, paper: Paper = A4
) -> Draft:
    """The draft of the architecture report; the frames give the verdicts of this run's gates.

    Raises:
        ReportError: monitoring.gate_results is missing.
    """
    tables = Tables(frames, Ledger())
    ledger, stages = tables.ledger, stages_of(facts.assets)
    ledger.know(f"{facts!r} {services()} {controls()} {week} {day(week)}")
    body = [
        *pages.stage_tables(ledger, stages),
        *pages.gates(ledger, facts, gates(tables), stages),
        *pages_build.infrastructure(ledger, facts),
        *pages_build.security(ledger, facts),
        *pages_build.retention(facts),
        *pages.operation(ledger, facts),
        *pages_build.data(ledger, facts),
        *pages_build.tests(ledger, facts),
    ]
    subtitle = f"Week of {day(week)}: what is built, in which order, and what must hold"
    return complete(
        "architecture",
        Edition("Engage: architecture report", week, run_id, paper),
        "Lineage, gates, operation",
        ledger,
        front=pages.overview(ledger, facts, stages, subtitle),
        body=body,
    )
