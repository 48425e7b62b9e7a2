"""Calibration on out-of-fold margins: a line for each population, and a monotone curve where it proves better.

Active and inactive customers churn at very different rates, for different reasons, so each population has its own map.
It has two parts. The line (Platt) scales all contributions by one number, so reasons are exact Shapley values of the
log-odds after the line. The curve bends those log-odds without changing the order of customers or the sign of a
reason; it is the identity, a beta curve (Kull, Silva Filho and Flach 2017) or an isotonic fit.

Which curve is decided out of fold: each candidate is fitted on one fold and judged on the other by log loss. A curve
must beat the line by more than one standard error of the paired difference; otherwise the simpler map stays.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from engage_ml.arrays import F64, U8, Flags
from engage_ml.logistic import fit_logistic, log_losses

SLOPE_RANGE = (0.2, 5.0)
MIN_PER_CLASS = 50
"""Fewer leavers or stayers than this in a population: it uses the map of all rows."""
MIN_BLOCK_WEIGHT = 100.0
"""Rows that a step of the isotonic fit stands for at least: smaller steps are noise."""

Kind = Literal["platt", "beta", "isotonic"]
CURVES: tuple[Kind, ...] = ("platt", "beta", "isotonic")


@dataclass(frozen=True)
class Curve:
    """An increasing map of log-odds. ``platt`` is the identity.

    ``beta``: parameters (c, a, b) of c - a ln(1 + exp(-m)) + b ln(1 + exp(m)), with a, b >= 0.
    ``isotonic``: knots and values; straight between them, parallel to the identity outside.
    """

    kind: Kind = "platt"
    beta: tuple[float, ...] = ()
    knots: tuple[float, ...] = ()
    values: tuple[float, ...] = ()

    def __call__(self, margin: F64) -> F64:
        """Log-odds after the curve, shape (rows,)."""
        if self.kind == "beta":
            intercept, low, high = self.beta
            return np.asarray(intercept - low * np.logaddexp(0.0, -margin) + high * np.logaddexp(0.0, margin))
        if self.kind == "isotonic":
            inside = np.interp(margin, self.knots, self.values)
            below, above = np.minimum(margin - self.knots[0], 0.0), np.maximum(margin - self.knots[-1], 0.0)
            return np.asarray(inside + below + above)
        return margin


@dataclass(frozen=True)
class PopulationMap:
    """Calibrated log-odds of a population = curve(intercept + slope x margin).

    ``log_loss`` holds the out-of-fold loss of every candidate; empty when the population was too small to choose.
    """

    slope: float
    intercept: float
    curve: Curve
    log_loss: dict[str, float]

    def line(self, margin: F64) -> F64:
        """Log-odds before the curve."""
        return np.asarray(self.intercept + self.slope * margin)


@dataclass(frozen=True)
class Calibration:
    """The maps of both populations."""

    active: PopulationMap
    inactive: PopulationMap

    def slope(self, active: Flags) -> F64:
        """Slope of each row's line, shape (rows,)."""
        return np.where(active, self.active.slope, self.inactive.slope)

    def line(self, margin: F64, active: Flags) -> F64:
        """Log-odds after the line, the scale of the contributions, shape (rows,)."""
        intercept = np.where(active, self.active.intercept, self.inactive.intercept)
        return np.asarray(intercept + self.slope(active) * margin)

    def bend(self, line: F64, active: Flags) -> F64:
        """Calibrated log-odds from those after the line, shape (rows,)."""
        out = np.array(line, dtype=np.float64)
        for population, rows in ((self.active, active), (self.inactive, ~active)):
            if population.curve.kind != "platt" and rows.any():
                out[rows] = population.curve(out[rows])
        return out

    def margin(self, margin: F64, active: Flags) -> F64:
        """Calibrated log-odds, shape (rows,)."""
        return self.bend(self.line(margin, active), active)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Calibration":
        """From ``dataclasses.asdict`` after a round trip through JSON."""
        return cls(**{name: _map_from_json(content[name]) for name in ("active", "inactive")})


def fit_calibration(margin: F64, outcome: F64, weight: F64, fold: U8, active: Flags) -> Calibration:
    """Fits both maps on out-of-fold margins; `fold` is each row's fold, in which the candidates are judged."""
    everyone: PopulationMap | None = None
    maps = []
    for rows in (active, ~active):
        leavers = int(outcome[rows].sum())
        if min(leavers, int(rows.sum()) - leavers) >= MIN_PER_CLASS:
            maps.append(_fit_map(margin[rows], outcome[rows], weight[rows], fold[rows]))
        else:
            everyone = everyone or _fit_map(margin, outcome, weight, fold)
            maps.append(everyone)
    return Calibration(*maps)


def _fit_map(margin: F64, outcome: F64, weight: F64, fold: U8) -> PopulationMap:
    losses = _out_of_fold(margin, outcome, weight, fold)
    chosen: Kind = "platt"
    if losses:
        mean = {kind: float(np.average(each, weights=weight)) for kind, each in losses.items()}
        best = min(CURVES[1:], key=lambda kind: mean[kind])
        gain = losses["platt"] - losses[best]
        error = float(np.sqrt(np.average((gain - gain.mean()) ** 2, weights=weight) / len(gain)))
        if mean["platt"] - mean[best] > error:
            chosen = best
    else:
        mean = {}
    intercept, slope = _line(margin, outcome, weight)
    return PopulationMap(slope, intercept, fit_curve(chosen, intercept + slope * margin, outcome, weight), mean)


def _out_of_fold(margin: F64, outcome: F64, weight: F64, fold: U8) -> dict[str, F64]:
    """Loss of every row under each candidate fitted on the other folds; empty when they lack a class."""
    losses: dict[str, F64] = {kind: np.empty(len(margin)) for kind in CURVES}
    for number in np.unique(fold):
        inside, outside = fold == number, fold != number
        if min(outcome[outside].sum(), (1 - outcome[outside]).sum()) < MIN_PER_CLASS or not inside.any():
            return {}
        intercept, slope = _line(margin[outside], outcome[outside], weight[outside])
        fitted_on, judged_on = intercept + slope * margin[outside], intercept + slope * margin[inside]
        for kind in CURVES:
            curve = fit_curve(kind, fitted_on, outcome[outside], weight[outside])
            losses[kind][inside] = log_losses(curve(judged_on), outcome[inside])
    return losses


def fit_curve(kind: Kind, margin: F64, outcome: F64, weight: F64) -> Curve:
    """The curve of a kind that fits outcomes best, on log-odds after the line."""
    if kind == "beta":
        return _beta(margin, outcome, weight)
    if kind == "isotonic":
        return _isotonic(margin, outcome, weight)
    return Curve()


def _beta(margin: F64, outcome: F64, weight: F64) -> Curve:
    columns = np.vstack([-np.logaddexp(0.0, -margin), np.logaddexp(0.0, margin)])
    fitted = fit_logistic(columns, outcome, weight)
    for index in (0, 1):
        if fitted[index + 1] < 0:  # a falling side: the best increasing curve has none of it
            other = fit_logistic(columns[[1 - index]], outcome, weight)
            fitted = np.zeros(3)
            fitted[0], fitted[2 - index] = other[0], max(other[1], 0.0)
    return Curve("beta", beta=tuple(float(value) for value in fitted))


def _isotonic(margin: F64, outcome: F64, weight: F64) -> Curve:
    """Pool-adjacent-violators, with a straight line between the centres of its steps instead of jumps."""
    from sklearn.isotonic import isotonic_regression

    order = np.argsort(margin, kind="stable")
    ordered, observed, weights = margin[order], outcome[order], weight[order]
    steps = isotonic_regression(observed, sample_weight=weights)
    starts = np.flatnonzero(np.r_[True, np.diff(steps) > 0])
    starts = _merged(starts, weights)
    total = np.add.reduceat(weights, starts)
    knots = np.add.reduceat(weights * ordered, starts) / total
    rate = (np.add.reduceat(weights * observed, starts) + 0.5) / (total + 1.0)
    values = np.maximum.accumulate(np.log(rate / (1 - rate)))
    values = values + 1e-6 * (knots - knots[0])  # never level: the order of customers is kept
    return Curve("isotonic", knots=tuple(knots.tolist()), values=tuple(values.tolist()))


def _merged(starts: Any, weights: F64) -> Any:
    """Starts of steps, leaving out those that would make a step lighter than ``MIN_BLOCK_WEIGHT``."""
    below = np.concatenate([[0.0], np.cumsum(weights)])
    kept = [0]
    for start in starts[1:]:
        if below[start] - below[kept[-1]] >= MIN_BLOCK_WEIGHT and below[-1] - below[start] >= MIN_BLOCK_WEIGHT:
            kept.append(int(start))
    return np.array(kept)


def _line(margin: F64, outcome: F64, weight: F64) -> tuple[float, float]:
    intercept, slope = fit_logistic(margin[None, :], outcome, weight)
    if SLOPE_RANGE[0] <= slope <= SLOPE_RANGE[1]:
        return float(intercept), float(slope)
    slope = float(np.clip(slope, *SLOPE_RANGE))
    shifted = fit_logistic(np.zeros((0, len(margin))), outcome, weight)[0]
    return float(shifted - slope * np.average(margin, weights=weight)), slope


def _map_from_json(content: dict[str, Any]) -> PopulationMap:
    curve = content["curve"]
    lists = {name: tuple(curve[name]) for name in ("beta", "knots", "values")}
    return PopulationMap(**{**content, "curve": Curve(**{**curve, **lists})})
