"""Customers whose hazard and returns are known, followed over some weeks."""

import numpy as np

from engage_ml.followed import OBSERVED_WEEKS, Followed
from engage_ml.logistic import sigmoid

CUSTOMERS = 30_000
RETURN = 0.2
"""Chance that a silence is over a week later."""


def hazard(x: np.ndarray, week: int) -> np.ndarray:
    """The true hazard: who is at risk now matters less later."""
    fading = (1.3, 1.0, 0.8, 0.8, 0.6, 0.6, 0.6, 0.6)[week]
    return sigmoid(-3.2 + fading * x[0] + 0.4 * x[1])


def population(seed: int, *, weeks: int = OBSERVED_WEEKS, customers: int = CUSTOMERS) -> Followed:
    """Customers who fall silent by the true hazard and come back by a constant chance."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, customers)).astype(np.float32)
    silent = np.full((customers, OBSERVED_WEEKS), np.nan)
    away = np.zeros(customers, dtype=bool)
    for week in range(weeks):
        leaves = rng.random(customers) < hazard(x, week)
        returns = rng.random(customers) < RETURN
        away = np.where(away, ~returns, leaves)
        silent[:, week] = away
    hashes = rng.integers(0, 2**63, customers, dtype=np.int64).astype(np.uint64)
    return Followed(x, np.ones(customers, dtype=bool), hashes, silent)
