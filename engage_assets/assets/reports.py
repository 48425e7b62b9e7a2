"""Reports: three PDFs of the published week, and the facts about the platform that the architecture report draws."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from engage_assets.assets.transformations import POOL
from engage_assets.errors import EngageError
from engage_assets.partitions import week_of
from engage_assets.platform_contract import weeks_partitions
from engage_assets.records.pointer import published_run
from engage_assets.records.usage import metered
from engage_assets.resources.lake import Lake
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph

    from engage_reports import ReportFile

DESCRIPTIONS = {
    "engagement": "For executives: what happened, who is leaving and why, what to do and what it is worth.",
    "cost": "What the run used on this machine, and what it would cost on AWS by a dated price list.",
    "architecture": "Lineage, gates, versions and settings, drawn from the loaded definitions.",
}


def build_report_assets(
    settings: Settings,
    *,
    asset_graph: "Callable[[], BaseAssetGraph]",  # type: ignore[type-arg]
) -> list[dg.AssetsDefinition]:
    """The three PDFs. `asset_graph` gives the loaded graph, this asset included, for the architecture report."""

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
        partitions_def=weeks_partitions(settings),
        pool=POOL,
    )
    def reports(
        context: dg.AssetExecutionContext, warehouse: Warehouse, lake: Lake, charts: dg.ResourceParam[Any]
    ) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        # Imported here: drawing takes seconds to import, and loading the definitions needs none of it.
        from engage_assets.architecture import describe_platform
        from engage_reports import ReportError, build_reports

        week = week_of(context)
        with metered(lake, week, "reports") as usage:
            try:
                files = build_reports(
                    read_frames(warehouse, week),
                    settings.reports / f"week={week}",
                    week=week,
                    run_id=published_run(lake, week) or context.run_id,
                    architecture=describe_platform(asset_graph(), settings),
                    charts=charts,
                )
            except ReportError as error:
                raise EngageError(str(error)) from error
            usage.bytes_written = sum(file.bytes for file in files)
        for file in files:
            yield dg.MaterializeResult(asset_key=["reports", file.name], metadata=file_metadata(file))

    return [reports]


def read_frames(warehouse: Warehouse, week: date) -> "dict[str, pd.DataFrame]":
    """The results of the reports' named queries for a week; those whose tables do not exist yet are left out."""
    from engage_reports import answerable, statements

    published = warehouse.query("select table_name from information_schema.tables where table_schema = 'published'")
    names = answerable(set(published["table_name"].to_pylist()))
    return {name: rows.to_pandas() for name, rows in warehouse.query_all(statements(week, names)).items()}


def file_metadata(file: "ReportFile") -> dict[str, Any]:
    """Where a PDF is, its pages and its size."""
    return {"path": dg.MetadataValue.path(str(file.path)), "pages": file.pages, "bytes": file.bytes}
