"""Scores: a probability, a value and three reasons for every customer, by the champion."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from engage_assets.assets.metadata import table_metadata
from engage_assets.assets.transformations import POOL
from engage_assets.dbt import feature_list
from engage_assets.errors import EngageError
from engage_assets.partitions import week_of
from engage_assets.platform_contract import platform_contract, weeks_partitions
from engage_assets.records.candidate import write_candidate
from engage_assets.records.evaluation import adopt_evaluation
from engage_assets.records.promotions import require_champion
from engage_assets.records.usage import metered
from engage_assets.resources.compute import Compute
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

BATCH_ROWS = 50_000
"""Rows of one Arrow batch: 50-65 thousand streamed fastest."""

MANIFEST = "_manifest.json"
"""The parts of a run's predictions and their rows, written when all of them are there."""


def build_score_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The predictions of the week."""

    @dg.asset(
        key=["scores", "predictions"],
        deps=[["models", "champion"], ["features", "customer_features"]],
        group_name="scores",
        kinds={"parquet"},
        partitions_def=weeks_partitions(settings),
        pool=POOL,
        description="One row a customer: calibrated churn probability, predicted engagement and revenue, expected "
        "lifetime value, segment, anomaly and the three main reasons.",
    )
    def predictions(
        context: dg.AssetExecutionContext, warehouse: Warehouse, lake: Lake, registry: Lake, compute: Compute
    ) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        week = week_of(context)
        version = require_champion(registry, week)
        target = week_folder("predictions", week, context.run_id)
        with metered(lake, week, "scoring", warehouse) as usage:
            folder = week_folder("handover/features", week, context.run_id)
            usage.rows = warehouse.unload(
                f"select * from features.customer_features where week = date '{week}'",
                lake.location(folder),
            )
            shared = {
                "week": week.isoformat(),
                "run_id": context.run_id,
                "features_uri": lake.location(folder),
                "features": feature_list(settings.dbt_target),
                "models_uri": registry.uri,
                "model_version": version,
                "predictions_uri": lake.location(target),
                # Whole seconds: some warehouses keep no more than milliseconds of a time.
                "scored_at": datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat(),
                "threads": settings.threads,
                "batch_rows": BATCH_ROWS,
                "horizon_days": platform_contract(settings).horizon_days,
                "accept_insufficient": platform_contract(settings).is_own,
                "shares": settings.scoring_tasks,
            }
            results = compute.run_shares(
                context,
                program="engage_ml.scoring",
                parameters=[{**shared, "share": share} for share in range(settings.scoring_tasks)],
            )
            commit_shares(lake, target, [reported for [reported] in results], rows=usage.rows)
            usage.bytes_written = lake.size(target)
        adopt_evaluation(lake, registry, version, week=week, run_id=context.run_id)
        write_candidate(lake, week, run_id=context.run_id, model_version=version)
        [result], *_ = results
        yield result._replace(metadata={**(result.metadata or {}), **table_metadata(lake.read_table(target))})

    return [predictions]


def commit_shares(lake: Lake, folder: str, results: Sequence[dg.MaterializeResult], *, rows: int) -> None:  # type: ignore[type-arg]
    """Writes the manifest of a run's predictions: all shares are there, and together they are everybody.

    Nobody reads the predictions of a run before it is the week's candidate, which comes after this.

    Raises
    ------
    EngageError
        When a file is missing, or the shares do not add up to the customers that were handed over.
    """
    parts = {f"part-{share}.parquet": reported_rows(result) for share, result in enumerate(results)}
    there = set(lake.names(folder))
    if missing := sorted(parts.keys() - there):
        raise EngageError(f"the predictions lack {', '.join(missing)} in {lake.location(folder)}. Run the step again.")
    if sum(parts.values()) != rows:
        raise EngageError(
            f"{sum(parts.values()):,} customers were scored in {len(parts)} shares; expected {rows:,}. "
            "Run the step again."
        )
    for leftover in sorted(name for name in there - parts.keys() if name.endswith(".parquet")):
        lake.clear_file(f"{folder}/{leftover}")
    lake.write_json(f"{folder}/{MANIFEST}", {"rows": rows, "parts": parts})


def reported_rows(result: dg.MaterializeResult) -> int:  # type: ignore[type-arg]
    """The number of rows that a scoring program reported."""
    value: Any = (result.metadata or {})["rows"]
    return int(getattr(value, "value", value))
