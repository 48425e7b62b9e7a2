"""Weighted metrics of a classifier, for many weightings at a time: the statistics of the bootstrap.

Weights have shape (replicates, rows); results have shape (replicates,), NaN where a class is absent.
"""

import numpy as np

from engage_ml.arrays import F64, Flags
from engage_ml.bootstrap import Interval, Resamples, percentile_interval
from engage_ml.logistic import fit_logistic, log_losses, logit, sigmoid

NEWTON_STEPS = 4
LINE_BINS = 1_000
ECE_BINS = 20


class Ranking:
    """Scores sorted once. Ties are exact: tied rows count half in the AUC, and enter a precision together."""

    def __init__(self, score: F64, outcome: Flags) -> None:
        self._order = np.argsort(score, kind="stable")
        ordered = np.asarray(score)[self._order]
        self._first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        self._ties = len(self._first) < len(ordered)
        self._outcome = np.asarray(outcome, dtype=np.float64)[self._order]

    def auc(self, weights: F64) -> F64:
        """Area under the ROC curve."""
        positive, negative = self._by_score(weights)
        below = np.cumsum(negative, axis=1) - 0.5 * negative
        with np.errstate(invalid="ignore"):
            return np.asarray((positive * below).sum(axis=1) / (positive.sum(axis=1) * negative.sum(axis=1)))

    def average_precision(self, weights: F64) -> F64:
        """Area under the precision-recall curve, as the step-wise sum."""
        # From the highest score down; only the places of leavers count, and few rows are leavers.
        order = self._order[::-1]
        leavers = np.flatnonzero(self._outcome[::-1])
        starts = len(order) - np.append(self._first[1:], len(order))[::-1]  # of each group of equal scores
        ends = np.append(starts[1:], len(order)) - 1
        reached = ends[np.searchsorted(starts, leavers, side="right") - 1]
        positive = weights[:, order[leavers]]
        chosen = np.cumsum(weights[:, order], axis=1)[:, reached]
        found = np.cumsum(positive, axis=1)
        total = found[:, -1] if len(leavers) else np.zeros(len(weights))
        found = found[:, np.searchsorted(leavers, reached, side="right") - 1]
        with np.errstate(invalid="ignore"):
            return np.asarray((found / np.maximum(chosen, 1e-12) * positive).sum(axis=1) / total)

    def _by_score(self, weights: F64) -> tuple[F64, F64]:
        ordered = weights[:, self._order]
        positive = ordered * self._outcome
        negative = ordered - positive
        if self._ties:
            positive = np.add.reduceat(positive, self._first, axis=1)
            negative = np.add.reduceat(negative, self._first, axis=1)
        return positive, negative


def auc(score: F64, outcome: Flags) -> float:
    """Area under the ROC curve, every row counting once."""
    return float(Ranking(score, outcome).auc(np.ones((1, len(score))))[0])


def mean_of(values: F64, weights: F64) -> F64:
    """Weighted means of values of shape (rows,)."""
    return np.asarray(weights @ values / weights.sum(axis=1))


def log_loss(probability: F64, outcome: Flags) -> F64:
    """Log loss of each row, shape (rows,)."""
    return log_losses(logit(probability), np.asarray(outcome, dtype=np.float64))


class CalibrationLine:
    """Slope and intercept of observed outcomes on the predicted log-odds, after Cox (1958).

    The slope comes from a fit of both; the intercept is the one with the slope held at 1 (calibration in the large).
    Replicates start from the fit of all rows, so a few Newton steps reach their optimum. Rows of almost equal
    log-odds are taken together, a thousand groups in all: the slope moves by less than 1e-4.
    """

    def __init__(self, probability: F64, outcome: Flags) -> None:
        margin = logit(probability)
        self._order = np.argsort(margin, kind="stable")
        self._first = np.unique(np.linspace(0, len(margin), LINE_BINS, endpoint=False).astype(np.int64))
        self._outcome = np.asarray(outcome, dtype=np.float64)[self._order]
        sizes = np.diff(np.append(self._first, len(margin)))
        self._logit = np.add.reduceat(margin[self._order], self._first) / sizes
        self._start = fit_logistic(margin[None, :], np.asarray(outcome, dtype=np.float64), np.ones(len(margin)))

    def slope(self, weights: F64) -> F64:
        """Slopes; 1 is calibrated, below 1 too extreme."""
        rows, leavers = self._grouped(weights)
        intercept = np.full(len(weights), self._start[0])
        slope = np.full(len(weights), self._start[1])
        for _ in range(NEWTON_STEPS):
            p = sigmoid(intercept[:, None] + slope[:, None] * self._logit)
            residual = rows * p - leavers
            spread = rows * p * (1 - p)
            g0, g1 = residual.sum(axis=1), residual @ self._logit
            h00, h01, h11 = spread.sum(axis=1), spread @ self._logit, spread @ self._logit**2
            determinant = np.maximum(h00 * h11 - h01**2, 1e-12)
            intercept = intercept - (h11 * g0 - h01 * g1) / determinant
            slope = slope - (h00 * g1 - h01 * g0) / determinant
        return slope

    def intercept(self, weights: F64) -> F64:
        """Intercepts at slope 1; above 0 means that more customers leave than predicted."""
        rows, leavers = self._grouped(weights)
        shift = np.zeros(len(weights))
        for _ in range(NEWTON_STEPS + 1):
            p = sigmoid(shift[:, None] + self._logit)
            excess = (rows * p - leavers).sum(axis=1)
            shift = shift - excess / np.maximum((rows * p * (1 - p)).sum(axis=1), 1e-12)
        return shift

    def _grouped(self, weights: F64) -> tuple[F64, F64]:
        """Weight of all rows, and of the leavers, in each group of rows: shape (replicates, groups)."""
        ordered = weights[:, self._order]
        rows = np.add.reduceat(ordered, self._first, axis=1)
        return rows, np.add.reduceat(ordered * self._outcome, self._first, axis=1)


class CalibrationError:
    """Mean distance between predicted and observed frequency over equally filled bins.

    Even perfect probabilities have a distance above zero, because the observed frequency of a bin is noisy: ``chance``.
    For the same reason bootstrap replicates are too large, by what they exceed the value on average.
    """

    def __init__(self, probability: F64, outcome: Flags, *, bins: int = ECE_BINS) -> None:
        self._order = np.argsort(probability, kind="stable")
        self._probability = np.asarray(probability, dtype=np.float64)[self._order]
        self._excess = self._probability - np.asarray(outcome, dtype=np.float64)[self._order]
        edges = np.linspace(0, len(probability), min(bins, len(probability)), endpoint=False)
        self._first = np.unique(edges.astype(np.int64))

    def value(self, weights: F64) -> F64:
        """The error for each weighting, shape (replicates,)."""
        ordered = weights[:, self._order]
        return np.asarray(self._distance(ordered * self._excess) / ordered.sum(axis=1))

    def chance(self, *, seed: int, draws: int = 50) -> float:
        """The mean error if every probability were exactly right: the floor of the measurement on these rows."""
        outcomes = np.random.default_rng(seed).random((draws, len(self._order))) < self._probability
        return float(np.mean(self._distance(self._probability - outcomes) / len(self._order)))

    def interval(self, resamples: Resamples) -> Interval:
        """The error with its bootstrap interval, moved down by the upward bias of the replicates."""
        value = float(self.value(np.ones((1, len(self._order))))[0])
        replicates = resamples.apply(self.value)
        shifted = percentile_interval(value, replicates - (replicates.mean() - value))
        return Interval(value, max(shifted.lower, 0.0), shifted.upper)

    def _distance(self, excess: F64) -> F64:
        return np.asarray(np.abs(np.add.reduceat(excess, self._first, axis=1)).sum(axis=1))


def expected_calibration_error(probability: F64, outcome: Flags, *, bins: int = ECE_BINS) -> float:
    """``CalibrationError`` with every row counting once."""
    return float(CalibrationError(probability, outcome, bins=bins).value(np.ones((1, len(probability))))[0])
