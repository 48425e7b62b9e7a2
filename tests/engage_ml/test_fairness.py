import numpy as np
import pyarrow as pa
import pytest

from engage_ml.bootstrap import Resamples
from engage_ml.fairness import audit, top_share

N = 12_000


def people(seed: int) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """Customers, true probability and outcome; no attribute has to do with anything."""
    rng = np.random.default_rng(seed)
    table = pa.table(
        {
            "gender": pa.array(list(rng.choice(["Female", "Male", None], N, p=[0.48, 0.5, 0.02])), pa.string()),
            "age_band": rng.choice(["18-24", "25-34", "35-44"], N),
            "location": rng.choice([f"Metro {n}" for n in range(20)], N),
        }
    )
    probability = 1 / (1 + np.exp(-rng.normal(-2.6, 1.0, N)))
    return table, probability, rng.random(N) < probability


def states(table: pa.Table, outcome: np.ndarray, probability: np.ndarray, seed: int = 1) -> dict[tuple[str, str], str]:
    rows = audit(table, outcome, probability, Resamples.draw(len(outcome), seed=seed, replicates=150))
    return {(row["attribute"], row["group_name"]): row["state"] for row in rows}


def test_a_clean_population_fails_nowhere() -> None:
    for seed in range(3):
        table, probability, outcome = people(seed)
        assert "failed" not in states(table, outcome, probability, seed).values()


def test_a_group_that_is_hardly_selected_fails() -> None:
    table, probability, outcome = people(3)
    group = np.array(table["gender"].to_pylist()) == "Female"
    found = states(table, outcome, np.where(group, probability * 0.5, probability))
    assert found["gender", "Female"] == "failed"
    assert found["location", "Metro 3"] != "failed"


def test_a_bias_in_one_intersection_is_found() -> None:
    table, probability, outcome = people(4)
    gender, age = (np.array(table[name].to_pylist()) for name in ("gender", "age_band"))
    group = (gender == "Male") & (age == "35-44")
    found = states(table, outcome, np.where(group, probability * 0.3, probability))
    assert found["gender_x_age_band", "Male 35-44"] == "failed"


def test_small_groups_are_insufficient_and_still_listed() -> None:
    table, probability, outcome = people(5)
    found = states(table, outcome, probability)
    assert found["gender_x_age_band", "Undisclosed 18-24"] == "insufficient"


def rows_by_hand(table: pa.Table, outcome: np.ndarray, selected: np.ndarray) -> list[dict[str, object]]:
    resamples = Resamples.draw(6, seed=1, replicates=50)
    return audit(table, outcome, np.full(6, 0.4), resamples, selected=selected)


def test_figures_by_hand() -> None:
    table = pa.table({"gender": ["a", "a", "a", "b", "b", "b"], "age_band": ["x"] * 6, "location": ["y"] * 6})
    outcome = np.array([1, 1, 0, 1, 0, 0], bool)
    selected = np.array([1, 0, 0, 1, 1, 0], bool)
    rows = {r["group_name"]: r for r in rows_by_hand(table, outcome, selected)}
    assert rows["a"]["selection_rate"] == pytest.approx(1 / 3)
    assert rows["a"]["selection_rate_ratio"] == pytest.approx((1 / 3) / (1 / 2))
    assert rows["b"]["selection_rate_ratio"] == pytest.approx((1 / 2) / (2 / 3))  # turned to be at most 1
    assert (rows["a"]["tpr"], rows["a"]["fpr"]) == (0.5, 0.0)
    assert rows["a"]["calibration_gap"] == pytest.approx(2 / 3 - 0.4)
    assert rows["a"]["tpr_gap"] == pytest.approx(2 / 3 - 0.5)
    assert (rows["a"]["customers"], rows["a"]["positives"], rows["a"]["state"]) == (3, 2, "insufficient")


def test_the_top_tenth_is_selected() -> None:
    assert top_share(np.arange(100.0)).sum() == 10
    assert len(top_share(np.array([]))) == 0


def test_probabilities_that_are_wrong_for_one_group_fail_even_when_nobody_is_selected_differently() -> None:
    table, probability, outcome = people(6)
    group = np.array(table["gender"].to_pylist()) == "Male"
    low = probability < np.quantile(probability, 0.8)  # far from those who are selected
    leaves = outcome | (group & low & (np.random.default_rng(1).random(N) < 0.12))
    rows = audit(table, leaves, probability, Resamples.draw(N, seed=1, replicates=150))
    [male] = [row for row in rows if row["group_name"] == "Male"]
    assert male["state"] == "failed"
    assert male["calibration_lower"] > 0.05


@pytest.mark.slow
def test_power_against_a_bias_in_one_intersection_and_false_alarms() -> None:
    """Stated in docs/models.md: 2,000 customers of one gender and age, whose probabilities are halved."""
    seeds, caught, alarms = 40, 0, 0
    for seed in range(seeds):
        table, probability, outcome = people(100 + seed)
        gender, age = (np.array(table[name].to_pylist()) for name in ("gender", "age_band"))
        group = (gender == "Male") & (age == "35-44")
        found = states(table, outcome, np.where(group, probability * 0.5, probability), seed)
        caught += found["gender_x_age_band", "Male 35-44"] == "failed"
        alarms += "failed" in states(table, outcome, probability, seed).values()
    print(f"caught {caught} of {seeds}, false alarms in {alarms} of {seeds} clean populations")
    assert caught / seeds >= 0.95
    assert alarms / seeds <= 0.05
