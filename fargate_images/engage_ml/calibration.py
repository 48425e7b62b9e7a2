"""Calibration: Platt's line on the stacked margin, one for active and one for inactive customers, fitted out of fold.

The line keeps the order of customers within each population and scales all contributions by one number, so the
reasons stay exact. Two lines are needed because the two populations churn at very different rates, for different
reasons.
"""

from dataclasses import dataclass

import numpy as np

from engage_ml.arrays import F64, Flags
from engage_ml.logistic import fit_logistic

SLOPE_RANGE = (0.2, 5.0)
MIN_PER_CLASS = 50
"""Fewer leavers or stayers than this in a population: it uses the line of all rows."""


@dataclass(frozen=True)
class Calibration:
    """Calibrated margin = intercept + slope x margin, by population."""

    active_slope: float
    active_intercept: float
    inactive_slope: float
    inactive_intercept: float

    def slope(self, active: Flags) -> F64:
        """Slope of each row, shape (rows,)."""
        return np.where(active, self.active_slope, self.inactive_slope)

    def margin(self, margin: F64, active: Flags) -> F64:
        """Calibrated margin, shape (rows,)."""
        intercept = np.where(active, self.active_intercept, self.inactive_intercept)
        return np.asarray(intercept + self.slope(active) * margin)


def fit_calibration(margin: F64, outcome: F64, weight: F64, active: Flags) -> Calibration:
    """Fits both lines on out-of-fold margins."""
    overall = _line(margin, outcome, weight)
    lines = []
    for rows in (active, ~active):
        leavers = int(outcome[rows].sum())
        enough = min(leavers, int(rows.sum()) - leavers) >= MIN_PER_CLASS
        lines.append(_line(margin[rows], outcome[rows], weight[rows]) if enough else overall)
    return Calibration(lines[0][1], lines[0][0], lines[1][1], lines[1][0])


def _line(margin: F64, outcome: F64, weight: F64) -> tuple[float, float]:
    intercept, slope = fit_logistic(margin[None, :], outcome, weight)
    if SLOPE_RANGE[0] <= slope <= SLOPE_RANGE[1]:
        return float(intercept), float(slope)
    slope = float(np.clip(slope, *SLOPE_RANGE))
    shifted = fit_logistic(np.zeros((0, len(margin))), outcome, weight)[0]
    return float(shifted - slope * np.average(margin, weights=weight)), slope
