"""Stand-ins for sensitive attributes, and what mitigation does and costs."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from engage_ml.errors import ProgramError
from engage_ml.mitigation import fair_weights, reweighted, threshold_prices
from engage_ml.parameters import TrainingParameters
from engage_ml.proxies import proxies
from engage_ml.training_data import TrainingData
from engage_ml.validation import Validation
from tests.engage_ml.conftest import Workspace


def seen(data: TrainingData, probability: np.ndarray) -> Validation:
    rows = data.validation
    zeros = np.zeros(len(rows))
    return Validation(
        active=rows.active,
        churned=rows.churned,
        probability=probability,
        members=np.vstack([zeros, zeros]),
        baseline=zeros,
        engagement=zeros,
        revenue_usd=np.ones(len(rows)),
    )


def with_gender_in_a_feature(data: TrainingData) -> TrainingData:
    x = data.validation.x.copy()
    place = data.matrix.column_names.index("followers_count")
    x[place] += 5 * (np.array(data.customers["gender"].to_pylist()) == "Female") * x[place].std()
    return replace(data, validation=replace(data.validation, x=x))


def test_features_that_know_nothing_of_an_attribute_and_one_that_gives_it_away(data: TrainingData) -> None:
    rows = {row["attribute"]: row for row in proxies(data, seed=1)}
    assert rows["gender"]["auc"]["lower"] < 0.53
    assert rows["gender"]["auc"]["value"] == pytest.approx(0.5, abs=0.08)
    told = {row["attribute"]: row for row in proxies(with_gender_in_a_feature(data), seed=1)}
    assert told["gender"]["auc"]["lower"] > 0.8
    assert next(iter(told["gender"]["features"])) == "followers_count"
    assert told["age_band"]["auc"]["value"] < 0.6


def test_fair_weights_make_every_group_leave_equally_often_by_hand() -> None:
    values = np.array(["a"] * 4 + ["b"] * 4, dtype=object)
    outcome = np.array([1, 1, 1, 0, 1, 0, 0, 0], bool)
    weights = fair_weights(values, outcome, np.ones(8, np.float32))
    np.testing.assert_allclose(weights[:4], [2 / 3] * 3 + [2.0], rtol=1e-6)
    for name in ("a", "b"):
        group = values == name
        assert np.average(outcome[group], weights=weights[group]) == pytest.approx(0.5)


def test_reweighting_touches_the_learners_alone(data: TrainingData) -> None:
    fair = reweighted(data, "gender")
    assert fair.learning_weight is not fair.weight
    np.testing.assert_array_equal(fair.weight, data.weight)
    np.testing.assert_array_equal(data.learning_weight, data.weight)
    assert fair.learning_weight.mean() == pytest.approx(data.weight.mean(), rel=1e-4)


def test_thresholds_by_group_select_everybody_alike_and_cost_leavers(data: TrainingData) -> None:
    rng = np.random.default_rng(3)
    female = np.array(data.customers["gender"].to_pylist()) == "Female"
    probability = np.clip(0.6 * data.validation.churned + 0.3 * rng.random(len(female)) - 0.25 * female, 0, 1)
    [row] = [row for row in threshold_prices(data, seen(data, probability)) if row["attribute"] == "gender"]
    assert row["smallest_ratio_common"] < 0.8
    assert row["smallest_ratio_by_group"] > 0.97
    assert row["revenue_reached_by_group_usd"] == row["leavers_by_group"]


def test_training_with_reweighting_shows_its_price(make_workspace: object) -> None:
    workspace: Workspace = make_workspace()  # type: ignore[operator]
    completed = workspace.run("training", reweighted_by="gender")
    assert completed.returncode == 0, completed.stderr
    [card] = (workspace.root / "models").glob("*/card.json")
    content = json.loads(card.read_text())
    price = content["mitigation"]["reweighting"]
    assert price["attribute"] == content["parameters"]["reweighted_by"] == "gender"
    for figure in ("auc", "pr_auc", "leavers_reached", "revenue_reached_usd", "smallest_ratio"):
        assert price["difference"][figure] == pytest.approx(price["reweighted"][figure] - price["unmitigated"][figure])
    # No group of the planted population leaves more often than another, so there is little to pay for.
    assert abs(price["difference"]["auc"]) < 0.02
    assert {row["attribute"] for row in content["proxies"]} >= {"gender", "age_band"}


def test_an_unknown_attribute_is_one_message(data: TrainingData) -> None:
    given = {"week": "2026-04-27", "run_id": "r", "training_set_uri": "t", "models_uri": "m", "evaluation_uri": "e"}
    features = [feature.as_json() for feature in data.matrix.features]
    with pytest.raises(ProgramError, match="reweighted_by is 'age'; expected one of gender"):
        TrainingParameters.from_extras({**given, "features": features, "reweighted_by": "age"})
    assert isinstance(data.training_groups, pa.Table)
