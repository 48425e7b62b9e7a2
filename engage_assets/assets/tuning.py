"""Tuning: a search for better model parameters, in a job of its own; the weekly run only reads what it adopted."""

from collections.abc import Iterator

import dagster as dg

from engage_assets.assets.models import unload_training_set
from engage_assets.assets.transformations import POOL
from engage_assets.dbt import feature_list
from engage_assets.partitions import week_of
from engage_assets.platform_contract import weeks_partitions
from engage_assets.records.model_registry import read_tuned
from engage_assets.resources.compute import Compute
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

MAX_TRIALS = 100


def build_tuning_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The parameters of the churn trees."""

    @dg.asset(
        key=["tuning", "churn_trees"],
        deps=[["features", "training_set"]],
        group_name="tuning",
        kinds={"xgboost", "optuna"},
        partitions_def=weeks_partitions(settings),
        pool=POOL,
        description="Parameters of the churn trees: a seeded search within a time limit, confirmed on customers that "
        "it has not seen. Adopted when the gain exceeds one standard error; the next training reads them.",
    )
    def churn_trees(
        context: dg.AssetExecutionContext, warehouse: Warehouse, lake: Lake, registry: Lake, compute: Compute
    ) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        week = week_of(context)
        folder = week_folder("handover/tuning_set", week, context.run_id)
        unload_training_set(warehouse, lake, folder)
        yield from compute.run(
            context,
            program="engage_ml.tuning",
            parameters={
                "week": week.isoformat(),
                "training_set_uri": lake.location(folder),
                "features": feature_list(settings.dbt_target),
                "models_uri": registry.uri,
                "seed": settings.seed,
                "max_training_rows": settings.max_training_rows,
                "seconds": settings.tuning_seconds,
                "max_trials": MAX_TRIALS,
                "churn_trees": read_tuned(registry),
            },
        )
        lake.clear("handover/tuning_set")

    return [churn_trees]
