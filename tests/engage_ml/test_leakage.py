from dataclasses import replace

import numpy as np
import pytest

from engage_ml.bootstrap import Resamples
from engage_ml.leakage import best_single_feature, canary_gain
from engage_ml.training_data import TrainingData


def test_the_canary_does_not_help_in_a_clean_split(data: TrainingData) -> None:
    resamples = Resamples.draw(int(data.validation.active.sum()), seed=1)
    gain = canary_gain(data, resamples, seed=1)
    assert gain.lower <= 0.002
    assert abs(gain.value) < 0.02


def test_no_clean_feature_ranks_active_customers_almost_perfectly(data: TrainingData) -> None:
    assert 0.5 < best_single_feature(data).auc < 0.8


def test_an_outcome_in_disguise_is_found(data: TrainingData) -> None:
    x = data.training.x.copy()
    column = data.matrix.column_names.index("users_blocked")
    x[column] = np.where(data.training.churned, np.nan, 1.0)  # missing exactly for those who leave
    leaking = replace(data, training=replace(data.training, x=x))
    found = best_single_feature(leaking)
    assert found.name == "users_blocked"
    assert found.auc == pytest.approx(1.0)
