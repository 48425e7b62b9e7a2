"""When, not only if: a weekly hazard, the survival curve it gives, and how many leave for good.

Time is counted in whole weeks from as_of. T is the first week k at whose beginning a silence of 30 days begins, so
T = 0 is the event of the churn model. The discrete hazard is

    h_0 = p                                     the calibrated 30-day churn probability
    h_k = sigmoid(a_k + b_k f(x)),  k >= 1      f: boosted trees; a_k, b_k for the weeks 1, 2-3 and 4-7, per population
    S_k = (1 - h_0) (1 - h_1) … (1 - h_k)       survival: no silence has begun up to week k

Beyond week 7 the last hazard is held. Risk fades with time: b_k falls, because who is at risk now is not in a month.

Silence is not the end: a part c_j of those whose silence began j weeks ago is active again. So the share that is not
silent at week k, what earns revenue, is

    A_k = S_k + sum over t <= k of (S_(t-1) - S_t) c_(k - t),    S_(-1) = 1

with c held at its last value.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from engage_ml.arrays import F32, F64, Flags
from engage_ml.followed import OBSERVED_WEEKS
from engage_ml.logistic import sigmoid
from engage_ml.tree_compiler import compile_trees
from engage_ml.tree_tables import TreeTables

FILE = "survival.json"
BOOSTER_FILE = "survival_xgboost.json"
PERIODS = ((0, 1), (1, 2), (2, 4), (4, OBSERVED_WEEKS))
"""Weeks [from, to) that share a line. The first is fitted to be compared with the churn model, never used."""
HORIZON_WEEKS = 52
MONTH_WEEKS = 365.25 / 12 / 7
MONTHS = 12


@dataclass(frozen=True)
class Lines:
    """Of one population: intercept and slope of each period, and the share that is active again after j weeks."""

    intercepts: tuple[float, ...]
    slopes: tuple[float, ...]
    returned: tuple[float, ...]


@dataclass(frozen=True)
class SurvivalModel:
    """The hazard after as_of. Without a booster it is constant: too little history to fit one.

    A constant hazard spreads the 30-day probability evenly over its days, and nobody returns.
    """

    booster: TreeTables | None
    active: Lines | None = None
    inactive: Lines | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_fitted(self) -> bool:
        """Whether the hazard was fitted, or is constant for want of history."""
        return self.booster is not None

    def hazards(self, x: F32, active: Flags, probability: F64, window_days: int = 30) -> F64:
        """Hazard of each observed week, shape (weeks, rows); the first line is the churn probability."""
        weekly = 1 - (1 - probability) ** (7 / window_days)
        if self.booster is None:
            return np.vstack([probability, *([weekly] * (OBSERVED_WEEKS - 1))])
        fitted = self.fitted_hazards(self.booster.margin(x), active)
        fitted[0] = probability
        return fitted

    def fitted_hazards(self, margin: F64, active: Flags) -> F64:
        """The hazards as fitted, the first week included, from the booster's margin; shape (weeks, rows)."""
        assert self.active is not None
        assert self.inactive is not None
        out = np.empty((OBSERVED_WEEKS, len(margin)))
        for number, (start, end) in enumerate(PERIODS):
            intercept = np.where(active, self.active.intercepts[number], self.inactive.intercepts[number])
            slope = np.where(active, self.active.slopes[number], self.inactive.slopes[number])
            out[start:end] = sigmoid(intercept + slope * margin)
        return out

    def returned(self, active: Flags) -> F64:
        """Share that is active again j weeks after a silence began, shape (weeks, rows)."""
        if self.active is None or self.inactive is None:
            return np.zeros((OBSERVED_WEEKS, len(active)))
        shares = np.where(active[None, :], np.array(self.active.returned)[:, None], 0.0)
        return np.asarray(shares + np.where(active[None, :], 0.0, np.array(self.inactive.returned)[:, None]))

    def to_bytes(self) -> bytes:
        """For the model file."""
        content = {
            "active": asdict(self.active) if self.active else None,
            "inactive": asdict(self.inactive) if self.inactive else None,
            "facts": self.facts,
        }
        return json.dumps(content, indent=1, sort_keys=True).encode()


def load_survival(content: bytes, booster: bytes | None) -> SurvivalModel:
    """From the files of a model version."""
    stored = json.loads(content)
    active, inactive = (
        Lines(**{name: tuple(values) for name, values in stored[population].items()}) if stored[population] else None
        for population in ("active", "inactive")
    )
    return SurvivalModel(compile_trees(booster) if booster else None, active, inactive, stored["facts"])


@dataclass(frozen=True)
class Outlook:
    """What is ahead of customers: weeks until a silence begins, and the share that earns revenue in each month.

    ``earning`` has shape (12, rows) and is 1 in the first month, whose risk the predicted revenue already contains;
    None when the hazard is constant.
    """

    remaining_weeks: F64
    earning: F64 | None


def outlook(model: SurvivalModel, x: F32, active: Flags, probability: F64, window_days: int = 30) -> Outlook:
    """The outlook of customers with features of shape (columns, rows)."""
    survival = survival_curve(model.hazards(x, active, probability, window_days))
    if not model.is_fitted:
        return Outlook(expected_remaining_weeks(survival), None)
    share = share_not_silent(survival, model.returned(active))
    starts = MONTH_WEEKS * np.arange(MONTHS)
    before = np.floor(starts).astype(int)
    part = (starts - before)[:, None]
    at_start = (1 - part) * share[before] + part * share[before + 1]
    # More of them than now, as some who are silent return: their revenue is not known, so nobody earns more than now.
    earning = np.minimum(at_start / np.maximum(share[0], 1e-9), 1.0)
    return Outlook(expected_remaining_weeks(survival), earning)


def survival_curve(hazards: F64, weeks: int = HORIZON_WEEKS) -> F64:
    """S_0 … S_(weeks - 1), shape (weeks, rows); the last hazard is held beyond those given."""
    steps = 1 - hazards[np.minimum(np.arange(weeks), len(hazards) - 1)]
    return np.asarray(np.cumprod(steps, axis=0))


def expected_remaining_weeks(survival: F64) -> F64:
    """Weeks until a silence of 30 days begins, at most as many as the curve has: the sum of S_k, shape (rows,)."""
    return np.asarray(survival.sum(axis=0))


def share_not_silent(survival: F64, returned: F64) -> F64:
    """A_k of the module's docstring, for every week of the curve, shape (weeks, rows)."""
    begun = -np.diff(survival, axis=0, prepend=np.ones((1, survival.shape[1])))
    total = survival.copy()
    last = len(returned) - 1
    for lag in range(1, last):
        total[lag:] += begun[:-lag] * returned[lag]
    total[last:] += np.cumsum(begun[: len(begun) - last], axis=0) * returned[last]
    return total
