"""Reports: three PDFs and a dashboard page of the published week, with checks and pictures of the finished files."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from engage_assets.assets.transformations import POOL
from engage_assets.errors import EngageError
from engage_assets.partitions import week_of
from engage_assets.platform_contract import platform_contract, weeks_partitions, words_of
from engage_assets.records.card_frames import card_frames
from engage_assets.records.pointer import published_run
from engage_assets.records.questions import asked_in
from engage_assets.records.usage import metered
from engage_assets.resources.lake import Lake
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph

    from engage_reports import ChartRenderer, ReportFile

DESCRIPTIONS = {
    "engagement": "For executives: what happened, who is leaving and why, what to do and what it is worth.",
    "cost": "What the run used on this machine, and what it would cost on AWS by a dated price list.",
    "architecture": "Lineage, gates, versions and settings, drawn from the loaded definitions.",
    "dashboard": "One HTML page of the week, with filters and without any request to a network.",
}

PDFS = ("engagement", "cost", "architecture")
PDF_CHECKS = {
    "page_count": "The report has as many pages as it should: nothing missing, nothing spilling over.",
    "file_size": "The file is small enough to be mailed.",
    "fonts_embedded": "Every typeface is in the file, so that it prints alike everywhere.",
    "links_resolve": "Every link of the contents leads to its section.",
    "text_inside_pages": "No text leaves the text area or the page.",
}
PREVIEW_WIDTH = 420
"""Pixels: enough to recognise a page, and small in the event log."""


def build_report_assets(
    settings: Settings,
    *,
    asset_graph: "Callable[[], BaseAssetGraph]",  # type: ignore[type-arg]
) -> list[dg.AssetsDefinition]:
    """The three PDFs and the dashboard. `asset_graph` gives the loaded graph for the architecture report."""

    @dg.multi_asset(
        name="reports",
        specs=[
            dg.AssetSpec(
                ["reports", name],
                deps=[["results", "published_week"]],
                group_name="reports",
                kinds={"plotly"},
                description=description,
            )
            for name, description in DESCRIPTIONS.items()
        ],
        check_specs=[
            dg.AssetCheckSpec(name, asset=["reports", report], description=description)
            for report in PDFS
            for name, description in PDF_CHECKS.items()
        ],
        partitions_def=weeks_partitions(settings),
        pool=POOL,
    )
    def reports(
        context: dg.AssetExecutionContext,
        warehouse: Warehouse,
        lake: Lake,
        registry: Lake,
        reports: Lake,
        charts: dg.ResourceParam[Any],
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:  # type: ignore[type-arg]
        # Imported here: drawing takes seconds to import, and loading the definitions needs none of it.
        from engage_reports.inspection import inspect

        week = week_of(context)
        folder = f"week={week}"
        with metered(lake, week, "reports", warehouse) as usage, reports.filled(folder) as place:
            files = draw_reports(
                settings,
                warehouse,
                lake,
                registry,
                week,
                run_id=published_run(lake, week) or context.run_id,
                graph=asset_graph(),
                charts=charts,
                place=place,
            )
            usage.bytes_written = sum(file.bytes for file in files)
            shown = {file.name: file_metadata(file, reports, folder) for file in files}
            findings = {file.name: inspect(file.path) for file in files if file.name in PDFS}
        for name, metadata in shown.items():
            yield dg.MaterializeResult(asset_key=["reports", name], metadata=metadata)
        for name, found in findings.items():
            for finding in found:
                yield dg.AssetCheckResult(
                    asset_key=["reports", name],
                    check_name=finding.check,
                    passed=finding.passed,
                    severity=dg.AssetCheckSeverity.WARN,  # the week is published; a person should look at the file
                    metadata={"message": finding.message},
                )

    return [reports]


def draw_reports(
    settings: Settings,
    warehouse: Warehouse,
    lake: Lake,
    registry: Lake,
    week: date,
    *,
    run_id: str,
    graph: "BaseAssetGraph",  # type: ignore[type-arg]
    charts: "ChartRenderer",
    place: Path,
) -> "list[ReportFile]":
    """Writes the files of a published week into a folder.

    Raises
    ------
    EngageError
        When a table or a figure is missing, or the browser does not draw.
    """
    # Imported here: drawing takes seconds to import, and loading the definitions needs none of it.
    from engage_assets.architecture import describe_platform
    from engage_reports import PAPERS, ReportError, build_reports

    charts.start()
    try:
        return build_reports(
            {**read_frames(warehouse, registry, week), **question_frames(lake, week)},
            place,
            week=week,
            run_id=run_id,
            architecture=describe_platform(graph, settings),
            charts=charts,
            words=words_of(platform_contract(settings)),
            paper=PAPERS[settings.paper],
        )
    except ReportError as error:
        raise EngageError(str(error)) from error


def question_frames(lake: Lake, week: date) -> "dict[str, pd.DataFrame]":
    """What the questions of the week used, as the frame of the cost report."""
    import pandas as pd

    asked = asked_in(lake, week)
    return {"records.questions": pd.DataFrame([{**asdict(asked), "models": ", ".join(asked.models)}])}


def read_frames(warehouse: Warehouse, registry: Lake, week: date) -> "dict[str, pd.DataFrame]":
    """The results of the reports' named queries for a week, and the records of the version that scored it.

    Queries whose tables do not exist yet are left out.
    """
    from engage_reports import answerable, statements

    names = answerable(warehouse.table_names("published"))
    frames = {name: rows.to_pandas() for name, rows in warehouse.query_all(statements(week, names)).items()}
    versions = frames["analytics.model_scorecard"].query("model == 'churn'")["model_version"].tolist()
    return {**frames, **(card_frames(registry, versions[0]) if versions else {})}


def file_metadata(file: "ReportFile", reports: Lake, folder: str) -> dict[str, Any]:
    """Where a report is kept, its size, and of a PDF the pages and a picture of the first one."""
    metadata: dict[str, Any] = {
        "path": dg.MetadataValue.path(reports.location(f"{folder}/{file.path.name}")),
        "open": dg.MetadataValue.url(reports.link(f"{folder}/{file.path.name}")),
        "bytes": file.bytes,
    }
    if file.pages is None:
        return metadata
    from engage_reports.inspection import preview

    picture = preview(file.path, width=PREVIEW_WIDTH)
    kept = file.path.parent / "previews" / f"{file.name}.png"
    kept.parent.mkdir(exist_ok=True)
    kept.write_bytes(picture)
    shown = base64.b64encode(picture).decode("ascii")
    return {
        **metadata,
        "pages": file.pages,
        "preview": dg.MetadataValue.md(f"![first page of the {file.name} report](data:image/png;base64,{shown})"),
        "preview_file": dg.MetadataValue.path(reports.location(f"{folder}/previews/{kept.name}")),
    }
