"""What training tries where customers are few: settings of the trees, penalties of the logistic regression."""

from dataclasses import replace

import numpy as np
import pytest

from engage_ml import churn_training
from engage_ml.hyperparameters import CHURN_SLOW, CHURN_SUPPLE, RIDGE, ChurnTrees
from engage_ml.linear import average, fit_linear
from engage_ml.training_data import TrainingData
from engage_ml.transforms import fit_transforms

ABSURD = 30.0
GIVEN = ChurnTrees(rounds=30)


def with_customers(data: TrainingData, customers: int) -> TrainingData:
    """The same rows, said to be of that many customers."""
    return replace(data, training=replace(data.training, hashes=data.training.hashes % np.uint64(customers)))


def test_slow_trees_are_tried_where_few_customers_have_many_rows(data: TrainingData) -> None:
    assert data.few_customers
    assert churn_training.choices(data, GIVEN) == (GIVEN, CHURN_SUPPLE)
    assert churn_training.choices(with_customers(data, 500), GIVEN) == (GIVEN, CHURN_SLOW, CHURN_SUPPLE)
    halves = replace(with_customers(data, 500), fold=(data.fold > 1).astype(np.uint8))
    assert not halves.few_customers
    assert CHURN_SLOW not in churn_training.choices(halves, GIVEN)


@pytest.mark.parametrize("name", ["RIDGE", "RIDGE_FEW"])
def test_the_penalty_is_the_better_one_out_of_fold(
    data: TrainingData, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(churn_training, "RIDGE", RIDGE)
    monkeypatch.setattr(churn_training, "RIDGE_FEW", RIDGE)
    transforms = fit_transforms(data.training.x, data.matrix)
    expected = churn_training.train_linear(data, transforms)
    monkeypatch.setattr(churn_training, name, ABSURD)
    found = churn_training.train_linear(data, transforms)
    np.testing.assert_array_equal(found.model.coefficients, expected.model.coefficients)
    np.testing.assert_array_equal(found.out_of_fold, expected.out_of_fold)


def test_of_many_customers_nothing_is_chosen(data: TrainingData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(churn_training, "RIDGE_FEW", None)
    halves = replace(data, fold=(data.fold > 1).astype(np.uint8))
    transforms = fit_transforms(data.training.x, data.matrix)
    linear = churn_training.train_linear(halves, transforms)
    terms, outcome = transforms.apply(data.training.x), data.training.churned.astype(np.float32)
    parts = [halves.outside(fold) for fold in range(2)]
    models = [fit_linear(transforms, terms[:, part], outcome[part], data.weight[part]) for part in parts]
    np.testing.assert_array_equal(linear.model.coefficients, average(models).coefficients)
    boosters = [churn_training.train_booster(halves, fold, trees=GIVEN, seed=1) for fold in range(2)]
    assert not churn_training.combine(halves, boosters, linear).ensemble.equal
