"""Builds the reports: frames to facts, facts to pages and figures, all figures to one renderer, files put in place."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from engage_reports.architecture.report import draft_architecture
from engage_reports.architecture_facts import ArchitectureFacts
from engage_reports.charts import ChartRenderer
from engage_reports.cost.report import draft_cost
from engage_reports.draft import Draft
from engage_reports.engagement.report import draft_engagement
from engage_reports.kit.document import lay_out
from engage_reports.kit.embedding import embed_charts

Frames = Mapping[str, pd.DataFrame]

FRAMES = (
    *(
        f"analytics.{name}"
        for name in (
            *("weekly_summary", "engagement_tiers", "tenure_engagement", "cohort_retention", "at_risk_customers"),
            *("revenue_concentration", "segments", "churn_drivers", "locations", "platforms", "creators"),
            *("premium_vs_free", "recommended_actions", "model_scorecard", "reliability", "lift", "importance"),
        )
    ),
    *(f"monitoring.{name}" for name in ("score_drift", "score_distribution", "row_accounting")),
    *("monitoring.gate_results", "monitoring.stage_usage"),
    *("fairness.group_metrics", "fairness.offer_rates"),
    "history.weekly_summary",
)
"""The frames that the reports read: rows of the published week, and all published weeks for the history."""


@dataclass(frozen=True)
class ReportFile:
    """A finished report."""

    name: str
    path: Path
    pages: int
    bytes: int


def build_reports(
    frames: Frames,
    out: Path,
    *,
    week: date,
    run_id: str,
    architecture: ArchitectureFacts,
    charts: ChartRenderer,
) -> list[ReportFile]:
    """Writes engagement.pdf, cost.pdf and architecture.pdf into ``out``; each file appears complete or not at all.

    Args:
        frames: the tables of `FRAMES` by name, for the week ``week`` (a Monday).
        charts: a renderer, best started well before: its browser takes seconds to open.

    Raises:
        ReportError: a table, column or figure is missing or not finite; the message names it.
        ChartsFailed: the figures were not rendered within the renderer's limit.
    """
    charts.start()
    drafts = [
        draft_engagement(frames, week=week, run_id=run_id),
        draft_cost(frames, week=week, run_id=run_id),
        draft_architecture(architecture, frames, week=week, run_id=run_id),
    ]
    return publish(drafts, out, charts)


def build_engagement_report(frames: Frames, out: Path, *, week: date, run_id: str, charts: ChartRenderer) -> ReportFile:
    """Writes engagement.pdf alone; see `build_reports`."""
    return publish([draft_engagement(frames, week=week, run_id=run_id)], out, charts)[0]


def build_cost_report(
    frames: Frames, out: Path, *, week: date, run_id: str, charts: ChartRenderer, prices: Path | None = None
) -> ReportFile:
    """Writes cost.pdf alone, with the price list ``prices`` (YAML) or the default one; see `build_reports`."""
    return publish([draft_cost(frames, week=week, run_id=run_id, prices=prices)], out, charts)[0]


def build_architecture_report(
    architecture: ArchitectureFacts, frames: Frames, out: Path, *, week: date, run_id: str, charts: ChartRenderer
) -> ReportFile:
    """Writes architecture.pdf alone; see `build_reports`."""
    return publish([draft_architecture(architecture, frames, week=week, run_id=run_id)], out, charts)[0]


def publish(drafts: Sequence[Draft], out: Path, charts: ChartRenderer) -> list[ReportFile]:
    """Hands all figures over, sets the pages while the browser draws, puts the two together and writes the files."""
    names = [(draft, {chart: f"{draft.name}/{chart}" for chart in draft.figures}) for draft in drafts]
    for draft, full_names in names:
        for chart, figure in draft.figures.items():
            charts.submit(full_names[chart], figure)
    laid_out = [lay_out(draft.edition, draft.story, subject=draft.subject) for draft in drafts]
    images = charts.collect(full for _, full_names in names for full in full_names.values())
    files = []
    for (draft, full_names), pages in zip(names, laid_out, strict=True):
        content, count = embed_charts(pages, {chart: images[full] for chart, full in full_names.items()})
        files.append(_write(out / f"{draft.name}.pdf", content, count))
    return files


def _write(path: Path, content: bytes, pages: int) -> ReportFile:
    """Writes beside the target and renames: a reader never meets half a report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)
    return ReportFile(path.stem, path, pages, len(content))
