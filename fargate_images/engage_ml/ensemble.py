"""The ensemble: a non-negative combination of the members' margins, fitted on out-of-fold predictions.

Weights are on the logit scale, where the contributions of both members add up; a weight below zero would turn a
member's reasons around, so it is not allowed.

Out of fold a margin comes from one model, in scoring from the mean of all folds', and members gain differently from
the mean: fitted weights favour the one that gains least. Where customers are few this matters more than what a fit can
know, so equal weights stay there unless others are proven better.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from engage_ml.arrays import F64, U8, U64
from engage_ml.logistic import fit_logistic, log_losses

PROOF = 2.0
"""Standard errors by which other weights must beat equal ones where customers are few."""


@dataclass(frozen=True)
class Ensemble:
    """Margin of the ensemble = intercept + sum of weight x member margin.

    ``log_loss`` and ``member_log_loss`` are cross-fitted: each fold is judged by weights from the other folds, each
    member alone being given the same recalibration, so the comparison is of information, not of scale.
    """

    members: tuple[str, ...]
    intercept: float
    weights: tuple[float, ...]
    log_loss: float
    member_log_loss: tuple[float, ...]
    fell_back: bool
    equal: bool = False
    """Whether the members' weights are equal because no others were proven better."""

    def margin(self, member_margins: F64) -> F64:
        """Combined margin, shape (rows,), from member margins of shape (members, rows)."""
        return np.asarray(self.intercept + np.asarray(self.weights) @ member_margins)


def fit_ensemble(
    members: Sequence[str], margins: F64, outcome: F64, weight: F64, fold: U8, *, customers: U64 | None = None
) -> Ensemble:
    """Fits the weights on out-of-fold margins of shape (members, rows).

    When the combination has a higher cross-fitted log loss than its best member, the best member gets all the weight.
    With `customers`, the customer of each row, equal weights stay unless the loss of that choice is lower by more than
    ``PROOF`` standard errors, rows of one customer counting as one observation.
    """
    stacked = _cross_fitted_losses(margins, outcome, weight, fold, subsets=None)
    single = [_cross_fitted_losses(margins, outcome, weight, fold, subsets=[(m,)]) for m in range(len(members))]
    combined, *alone = (float(np.average(each, weights=weight)) for each in (stacked, *single))
    best = int(np.argmin(alone))
    fell_back = combined > alone[best]
    chosen, loss = single[best] if fell_back else stacked, min(combined, alone[best])
    coefficients = _fit_non_negative(margins, outcome, weight, subsets=[(best,)] if fell_back else None)
    equal = False
    if customers is not None:
        mean = margins.mean(axis=0)[None, :]
        level = _cross_fitted_losses(mean, outcome, weight, fold, subsets=None)
        gain, error = _paired(level - chosen, weight, customers)
        equal = gain <= PROOF * error
        if equal:
            fell_back, loss = False, float(np.average(level, weights=weight))
            intercept, slope = _fit_non_negative(mean, outcome, weight, subsets=None)
            coefficients = np.array([intercept, *([slope / len(members)] * len(members))])
    return Ensemble(
        members=tuple(members),
        intercept=float(coefficients[0]),
        weights=tuple(float(value) for value in coefficients[1:]),
        log_loss=loss,
        member_log_loss=tuple(alone),
        fell_back=fell_back,
        equal=equal,
    )


def _fit_non_negative(margins: F64, outcome: F64, weight: F64, *, subsets: list[tuple[int, ...]] | None) -> F64:
    """The best fit among the subsets of members whose weights all come out positive; subsets None means all of them."""
    if subsets is None:
        everyone = range(len(margins))
        subsets = [s for size in range(len(margins), 0, -1) for s in combinations(everyone, size)]
    best: F64 | None = None
    best_loss = np.inf
    for subset in subsets:
        fitted = fit_logistic(margins[list(subset)], outcome, weight)
        if (fitted[1:] <= 0).any() and len(subset) > 1:
            continue
        full = np.zeros(len(margins) + 1)
        full[0] = fitted[0]
        full[[member + 1 for member in subset]] = np.maximum(fitted[1:], 0.0)
        loss = _mean_loss(full, margins, outcome, weight)
        if loss < best_loss:
            best, best_loss = full, loss
        if len(subset) == len(margins):
            break  # the unrestricted optimum is feasible, so no subset is better
    assert best is not None
    return best


def _paired(gain: F64, weight: F64, customers: U64) -> tuple[float, float]:
    """Weighted mean of a gain of each row, and its standard error when rows of a customer are not independent."""
    mean = float(np.average(gain, weights=weight))
    _, customer = np.unique(customers, return_inverse=True)
    totals = np.bincount(customer, weight * (gain - mean))
    return mean, float(np.sqrt((totals**2).sum()) / weight.sum())


def _cross_fitted_losses(
    margins: F64, outcome: F64, weight: F64, fold: U8, *, subsets: list[tuple[int, ...]] | None
) -> F64:
    """Log loss of every row under weights that the other folds fitted."""
    losses = np.empty(len(outcome))
    for number in np.unique(fold):
        inside = fold == number
        outside = ~inside
        if not outside.any():
            outside = inside
        coefficients = _fit_non_negative(margins[:, outside], outcome[outside], weight[outside], subsets=subsets)
        losses[inside] = log_losses(coefficients[0] + coefficients[1:] @ margins[:, inside], outcome[inside])
    return losses


def _mean_loss(coefficients: F64, margins: F64, outcome: F64, weight: F64) -> float:
    return float(np.average(log_losses(coefficients[0] + coefficients[1:] @ margins, outcome), weights=weight))
