"""What a customer is worth over the next twelve months, and how much risk the churn probability means.

    expected_ltv_12m_usd = sum over months m = 1 … 12 of   R x E_m / 1.10 ** ((m - 0.5) / 12)

    R   = predicted revenue of the next 30 days x 365.25 / 12 / 30        revenue of a calendar month
    E_m = min(A_(4.35 (m - 1)) / A_0, 1)                                  share that earns it in month m, E_1 = 1

A_k is the share of customers like this one that is not in a silence of 30 days k weeks from now (``survival``). R
already contains the risk of the first month, so the share counts from the second. Revenue arrives at mid-month and is
discounted at 10 % a year. Without a fitted survival curve the hazard of the 30-day probability p is held constant and
nobody returns: E_m = S ** (m - 1) with S = max((1 - p) ** (365.25 / 12 / 30), 0.01), a careful estimate.
"""

import numpy as np

from engage_ml.arrays import F64, Int

MONTHS = 12
DISCOUNT_RATE = 0.10
MONTH_DAYS = 365.25 / 12
WINDOW_DAYS = 30
MIN_SURVIVAL = 0.01

RISK_TIERS = ("Low", "Medium", "High", "Critical")
RISK_LIMITS = (0.10, 0.25, 0.50)
"""Lower limits of Medium, High and Critical: the usual base rate, 2.5 times of it, and more likely gone than not."""


def expected_ltv_usd(
    churn_probability: F64, revenue_30d_usd: F64, window_days: int = WINDOW_DAYS, *, earning: F64 | None = None
) -> F64:
    """Expected lifetime value of twelve months, USD, shape (rows,).

    Probability and revenue are of `window_days`, which take the place of 30 in the formula. `earning` holds E_m, shape
    (12, rows); None holds the hazard constant.
    """
    months = MONTH_DAYS / window_days
    survival = np.maximum((1 - churn_probability) ** months, MIN_SURVIVAL)
    monthly = revenue_30d_usd * months
    if earning is not None:
        discount = (1 + DISCOUNT_RATE) ** -((np.arange(MONTHS) + 0.5) / 12)
        # Not a matrix product: its last digits depend on the place of a row in the batch.
        return np.asarray(monthly * (discount[:, None] * earning).sum(axis=0))
    total = np.zeros_like(monthly)
    alive = np.ones_like(monthly)
    for month in range(1, MONTHS + 1):
        total += alive / (1 + DISCOUNT_RATE) ** ((month - 0.5) / 12)
        alive *= survival
    return np.asarray(monthly * total)


def risk_tier(churn_probability: F64) -> Int:
    """Index into ``RISK_TIERS``, shape (rows,)."""
    return np.searchsorted(RISK_LIMITS, churn_probability, side="right")
