import numpy as np
import pytest

from engage_ml.value import expected_ltv_usd, risk_tier


def test_a_customer_who_never_leaves_is_worth_twelve_discounted_months() -> None:
    monthly = 30.0 * (365.25 / 12) / 30
    expected = sum(monthly / 1.1 ** ((month - 0.5) / 12) for month in range(1, 13))
    assert expected_ltv_usd(np.array([0.0]), np.array([30.0]))[0] == pytest.approx(expected)


def test_a_customer_at_risk_by_hand() -> None:
    exponent = (365.25 / 12) / 30
    survival = 0.8**exponent
    expected = sum(10 * exponent * survival ** (m - 1) / 1.1 ** ((m - 0.5) / 12) for m in range(1, 13))
    assert expected_ltv_usd(np.array([0.2]), np.array([10.0]))[0] == pytest.approx(expected)


def test_value_falls_with_risk_and_is_never_below_the_first_month() -> None:
    value = expected_ltv_usd(np.linspace(0, 1, 50), np.full(50, 10.0))
    assert (np.diff(value) <= 0).all()
    assert value[-1] > 10 * 0.99


def test_tiers_begin_at_their_limits() -> None:
    assert risk_tier(np.array([0.0, 0.0999, 0.1, 0.25, 0.4999, 0.5, 1.0])).tolist() == [0, 0, 1, 2, 2, 3, 3]
