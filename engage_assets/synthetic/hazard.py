"""Why customers leave: the additive log-hazard, how long an absence lasts, and the exact 30-day churn probability.

At every ``as_of`` (the Monday after a week) each customer who was active in that week goes away with probability

    h = exp(baseline + level + trend + satisfaction + payment trouble + life event + new account + habit + season +
    campaign)

and stays away for T days, where

    P(T >= t) = (s / (s + t))^2,    ln s = SCALE + SCALE_ELASTICITY x (state terms) - SCALE_HABIT x habit

with the state at the moment of leaving. A customer who has not left is active on at least one day of the next week;
one who is away for a days comes back on day T exactly. So the probability of no activity in (as_of, as_of + 30 days]
has a closed form:

    active:  h x (s / (s + 30))^2         away for a days:  ((s + a) / (s + a + 30))^2

times the chance that no campaign brings the customer back before (``campaigns``). Exponentials are read from tables
on a grid of 1/256: a look-up gives the same bits on every processor, and the probability drawn from is the
probability written down.
"""

from dataclasses import dataclass
from functools import cache
from math import cos, exp, pi

import numpy as np
import numpy.typing as npt

from engage_assets.synthetic.draws import F32
from engage_assets.synthetic.traits import I32, Flags

WINDOW_DAYS = 30

BASELINE = -1.50
LEVEL = -0.35
TREND = -0.30
SATISFACTION = -0.42
PAYMENT_TROUBLE = 0.70
LIFE_EVENT = 0.80
NEW_ACCOUNT = 0.60
NEW_ACCOUNT_WEEKS = 8
HABIT = 0.70
SEASON = 0.10

SCALE = 3.00
SCALE_ELASTICITY = 1.00
SCALE_HABIT = 0.50

_GRID = 256
_LOWEST, _HIGHEST = -12.0, -0.05
_SHORTEST, _LONGEST = -1.0, 7.0


@dataclass(frozen=True)
class Drivers:
    """The additive log-hazard terms at an ``as_of``; one entry per customer, except the two that all share."""

    baseline: float
    engagement_level: F32
    engagement_trend: F32
    satisfaction: F32
    payment_trouble: F32
    life_event: F32
    new_account: F32
    break_habit: F32
    season: float
    campaign: F32

    def state(self) -> F32:
        """The sum of the terms that describe the customer's state: they also lengthen an absence."""
        total = self.engagement_level + self.engagement_trend
        total += self.satisfaction
        total += self.payment_trouble
        total += self.life_event
        return total

    def log_hazard(self, state: F32) -> F32:
        """The sum of all terms, given ``state()``."""
        total: F32 = state + self.new_account
        total += self.break_habit
        total += self.campaign
        total += np.float32(self.baseline + self.season)
        return total


def season(week: int) -> float:
    """Calendar effect of a week index, between -1 and 1: the app is used more in January, less in July."""
    return cos(2 * pi * (week % 52.1775) / 52.1775)


@cache
def _hazard_table() -> F32:
    size = int((_HIGHEST - _LOWEST) * _GRID) + 1
    return np.array([exp(_LOWEST + step / _GRID) for step in range(size)], dtype=np.float32)


@cache
def _threshold_table() -> npt.NDArray[np.uint32]:
    return (_hazard_table().astype(np.float64) * 2**32).astype(np.uint32)


@cache
def _scale_table() -> F32:
    size = int((_LONGEST - _SHORTEST) * _GRID) + 1
    return np.array([exp(_SHORTEST + step / _GRID) for step in range(size)], dtype=np.float32)


def _steps(logarithm: F32, low: float, high: float) -> npt.NDArray[np.intp]:
    steps = np.maximum(logarithm, np.float32(low))
    np.minimum(steps, np.float32(high), out=steps)
    steps -= np.float32(low)
    steps *= np.float32(_GRID)
    return steps.astype(np.intp)


def hazard(log_hazard: F32) -> F32:
    """h, at most 0.95, from the summed terms."""
    return np.take(_hazard_table(), _steps(log_hazard, _LOWEST, _HIGHEST))


def leaves(log_hazard: F32, uniform: npt.NDArray[np.uint32]) -> Flags:
    """Whether a 32-bit uniform falls below h."""
    return np.asarray(uniform < np.take(_threshold_table(), _steps(log_hazard, _LOWEST, _HIGHEST)))


def absence_scale(state: F32, habit: F32) -> F32:
    """s in days, from the state terms and the habit."""
    logarithm = state * np.float32(SCALE_ELASTICITY) - habit * np.float32(SCALE_HABIT) + np.float32(SCALE)
    return np.take(_scale_table(), _steps(logarithm, _SHORTEST, _LONGEST))


def churn_probability(active: Flags, h: F32, scale: F32, days_away: I32) -> F32:
    """The exact probability of no activity in the 30 days after ``as_of``, before any campaign.

    ``scale`` is the one a departure now would have for active customers, and the frozen one for those away.
    """
    gone = np.where(active, np.float32(0), days_away).astype(np.float32)
    stays = (scale + gone) / (scale + gone + np.float32(WINDOW_DAYS))
    stays *= stays
    return np.where(active, h * stays, stays).astype(np.float32)
