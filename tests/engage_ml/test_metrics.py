import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from engage_ml.bootstrap import Resamples
from engage_ml.metrics import CalibrationLine, Ranking, expected_calibration_error, log_loss, mean_of

RNG = np.random.default_rng(11)
SCORE = RNG.random(3_000)
OUTCOME = RNG.random(3_000) < SCORE
ONES = np.ones((1, 3_000))


@pytest.mark.parametrize("digits", [9, 1])
def test_ranking_equals_scikit_learn_for_every_weighting_with_and_without_ties(digits: int) -> None:
    score = np.round(SCORE, digits)
    weights = RNG.integers(0, 4, (3, 3_000)).astype(np.float64)
    ranking = Ranking(score, OUTCOME)
    for line, area, precision in zip(weights, ranking.auc(weights), ranking.average_precision(weights), strict=True):
        assert area == pytest.approx(roc_auc_score(OUTCOME, score, sample_weight=line), abs=1e-9)
        assert precision == pytest.approx(average_precision_score(OUTCOME, score, sample_weight=line), abs=1e-9)


def test_auc_by_hand() -> None:
    # Pairs (leaver, stayer): 0.9 beats both, 0.4 beats one and ties with none: 3 of 4.
    ranking = Ranking(np.array([0.9, 0.4, 0.5, 0.1]), np.array([True, True, False, False]))
    assert ranking.auc(np.ones((1, 4)))[0] == 0.75


def test_one_class_gives_no_number() -> None:
    assert np.isnan(Ranking(SCORE, np.ones(3_000, bool)).auc(ONES)[0])


def test_log_loss_equals_scikit_learn() -> None:
    assert mean_of(log_loss(SCORE, OUTCOME), ONES)[0] == pytest.approx(sklearn_log_loss(OUTCOME, SCORE), abs=1e-6)


def test_calibrated_probabilities_have_slope_one_and_intercept_zero() -> None:
    rng = np.random.default_rng(1)
    probability = 1 / (1 + np.exp(-rng.normal(-1, 1, 60_000)))
    outcome = rng.random(60_000) < probability
    line = CalibrationLine(probability, outcome)
    weights = np.ones((1, 60_000))
    assert line.slope(weights)[0] == pytest.approx(1, abs=0.03)
    assert line.intercept(weights)[0] == pytest.approx(0, abs=0.03)
    assert expected_calibration_error(probability, outcome) < 0.006


def test_overconfident_probabilities_have_a_slope_below_one() -> None:
    rng = np.random.default_rng(1)
    margin = rng.normal(-1, 1, 60_000)
    outcome = rng.random(60_000) < 1 / (1 + np.exp(-margin))
    line = CalibrationLine(1 / (1 + np.exp(-2 * margin)), outcome)
    assert line.slope(np.ones((1, 60_000)))[0] == pytest.approx(0.5, abs=0.02)


def test_bootstrap_interval_of_a_mean_has_the_width_of_theory() -> None:
    values = np.random.default_rng(4).normal(size=2_000)
    interval = Resamples.draw(2_000, seed=9, replicates=800).interval(lambda w: mean_of(values, w))
    assert interval.value == pytest.approx(values.mean())
    assert interval.upper - interval.lower == pytest.approx(2 * 1.96 * values.std() / np.sqrt(2_000), rel=0.12)


def test_every_replicate_draws_as_many_rows_as_there_are() -> None:
    resamples = Resamples.draw(500, seed=1, replicates=20)
    assert (resamples.counts.sum(axis=1) == 500).all()
    assert (resamples.counts == Resamples.draw(500, seed=1, replicates=20).counts).all()
