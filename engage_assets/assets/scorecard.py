"""The scorecard against the sealed truth: exists on simulated weeks only, because only there the truth is known."""

from collections.abc import Iterator
from dataclasses import asdict

import dagster as dg

from engage_assets.partitions import week_of
from engage_assets.platform_contract import weeks_partitions
from engage_assets.records.model_registry import read_trained
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.settings import Settings
from engage_assets.synthetic.scorecard import score_against_truth

TRUTH = "truth"


def build_scorecard_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """How close the churn model comes to the best possible."""

    @dg.asset(
        key=["monitoring", "truth_scorecard"],
        deps=[["models", "evaluation"]],
        group_name="monitoring",
        kinds={"json"},
        partitions_def=weeks_partitions(settings),
        output_required=False,
        description="Skill of the churn model on active held-out customers: (AUC - 0.5) / (ceiling - 0.5), where the "
        "ceiling is the AUC of the sealed true probability. Absent on weeks that were not simulated.",
    )
    def truth_scorecard(
        context: dg.AssetExecutionContext, lake: Lake, registry: Lake
    ) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        week = week_of(context)
        run_id = read_trained(registry, week)["run_id"]
        predictions = lake.read_table(week_folder("evaluation/validation_predictions", week, run_id))
        validation_week = predictions["week"][0].as_py()
        if validation_week not in lake.weeks(TRUTH):
            context.log.info(f"week {validation_week} was not simulated: there is no sealed truth to compare with")
            return
        scorecard = score_against_truth(predictions, lake.read_table(week_folder(TRUTH, validation_week)))
        figures = {**asdict(scorecard), "skill": scorecard.skill, "validation_week": validation_week.isoformat()}
        lake.write_json(f"scorecard/week={week.isoformat()}.json", figures)
        yield dg.MaterializeResult(metadata=figures)

    return [truth_scorecard]
