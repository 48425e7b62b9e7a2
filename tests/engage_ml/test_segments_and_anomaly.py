from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from engage_ml import anomaly
from engage_ml.anomaly_training import _take_out, train_forest
from engage_ml.segments import PROFILES, explained_share, fit_segments, load_segments
from engage_ml.training_data import TrainingData
from engage_ml.transforms import fit_transforms


def test_names_are_unique_and_from_the_catalogue(data: TrainingData) -> None:
    segments = fit_segments(data.training.x, data.matrix, fit_transforms(data.training.x, data.matrix), previous=None)
    assert sorted(segments.names) == sorted(PROFILES)
    assert 0.3 < explained_share(segments.positions(data.validation.x), segments.centroids) < 1


def test_names_stay_with_customers_when_the_next_version_sees_other_customers(data: TrainingData) -> None:
    x = data.training.x
    transforms = fit_transforms(x, data.matrix)
    first = fit_segments(np.ascontiguousarray(x[:, ::2]), data.matrix, transforms, previous=None)
    restored = load_segments(first.to_bytes())
    second = fit_segments(np.ascontiguousarray(x[:, 1::2]), data.matrix, transforms, previous=restored)
    assert second.names == first.names
    before = np.array(first.names)[first.assign(data.validation.x)]
    after = np.array(second.names)[second.assign(data.validation.x)]
    assert (before == after).mean() > 0.9


def test_a_changed_feature_list_starts_from_the_catalogue(data: TrainingData) -> None:
    transforms = fit_transforms(data.training.x, data.matrix)
    first = fit_segments(data.training.x, data.matrix, transforms, previous=None)
    other = replace(first, column_names=tuple(("renamed",) * len(group) for group in first.columns))
    again = fit_segments(data.training.x, data.matrix, transforms, previous=other)
    np.testing.assert_array_equal(again.centroids, first.centroids)


def test_dormant_customers_are_called_dormant(data: TrainingData) -> None:
    x = data.validation.x
    segments = fit_segments(data.training.x, data.matrix, fit_transforms(data.training.x, data.matrix), previous=None)
    names = np.array(segments.names)[segments.assign(x)]
    away = ~data.validation.active
    assert (names[away] == "Dormant").mean() > 2 * (names[~away] == "Dormant").mean()


def test_scores_equal_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    table = rng.lognormal(size=(2_000, 5)).astype(np.float32)
    reference = IsolationForest(n_estimators=20, max_samples=256, random_state=3).fit(table)
    forest = _take_out(reference, [0, 1, 2, 3, 4], [0.0] * 5, [0.0] * 5)
    ours = forest.score(np.ascontiguousarray(table.T))
    np.testing.assert_allclose(ours, -reference.score_samples(table), atol=1e-6)


def test_one_percent_is_flagged_and_the_file_restores_the_forest(data: TrainingData) -> None:
    forest = train_forest(data.training.x, data.matrix, fit_transforms(data.training.x, data.matrix), seed=1)
    restored = anomaly.load_forest({anomaly.FILE: forest.to_bytes()})
    scores = forest.score(data.training.x)
    np.testing.assert_array_equal(restored.score(data.training.x), scores)
    assert (scores > restored.limit).mean() == pytest.approx(0.01, abs=0.004)


def test_an_extreme_customer_is_an_anomaly(data: TrainingData) -> None:
    forest = train_forest(data.training.x, data.matrix, fit_transforms(data.training.x, data.matrix), seed=1)
    odd = np.nanmax(data.training.x, axis=1, keepdims=True) * 3
    assert forest.score(odd.astype(np.float32))[0] > forest.limit
