from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from engage_ml import churn_training
from engage_ml.churn_training import better_linear, linear_choices, train_linear
from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.linear import RIDGE, LinearModel, average, fit_linear
from engage_ml.metrics import auc
from engage_ml.training_data import TrainingData
from engage_ml.transforms import ColumnTransform, Transforms, fit_transforms


@pytest.mark.parametrize("ridge", [RIDGE, 3e-2])
def test_the_fit_is_the_ridge_optimum(ridge: float) -> None:
    rng = np.random.default_rng(1)
    terms = rng.normal(size=(6, 5_000)).astype(np.float32)
    outcome = (rng.random(5_000) < 1 / (1 + np.exp(1 - terms[0] + 0.5 * terms[1]))).astype(np.float32)
    weight = rng.uniform(0.5, 1.5, 5_000).astype(np.float32)
    columns = tuple(ColumnTransform(0, 0, 0, 1, (), zero_flag=False, missing_flag=False) for _ in terms)
    ours = fit_linear(Transforms.of(columns), terms, outcome, weight, ridge=ridge)
    centred = (terms - ours.means[:, None]).T
    reference = LogisticRegression(C=1 / (ridge * len(outcome)), tol=1e-10, max_iter=200)
    reference.fit(centred, outcome, sample_weight=weight * len(outcome) / weight.sum())
    np.testing.assert_allclose(ours.coefficients, reference.coef_[0], atol=2e-3)
    assert ours.intercept == pytest.approx(float(reference.intercept_[0]), abs=2e-3)


def test_transform_of_a_value_by_hand() -> None:
    column = ColumnTransform(2.0, 4.0, 0.5, 2.0, (0.0,), zero_flag=True, missing_flag=True)
    out = np.empty((4, 3), np.float32)
    column.apply(np.array([4.0, 0.0, np.nan], np.float32), out)
    scaled = (np.log1p(np.array([1.0, 0.0, 0.5])) - 0.5) / 2
    np.testing.assert_allclose(out[0], scaled, rtol=1e-6)
    np.testing.assert_allclose(out[1], np.maximum(scaled, 0), rtol=1e-6)
    np.testing.assert_array_equal(out[2:], [[0, 1, 0], [0, 0, 1]])


def test_contributions_add_up_to_the_margin(data: TrainingData) -> None:
    transforms = fit_transforms(data.training.x, data.matrix)
    outcome = data.training.churned.astype(np.float32)
    model = fit_linear(transforms, transforms.apply(data.training.x), outcome, data.weight)
    x = data.validation.x
    accumulators = [np.zeros(x.shape[1], np.float32) for _ in x]
    model.add_contributions(x, 1.0, accumulators)
    np.testing.assert_allclose(model.intercept + np.sum(accumulators, axis=0), model.margin(x), atol=1e-4)
    restored = LinearModel.from_bytes(model.to_bytes())
    np.testing.assert_array_equal(restored.margin(x), model.margin(x))
    # Contributions are centred: a column's Shapley values have mean zero over the training rows.
    accumulators = [np.zeros(len(data.training), np.float32) for _ in x]
    model.add_contributions(data.training.x, 1.0, accumulators)
    np.testing.assert_allclose(np.average(accumulators, axis=1, weights=data.weight), 0, atol=1e-3)


def test_the_average_model_has_the_mean_margin(data: TrainingData) -> None:
    transforms = fit_transforms(data.training.x, data.matrix)
    terms = transforms.apply(data.training.x)
    models = [
        fit_linear(transforms, terms[:, part], data.training.churned[part].astype(np.float32), data.weight[part])
        for part in (slice(None, None, 2), slice(1, None, 2))
    ]
    x = data.validation.x
    mean = np.mean([model.margin(x) for model in models], axis=0)
    np.testing.assert_allclose(average(models).margin(x), mean, atol=1e-4)


def test_shuffled_outcomes_teach_nothing(data: TrainingData) -> None:
    rng = np.random.default_rng(8)
    transforms = fit_transforms(data.training.x, data.matrix)
    shuffled = rng.permutation(data.training.churned).astype(np.float32)
    model = fit_linear(transforms, transforms.apply(data.training.x), shuffled, data.weight)
    assert auc(model.margin(data.validation.x), data.validation.churned) == pytest.approx(0.5, abs=0.08)


def test_a_column_that_never_has_a_value_is_harmless(matrix: FeatureMatrix) -> None:
    x = np.full((matrix.columns, 50), np.nan, np.float32)
    assert np.isfinite(fit_transforms(x, matrix).apply(x)).all()


@pytest.mark.parametrize("bent", [False, True])
def test_on_small_data_the_linear_member_is_plain_where_the_truth_is(data: TrainingData, bent: bool) -> None:
    plain = fit_transforms(data.training.x, data.matrix, plain=True).apply(data.training.x).astype(np.float64)
    truth = -1 + (3 * np.abs(plain[2]) if bent else 1.2 * plain[2] - plain[4])
    churned = np.random.default_rng(3).random(len(truth)) < 1 / (1 + np.exp(-truth))
    drawn = replace(data, training=replace(data.training, churned=churned))
    offered = linear_choices(drawn, fit_transforms(drawn.training.x, drawn.matrix))
    tried = [train_linear(drawn, terms) for terms in offered]
    assert better_linear(drawn, tried) is tried[0 if bent else 1]


def test_large_data_have_one_choice(data: TrainingData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn_training, "SMALL_ROWS", len(data.training))
    terms = fit_transforms(data.training.x, data.matrix)
    assert linear_choices(data, terms) == (terms,)
