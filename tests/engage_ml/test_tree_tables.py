import json

import numpy as np
import pytest
import xgboost as xgb

from engage_ml import boosting
from engage_ml.training_data import TrainingData
from engage_ml.tree_compiler import compile_trees
from engage_ml.tree_shap import leaf_shapley


def random_model(objective: str = "binary:logistic", depth: int = 4, rounds: int = 25) -> tuple[bytes, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(12, 3_000)).astype(np.float32)
    x[3] = rng.integers(0, 2, 3_000)
    x[4] = rng.integers(0, 5, 3_000)
    x[:3][rng.random((3, 3_000)) < 0.2] = np.nan
    signal = np.nan_to_num(x[0]) * x[5] + x[3] + 0.3 * x[4]
    y = (rng.random(3_000) < 1 / (1 + np.exp(-signal))).astype(np.float32)
    saved = boosting.train(
        boosting.binned(x, threads=1), y, np.ones(3_000, np.float32), objective=objective, base_score=0.3,
        rounds=rounds,
        parameters={"eta": 0.3, "max_depth": depth, "colsample_bytree": 0.7}, threads=1, seed=1,
    )  # fmt: skip
    return saved, x


def native(saved: bytes, x: np.ndarray, **options: bool) -> np.ndarray:
    booster = xgb.Booster()
    booster.load_model(bytearray(saved))
    return booster.predict(xgb.DMatrix(np.ascontiguousarray(x.T)), **options)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_contributions_equal_those_of_xgboost_with_missing_values_and_indicators(depth: int) -> None:
    saved, x = random_model(depth=depth)
    tables = compile_trees(saved)
    accumulators = [np.zeros(x.shape[1], np.float32) for _ in x]
    tables.add_contributions(x, 1.0, accumulators)
    expected = native(saved, x, pred_contribs=True)
    np.testing.assert_allclose(np.array(accumulators).T, expected[:, :-1], atol=1e-4)
    assert tables.expected == pytest.approx(expected[0, -1], abs=1e-4)


def test_contributions_of_real_features_equal_those_of_xgboost(data: TrainingData) -> None:
    saved = boosting.train(
        boosting.binned(data.training.x, threads=1), data.training.churned.astype(np.float32), data.weight,
        objective="binary:logistic", base_score=0.2, rounds=20, parameters={"eta": 0.2}, threads=1, seed=1,
    )  # fmt: skip
    x = data.validation.x
    accumulators = [np.zeros(x.shape[1], np.float32) for _ in x]
    compile_trees(saved).add_contributions(x, 1.0, accumulators)
    np.testing.assert_allclose(np.array(accumulators).T, native(saved, x, pred_contribs=True)[:, :-1], atol=1e-4)
    assert np.isnan(x).any()


@pytest.mark.parametrize("objective", ["binary:logistic", "reg:squarederror", "reg:tweedie"])
def test_margins_equal_those_of_xgboost(objective: str) -> None:
    saved, x = random_model(objective)
    np.testing.assert_allclose(compile_trees(saved).margin(x), native(saved, x, output_margin=True), atol=1e-4)


def test_contributions_and_expected_value_add_up_to_the_margin() -> None:
    saved, x = random_model()
    tables = compile_trees(saved)
    accumulators = [np.zeros(x.shape[1], np.float32) for _ in x]
    tables.add_contributions(x, 2.0, accumulators)
    np.testing.assert_allclose(2 * tables.margin(x), 2 * tables.expected + np.sum(accumulators, axis=0), atol=1e-4)


def test_a_leaf_with_one_player_gives_it_the_difference_to_the_mean() -> None:
    # Value 1, reached by a quarter: a row that follows gains 3/4, one that does not loses 1/4.
    np.testing.assert_allclose(leaf_shapley(np.array([[0.25]]))[0, 0], [-0.25, 0.75])


def test_a_leaf_with_two_players_by_hand() -> None:
    # Both follow: v(ab) = 1, v(a) = 0.5, v(b) = 0.2, v() = 0.1. phi_a = ((0.5 - 0.1) + (1 - 0.2)) / 2.
    shapley = leaf_shapley(np.array([[0.2, 0.5]]))[0, :, 3]
    np.testing.assert_allclose(shapley, [0.6, 0.3])
    assert shapley.sum() == pytest.approx(1 - 0.1)


def test_a_model_without_a_split_is_its_constant() -> None:
    x = np.ones((2, 100), np.float32)
    saved = boosting.train(
        boosting.binned(x, threads=1), np.r_[np.ones(50), np.zeros(50)].astype(np.float32), np.ones(100, np.float32),
        objective="reg:squarederror", base_score=0.25, rounds=2, parameters={}, threads=1, seed=1,
    )  # fmt: skip
    np.testing.assert_allclose(compile_trees(saved).margin(x), native(saved, x, output_margin=True), atol=1e-5)


def test_deeper_trees_are_refused() -> None:
    saved, _ = random_model(depth=6)
    with pytest.raises(ValueError, match="deeper than 4"):
        compile_trees(saved)


def test_an_unknown_objective_is_refused() -> None:
    content = json.loads(random_model(rounds=1)[0])
    content["learner"]["objective"]["name"] = "rank:ndcg"
    with pytest.raises(ValueError, match="rank:ndcg"):
        compile_trees(json.dumps(content).encode())
