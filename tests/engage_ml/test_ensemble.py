import numpy as np
import pytest

from engage_ml.ensemble import fit_ensemble
from engage_ml.logistic import fit_logistic, log_losses, logit, sigmoid

RNG = np.random.default_rng(2)
N = 20_000
TRUTH = RNG.normal(-1.5, 1.2, N)
OUTCOME = (RNG.random(N) < sigmoid(TRUTH)).astype(np.float64)
WEIGHT = np.ones(N)
FOLD = (np.arange(N) % 2).astype(np.uint8)


def test_logistic_fit_finds_known_coefficients() -> None:
    fitted = fit_logistic(TRUTH[None, :], OUTCOME, WEIGHT)
    np.testing.assert_allclose(fitted, [0, 1], atol=0.06)


def test_logit_and_sigmoid_are_inverse_and_never_overflow() -> None:
    np.testing.assert_allclose(sigmoid(logit(np.array([0.001, 0.5, 0.999]))), [0.001, 0.5, 0.999])
    assert np.isfinite(log_losses(np.array([800.0, -800.0]), np.array([0.0, 1.0]))).all()


def test_two_noisy_members_beat_the_better_one() -> None:
    margins = np.vstack([TRUTH + RNG.normal(0, 0.7, N), TRUTH + RNG.normal(0, 0.9, N)])
    ensemble = fit_ensemble(("a", "b"), margins, OUTCOME, WEIGHT, FOLD)
    assert ensemble.log_loss < min(ensemble.member_log_loss)
    assert ensemble.weights[0] > ensemble.weights[1] > 0
    assert not ensemble.fell_back


def test_a_member_that_points_the_wrong_way_gets_no_weight() -> None:
    margins = np.vstack([TRUTH, -TRUTH + RNG.normal(0, 0.2, N)])
    ensemble = fit_ensemble(("good", "bad"), margins, OUTCOME, WEIGHT, FOLD)
    assert ensemble.weights[1] == 0
    assert ensemble.weights[0] == pytest.approx(1, abs=0.06)


def test_the_ensemble_is_never_worse_than_its_best_member() -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        rows = rng.integers(0, N, 400)
        margins = np.vstack([TRUTH[rows], rng.normal(size=400)])
        ensemble = fit_ensemble(("good", "noise"), margins, OUTCOME[rows], WEIGHT[rows], FOLD[rows])
        assert ensemble.log_loss <= min(ensemble.member_log_loss)
        assert min(ensemble.weights) >= 0
        if ensemble.fell_back:
            assert ensemble.weights.count(0.0) == 1


def test_of_few_customers_equal_weights_stay_until_others_are_proven_better() -> None:
    customers = np.arange(N, dtype=np.uint64)
    alike = np.vstack([TRUTH + RNG.normal(0, 0.72, N), TRUTH + RNG.normal(0, 0.75, N)])
    fitted = fit_ensemble(("a", "b"), alike, OUTCOME, WEIGHT, FOLD)
    kept = fit_ensemble(("a", "b"), alike, OUTCOME, WEIGHT, FOLD, customers=customers)
    assert fitted.weights[0] != fitted.weights[1]
    assert not fitted.equal
    assert kept.equal
    assert kept.weights[0] == kept.weights[1] == pytest.approx(sum(fitted.weights) / 2, abs=0.02)
    assert kept.log_loss < min(kept.member_log_loss)

    unlike = np.vstack([TRUTH, RNG.normal(size=N)])
    proven = fit_ensemble(("good", "noise"), unlike, OUTCOME, WEIGHT, FOLD, customers=customers)
    assert not proven.equal
    assert proven == fit_ensemble(("good", "noise"), unlike, OUTCOME, WEIGHT, FOLD)


def test_a_customer_seen_many_times_proves_no_more_than_one_seen_once() -> None:
    rows = np.arange(1_500)
    margins = np.vstack([TRUTH[rows], TRUTH[rows] + RNG.normal(0, 0.5, len(rows))])
    repeated = np.tile(rows, 40)
    once = fit_ensemble(("a", "b"), margins, OUTCOME[rows], WEIGHT[rows], FOLD[rows], customers=rows.astype(np.uint64))
    known = (margins[:, repeated], OUTCOME[repeated], WEIGHT[repeated], FOLD[repeated])
    often = fit_ensemble(("a", "b"), *known, customers=repeated.astype(np.uint64))
    as_others = fit_ensemble(("a", "b"), *known, customers=np.arange(len(repeated), dtype=np.uint64))
    assert once.equal
    assert often.equal
    assert not as_others.equal
