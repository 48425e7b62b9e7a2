"""The scorecard of a run: its model's held-out customers and its scored week beside the sealed truth of those weeks."""

from datetime import date

from engage_assets.records.model_registry import read_trained
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.synthetic.ceiling import observable_share
from engage_assets.synthetic.scorecard import (
    Measured,
    calibrate_against_truth,
    rank_against_truth,
    reasons_against_truth,
)
from engage_assets.synthetic.truth import DRIVERS

TRUTH = "truth"
PROBABILITY = "churn_probability_30d"
TRUTH_COLUMNS = ("customer_id", PROBABILITY, *(f"driver_{name}" for name in DRIVERS))
SCORED = (
    *("customer_id", "is_active_30d", "churn_probability"),
    *(f"reason_{rank}_{part}" for rank in (1, 2, 3) for part in ("theme", "direction")),
)


def measure_against_truth(lake: Lake, registry: Lake, week: date, run_id: str) -> list[tuple[date, Measured]]:
    """Figures with the week whose customers they were measured on; empty on weeks that were not simulated."""
    simulated = lake.weeks(TRUTH)
    found: list[tuple[date, Measured]] = []
    trained = read_trained(registry, week)["run_id"]
    held_out = lake.read_table(week_folder("evaluation/validation_predictions", week, trained))
    judged = held_out["week"][0].as_py()
    if judged in simulated:
        truth = lake.read_table(week_folder(TRUTH, judged), columns=["customer_id", PROBABILITY])
        figures = rank_against_truth(held_out, truth, observable_share=observable_share())
        found += [(judged, figure) for figure in figures]
    if week in simulated:
        truth = lake.read_table(week_folder(TRUTH, week), columns=list(TRUTH_COLUMNS))
        scored = lake.read_table(week_folder("predictions", week, run_id), columns=list(SCORED))
        found += [(week, figure) for figure in calibrate_against_truth(scored, truth)]
        found += [(week, figure) for figure in reasons_against_truth(scored, truth)]
    return found
