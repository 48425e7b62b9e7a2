"""The survival curve on customers whose hazard and returns are known."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.followed import OBSERVED_WEEKS, Followed, read_followed
from engage_ml.hashing import hash_ids
from engage_ml.parameters import Feature
from engage_ml.survival import (
    SurvivalModel,
    expected_remaining_weeks,
    load_survival,
    outlook,
    share_not_silent,
    survival_curve,
)
from engage_ml.survival_training import person_weeks, train_survival
from engage_ml.value import expected_ltv_usd
from tests.engage_ml.followed_customers import hazard, population


@pytest.fixture(scope="module")
def fitted() -> SurvivalModel:
    model, saved = train_survival(population(1), seed=1)
    assert saved is not None
    return load_survival(model.to_bytes(), saved)


def test_a_customer_is_at_risk_until_the_first_silence_and_while_the_outcome_is_known() -> None:
    nan = np.nan
    silent = np.array([[0, 0, 1, 0, *[0] * 4], [1, *[0] * 7], [0, nan, 1, *[nan] * 5], [0] * 8], dtype=np.float64)
    followed = Followed(np.zeros((1, 4), np.float32), np.ones(4, bool), np.arange(4, dtype=np.uint64), silent)
    place, week, begins = person_weeks(followed, limit=1_000)
    pairs = list(zip(place.tolist(), week.tolist(), begins.tolist(), strict=True))
    assert pairs[:4] == [(0, 0, 0.0), (0, 1, 0.0), (0, 2, 1.0), (1, 0, 1.0)]
    assert pairs[4] == (2, 0, 0.0)
    assert [pair[0] for pair in pairs[5:]] == [3] * 8


def test_predicted_survival_is_that_of_new_customers(fitted: SurvivalModel) -> None:
    fresh = population(2)
    survival = survival_curve(fitted.hazards(fresh.x, fresh.active, hazard(fresh.x, 0)), OBSERVED_WEEKS)
    first, has_event = fresh.begun()
    for week in range(OBSERVED_WEEKS):
        observed = float((~has_event | (first > week)).mean())
        assert survival[week].mean() == pytest.approx(observed, abs=0.012), week
    risky = fresh.x[0] > 1
    observed = float((~has_event | (first > 4))[risky].mean())
    assert survival[4][risky].mean() == pytest.approx(observed, abs=0.04)


def test_the_share_that_is_not_silent_counts_returns(fitted: SurvivalModel) -> None:
    fresh = population(3)
    survival = survival_curve(fitted.hazards(fresh.x, fresh.active, hazard(fresh.x, 0)), OBSERVED_WEEKS)
    share = share_not_silent(survival, fitted.returned(fresh.active))
    np.testing.assert_allclose(share.mean(axis=1), 1 - fresh.silent.mean(axis=0), atol=0.02)


def test_the_first_week_is_the_churn_probability_and_risk_shortens_what_remains(fitted: SurvivalModel) -> None:
    x = np.zeros((2, 50), dtype=np.float32)
    probability = np.linspace(0.01, 0.99, 50)
    everyone = np.ones(50, dtype=bool)
    np.testing.assert_array_equal(fitted.hazards(x, everyone, probability)[0], probability)
    ahead = outlook(fitted, x, everyone, probability)
    assert (np.diff(ahead.remaining_weeks) < 0).all()
    assert 0 < ahead.remaining_weeks[-1] < ahead.remaining_weeks[0] <= 52
    assert ahead.earning is not None
    assert ahead.earning.shape == (12, 50)
    np.testing.assert_array_equal(ahead.earning[0], 1.0)


def test_value_by_hand() -> None:
    earning = np.vstack([np.ones((1, 1)), np.full((11, 1), 0.5)])
    monthly = 30.0 * (365.25 / 12) / 30
    expected = sum(monthly * (1.0 if m == 1 else 0.5) / 1.1 ** ((m - 0.5) / 12) for m in range(1, 13))
    assert expected_ltv_usd(np.array([0.3]), np.array([30.0]), earning=earning)[0] == pytest.approx(expected)


def test_survival_by_hand() -> None:
    survival = survival_curve(np.array([[0.5], [0.2]]), 4)
    np.testing.assert_allclose(survival[:, 0], [0.5, 0.4, 0.32, 0.256])
    assert expected_remaining_weeks(survival)[0] == pytest.approx(1.476)
    # Silences begin in weeks 0, 1, 2, 3; half are over a week later, three quarters after two and more.
    share = share_not_silent(survival, np.array([[0.0], [0.5], [0.75]]))
    by_hand = [0.5, 0.4 + 0.5 * 0.5, 0.32 + 0.1 * 0.5 + 0.5 * 0.75, 0.256 + 0.08 * 0.5 + 0.6 * 0.75]
    np.testing.assert_allclose(share[:, 0], by_hand)


def test_without_history_the_hazard_is_constant_and_agrees_with_the_window() -> None:
    model, saved = train_survival(None, seed=1)
    assert saved is None
    model = load_survival(model.to_bytes(), None)
    everyone, probability = np.ones(3, bool), np.array([0.0, 0.3, 1.0])
    ahead = outlook(model, np.zeros((2, 3), np.float32), everyone, probability)
    assert ahead.earning is None
    assert ahead.remaining_weeks[0] == 52
    assert ahead.remaining_weeks[2] == 0
    few = population(4, weeks=1)
    assert not train_survival(few, seed=1)[0].is_fitted


def test_a_set_is_read_with_its_start_and_its_gaps(tmp_path: Path) -> None:
    matrix = FeatureMatrix((Feature("opens", "numeric", "app opens", "activity_level"),))
    table = pa.table(
        {
            "week": [date(2026, 3, 2)] * 2,
            "customer_id": ["a", "b"],
            "is_active_30d": [True, None],
            "opens": [1.0, None],
            "followed_from": pa.array([3, 3], pa.int32()),
            **{f"silent_{week}": pa.array([0, None if week == 5 else 1], pa.int32()) for week in range(8)},
        }
    )
    pq.write_table(table, tmp_path / "part-0.parquet")
    followed = read_followed(str(tmp_path), matrix)
    assert followed is not None
    a, b = (followed.hashes.tolist().index(each) for each in hash_ids(pa.array(["a", "b"])).tolist())
    assert followed.start == 3
    assert (followed.active[a], followed.active[b]) == (True, False)
    assert np.isnan(followed.silent[b, 5])
    first, has_event = followed.begun()
    assert (first[[a, b]].tolist(), has_event[[a, b]].tolist()) == ([5.0, 0.0], [False, True])
    pq.write_table(table.take([1, 0]), tmp_path / "part-0.parquet")
    again = read_followed(str(tmp_path), matrix)
    assert again is not None
    assert again.digest() == followed.digest(), "the order in which the warehouse hands rows over must not matter"
    assert read_followed(None, matrix) is None
    assert read_followed(str(tmp_path / "absent"), matrix) is None
