"""Scores: a probability, a value and three reasons for every customer, by the champion."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from engage_assets.assets.metadata import table_metadata
from engage_assets.assets.transformations import POOL
from engage_assets.dbt import feature_list
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
        with metered(lake, week, "scoring") as usage:
            folder = week_folder("handover/features", week, context.run_id)
            usage.rows = warehouse.unload(
                f"select * from features.customer_features where week = date '{week}'",
                lake.location(folder),
            )
            [result] = compute.run(
                context,
                program="engage_ml.scoring",
                parameters={
                    "week": week.isoformat(),
                    "run_id": context.run_id,
                    "features_uri": lake.location(folder),
                    "features": feature_list(settings.dbt_target),
                    "models_uri": registry.uri,
                    "model_version": version,
                    "predictions_uri": lake.location(target),
                    "scored_at": datetime.now(UTC).replace(tzinfo=None).isoformat(),
                    "threads": settings.threads,
                    "batch_rows": BATCH_ROWS,
                    "horizon_days": platform_contract(settings).horizon_days,
                    "accept_insufficient": platform_contract(settings).is_own,
                },
            )
            usage.bytes_written = lake.size(target)
        adopt_evaluation(lake, registry, version, week=week, run_id=context.run_id)
        write_candidate(lake, week, run_id=context.run_id, model_version=version)
        yield result._replace(metadata={**(result.metadata or {}), **table_metadata(lake.read_table(target))})

    return [predictions]
