"""Models: training as a program, and the champion that scoring uses."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from engage_assets.assets.transformations import POOL
from engage_assets.checks.gates import accepted_in_contract, comparable_champion, gates_of, state_of
from engage_assets.checks.rules_promotion import Decision, decide
from engage_assets.dbt import feature_list
from engage_assets.errors import GateRefusedError, InputError
from engage_assets.partitions import week_of
from engage_assets.platform_contract import platform_contract, weeks_partitions
from engage_assets.records.gate_log import GateRecord, read_records, verdicts_on
from engage_assets.records.model_registry import read_trained, read_tuned, read_verdict, write_trained, write_verdict
from engage_assets.records.promotions import record_decision, require_champion, withdrawn
from engage_assets.records.usage import metered
from engage_assets.resources.compute import Compute
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

TRAINING_INPUTS = (["features", "training_set"], ["features", "survival_set"], ["features", "customer_features"])
"""A gate on any of them stops the training."""

DESCRIPTIONS = {
    "churn": "Probability of no activity in the next 30 days: XGBoost and a logistic regression, stacked, calibrated.",
    "engagement": "Engagement score of the next 30 days (0-1): XGBoost regressor.",
    "revenue": "Revenue of the next 30 days, USD: XGBoost regressor.",
    "anomaly": "How unusual a customer's behaviour is: isolation forest.",
    "segments": "Groups of customers who behave alike: k-means with names that stay the same across weeks.",
}


def build_model_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The five models, their evaluation, and the champion pointer."""

    @dg.multi_asset(
        name="train_models",
        specs=[
            dg.AssetSpec(
                ["models", name],
                deps=TRAINING_INPUTS,
                group_name="models",
                kinds={"xgboost"} if name in {"churn", "engagement", "revenue"} else {"scikitlearn"},
                description=description,
            )
            for name, description in DESCRIPTIONS.items()
        ]
        + [
            dg.AssetSpec(
                ["models", "evaluation"],
                deps=TRAINING_INPUTS,
                group_name="models",
                kinds={"parquet"},
                description="Metrics with intervals, fairness, reliability, lift and importance, as tables.",
            )
        ],
        partitions_def=weeks_partitions(settings),
        pool=POOL,
    )
    def train(
        context: dg.AssetExecutionContext, warehouse: Warehouse, lake: Lake, registry: Lake, compute: Compute
    ) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        week = week_of(context)
        platform = platform_contract(settings)
        with metered(lake, week, "training", warehouse) as usage:
            folder = week_folder("handover/training_set", week, context.run_id)
            usage.rows = unload_training_set(warehouse, lake, folder)
            followed = week_folder("handover/survival_set", week, context.run_id)
            warehouse.unload("select * from features.survival_set", lake.location(followed))
            results = compute.run(
                context,
                program="engage_ml.training",
                parameters={
                    "week": week.isoformat(),
                    "run_id": context.run_id,
                    "training_set_uri": lake.location(folder),
                    "features": feature_list(settings.dbt_target),
                    "models_uri": registry.uri,
                    "evaluation_uri": lake.location("evaluation"),
                    "seed": settings.seed,
                    "max_training_rows": settings.max_training_rows,
                    "threads": settings.threads,
                    "code_version": settings.code_version,
                    "survival_set_uri": lake.location(followed),
                    "churn_trees": read_tuned(registry),
                    "reweighted_by": None if settings.reweighted_by == "none" else settings.reweighted_by,
                    "champion_version": comparable_champion(registry, week, settings),
                    "outcome_days": 0 if platform.label_is_given else platform.horizon_days,
                },
            )
            lake.clear("handover/training_set")
            lake.clear("handover/survival_set")
        version = reported_version(results[0].metadata)
        write_trained(registry, week, version=version, run_id=context.run_id)
        yield from results
        yield dg.MaterializeResult(asset_key=["models", "evaluation"], metadata={"model_version": version})

    @dg.asset(
        key=["models", "champion"],
        deps=[["models", name] for name in DESCRIPTIONS],
        group_name="models",
        kinds={"json"},
        partitions_def=weeks_partitions(settings),
        description="The version that scoring uses. The week's new version takes its place when it passed every gate "
        "and is not worse on the same rows; else the champion stays, and the reason is logged.",
    )
    def champion(context: dg.AssetExecutionContext, lake: Lake, registry: Lake) -> dg.MaterializeResult:  # type: ignore[type-arg]
        week = week_of(context)
        version = str(read_trained(registry, week)["model_version"])
        decision = promote_or_keep(registry, version, week=week, records=read_records(lake, week), settings=settings)
        context.log.info(f"{version}: {decision.event} ({decision.rule}): {decision.reason}")
        if decision.event == "refused":
            raise GateRefusedError(f"refused by {decision.reason}")
        return dg.MaterializeResult(
            metadata={
                "model_version": require_champion(registry, week),
                "challenger": version,
                "decision": decision.event,
                "rule": decision.rule,
                "reason": decision.reason,
            }
        )

    return [train, champion]


def promote_or_keep(
    registry: Lake, version: str, *, week: date, records: Sequence[GateRecord], settings: Settings | None = None
) -> Decision:
    """Decides on the version that a week trained, keeps the verdict beside it, and moves the champion if it won.

    The verdict is stored first and the pointer moved last: scoring refuses a version without the verdict, so a kill in
    between leaves the earlier champion in place.
    """
    gates = gates_of("model", settings)
    before = read_verdict(registry, version)
    overrides = {**accepted_in_contract(records, version, settings), **(before.overrides if before else {})}
    decision = decide(
        version,
        champion=comparable_champion(registry, week, settings),
        records=records,
        gates=gates,
        overridden=frozenset(overrides),
        withdrawn=withdrawn(registry, version),
    )
    if decision.rule != "same version":
        if before is None or before.state == "not promoted":
            verdicts = verdicts_on(records, gates, subject=version)
            usable = "overridden" if overrides else state_of(verdicts)
            state = usable if decision.promotes else "not promoted"
            write_verdict(registry, version, state=state, gates=verdicts, overrides=overrides)
        record_decision(
            registry, event=decision.event, version=version, week=week, rule=decision.rule, reason=decision.reason
        )
    return decision


def unload_training_set(warehouse: Warehouse, lake: Lake, folder: str) -> int:
    """Hands the training set over to the lake, in any order, and returns its rows.

    Raises
    ------
    InputError
        When no week's outcome has matured yet: there is nothing to learn from.
    """
    rows = warehouse.unload("select * from features.training_set", lake.location(folder))
    if rows == 0:
        raise InputError(
            "no week's outcome has matured: an outcome needs the five weeks after its own. "
            "Build a longer history (engage run --weeks 13)."
        )
    return rows


def reported_version(metadata: Mapping[str, Any] | None) -> str:
    """The model version in what the training program reported."""
    value = (metadata or {})["model_version"]
    return str(getattr(value, "value", value))
