"""Builds the reports: frames to facts, facts to pages and figures, all figures to one renderer, files put in place."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from engage_reports.appendix import figures_csv
from engage_reports.architecture.report import draft_architecture
from engage_reports.architecture_facts import ArchitectureFacts
from engage_reports.charts import ChartRenderer
from engage_reports.cost.report import draft_cost
from engage_reports.dashboard.page import build_dashboard
from engage_reports.draft import Draft
from engage_reports.engagement.report import draft_engagement
from engage_reports.house_words import Words, spoken_in
from engage_reports.kit.document import lay_out
from engage_reports.kit.embedding import embed_charts
from engage_reports.kit.look import A4, Paper

Frames = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class ReportFile:
    """A finished report; ``pages`` is None for the dashboard, which has none."""

    name: str
    path: Path
    pages: int | None
    bytes: int


def build_reports(
    frames: Frames,
    out: Path,
    *,
    week: date,
    run_id: str,
    architecture: ArchitectureFacts,
    charts: ChartRenderer,
    paper: Paper = A4,
    words: Words | None = None,
) -> list[ReportFile]:
    """Writes engagement.pdf, cost.pdf, architecture.pdf, dashboard.html and figures.csv; each whole or not at all.

    Args:
        frames: the results of the named queries (`queries.QUERIES`) by name, for the week ``week`` (a Monday).
        charts: a renderer, best started well before: its browser takes seconds to open.
        words: currency, label window and definition of churn; the platform's own when None.

    Raises:
        ReportError: a table, column or figure is missing, not finite, or bound to no query; the message names it.
        ChartsFailed: the figures were not rendered within the renderer's limit.
    """
    charts.start()
    chosen = words or Words()
    with spoken_in(chosen):
        engagement = draft_engagement(frames, week=week, run_id=run_id, paper=paper)
    with spoken_in(replace(chosen, currency="USD")):  # what AWS charges
        cost = draft_cost(frames, week=week, run_id=run_id, paper=paper)
    drafts = [
        engagement,
        cost,
        # In the platform's own words: its tables, assets and steps are called what the code calls them.
        draft_architecture(architecture, frames, week=week, run_id=run_id, paper=paper),
    ]
    submit(drafts, charts)
    with spoken_in(chosen):
        dashboard = build_dashboard(frames, week=week, run_id=run_id)  # while the browser draws
    files = publish(drafts, out, charts)
    write_whole(out / "figures.csv", figures_csv(drafts))
    write_whole(out / "dashboard.html", dashboard)
    return [*files, ReportFile("dashboard", out / "dashboard.html", None, len(dashboard))]


def submit(drafts: Sequence[Draft], charts: ChartRenderer) -> None:
    """Hands all figures over to the browser."""
    for draft in drafts:
        for chart, figure in draft.figures.items():
            charts.submit(f"{draft.name}/{chart}", figure)


def publish(drafts: Sequence[Draft], out: Path, charts: ChartRenderer) -> list[ReportFile]:
    """Sets the pages while the browser draws the submitted figures, puts the two together and writes the files."""
    names = [(draft, {chart: f"{draft.name}/{chart}" for chart in draft.figures}) for draft in drafts]
    laid_out = [lay_out(draft.edition, draft.story, subject=draft.subject) for draft in drafts]
    images = charts.collect(full for _, full_names in names for full in full_names.values())
    files = []
    for (draft, full_names), pages in zip(names, laid_out, strict=True):
        content, count = embed_charts(pages, {chart: images[full] for chart, full in full_names.items()})
        path = out / f"{draft.name}.pdf"
        write_whole(path, content)
        files.append(ReportFile(path.stem, path, count, len(content)))
    return files


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside the target and renames: a reader never meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)
