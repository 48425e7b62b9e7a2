import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage_ml.calibration import CURVES, Calibration, Curve, Kind, fit_calibration, fit_curve
from engage_ml.logistic import sigmoid
from engage_ml.metrics import expected_calibration_error

RNG = np.random.default_rng(2)
N = 20_000
TRUTH = RNG.normal(-1.5, 1.2, N)
OUTCOME = (RNG.random(N) < sigmoid(TRUTH)).astype(np.float64)
WEIGHT = np.ones(N)
FOLD = (np.arange(N) % 2).astype(np.uint8)
EVERYONE = np.ones(N, bool)


def test_each_population_has_its_own_line_and_keeps_its_order() -> None:
    active = np.arange(N) % 3 > 0
    distorted = np.where(active, 0.5 * TRUTH + 1, 2 * TRUTH - 0.5)
    calibration = fit_calibration(distorted, OUTCOME, WEIGHT, FOLD, active)
    assert calibration.active.slope == pytest.approx(2, abs=0.12)
    assert calibration.inactive.slope == pytest.approx(0.5, abs=0.05)
    corrected = calibration.margin(distorted, active)
    np.testing.assert_allclose(corrected, TRUTH, atol=0.35)
    order = np.argsort(distorted[active])
    assert (np.diff(corrected[active][order]) >= 0).all()


def test_a_line_is_enough_for_a_line() -> None:
    calibration = fit_calibration(0.7 * TRUTH - 0.4, OUTCOME, WEIGHT, FOLD, EVERYONE)
    assert calibration.active.curve.kind == "platt"
    assert set(calibration.active.log_loss) == {"platt", "beta", "isotonic"}


def bent(margin: np.ndarray) -> np.ndarray:
    """Margins that are too extreme below and too timid above: no line corrects both."""
    return np.where(margin < -1.5, 3 * (margin + 1.5) - 1.5, 0.4 * (margin + 1.5) - 1.5)


def test_a_bend_is_found_out_of_fold_and_corrected_on_new_customers() -> None:
    calibration = fit_calibration(bent(TRUTH), OUTCOME, WEIGHT, FOLD, EVERYONE)
    assert calibration.active.curve.kind in ("beta", "isotonic")
    losses = calibration.active.log_loss
    assert losses[calibration.active.curve.kind] == min(losses.values())
    rng = np.random.default_rng(3)
    fresh = rng.normal(-1.5, 1.2, N)
    churned = rng.random(N) < sigmoid(fresh)
    line = sigmoid(calibration.line(bent(fresh), EVERYONE))
    curve = sigmoid(calibration.margin(bent(fresh), EVERYONE))
    assert expected_calibration_error(curve, churned) < expected_calibration_error(line, churned) / 2
    assert expected_calibration_error(curve, churned) < 0.012


@pytest.mark.parametrize("kind", CURVES)
def test_no_curve_changes_the_order_of_customers(kind: Kind) -> None:
    curve = fit_curve(kind, bent(TRUTH), OUTCOME, WEIGHT)
    wide = np.linspace(-12, 12, 5_000)
    assert (np.diff(curve(wide)) > 0).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(120, 800), rate=st.floats(0.02, 0.98))
def test_any_data_give_a_finite_increasing_map(seed: int, rows: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    margin = np.round(rng.normal(size=rows), 1)  # with ties
    outcome = (rng.random(rows) < rate).astype(np.float64)
    outcome[:2] = (0.0, 1.0)
    fold = (np.arange(rows) % 2).astype(np.uint8)
    active = rng.random(rows) < 0.5
    calibration = fit_calibration(margin, outcome, np.ones(rows), fold, active)
    grid = np.linspace(-8, 8, 400)
    for everyone in (np.ones(400, bool), np.zeros(400, bool)):
        values = calibration.margin(grid, everyone)
        assert np.isfinite(values).all()
        assert (np.diff(values) >= -1e-9).all()


def test_a_population_without_leavers_uses_the_map_of_all() -> None:
    calibration = fit_calibration(TRUTH, OUTCOME, WEIGHT, FOLD, EVERYONE)
    assert calibration.inactive == calibration.active


def test_calibration_of_noise_stays_increasing() -> None:
    calibration = fit_calibration(RNG.permutation(-TRUTH), OUTCOME, WEIGHT, FOLD, EVERYONE)
    assert calibration.active.slope > 0


def test_it_comes_back_from_its_file() -> None:
    calibration = fit_calibration(bent(TRUTH), OUTCOME, WEIGHT, FOLD, np.arange(N) % 3 > 0)
    assert Calibration.from_json(json.loads(json.dumps(asdict(calibration)))) == calibration


def test_the_isotonic_curve_goes_on_parallel_beyond_its_knots() -> None:
    curve = Curve("isotonic", knots=(-1.0, 1.0), values=(-2.0, 0.5))
    np.testing.assert_allclose(curve(np.array([-3.0, -1.0, 0.0, 2.0])), [-4.0, -2.0, -0.75, 1.5])
