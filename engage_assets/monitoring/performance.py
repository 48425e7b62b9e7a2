"""How good published scores were once their outcomes are known, beside what they promised when they were made.

The estimate needs no outcome: if the probabilities are right, each customer leaves with the stated probability, and the
expected AUC, lift or log loss follow from the probabilities alone (confidence-based performance estimation). Its
interval is a prediction interval: in 99 of 100 weeks the realised figure lies inside, if the probabilities are right.
Thirty days later the same figures are computed from what happened, with a 95 % bootstrap interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Kind = Literal["estimated", "realised"]

METRICS = (
    "auc", "pr_auc", "churn_rate", "log_loss", "brier_score", "expected_calibration_error",
    "lift_at_1_pct", "lift_at_5_pct", "lift_at_10_pct",
)  # fmt: skip
"""The figures, in the order of the tables."""

GROUPS = 1_000
"""Customers of neighbouring scores that are resampled together; 100 of them are one tenth, 10 are one hundredth."""
CALIBRATION_BINS = 20
REPLICATES = 200
PREDICTED_Z, OBSERVED_Z = 2.576, 1.960
FEWEST = 200
"""Fewer customers, or an expected or observed number of leavers below ten, say nothing."""
FEWEST_LEAVERS = 10

AUC_GAP = 0.01
RATE_GAP = 0.10
"""A surprise also has to matter: 0.01 of AUC, or a tenth of the churn rate."""


@dataclass(frozen=True)
class Figure:
    """One metric with its interval."""

    metric: str
    value: float
    lower: float
    upper: float


class Scores:
    """Customers' probabilities, sorted once from the highest."""

    def __init__(self, probability: Floats) -> None:
        self.order = np.argsort(-probability, kind="stable")
        self.probability = np.clip(probability[self.order], 1e-9, 1 - 1e-9)
        size = len(probability)
        self.starts = np.unique(np.linspace(0, size, min(GROUPS, size), endpoint=False).astype(np.int64))
        self.grouped = Groups(self.probability, self.starts)
        self.exact = Groups(self.probability, _ties(self.probability))

    def estimated(self, *, seed: int = 0) -> list[Figure]:
        """What the probabilities promise."""
        expected = np.add.reduceat(self.probability, self.exact.starts)[None, :]
        draw = np.random.default_rng(seed)
        sizes = self.grouped.sizes.astype(np.int64)
        leavers = draw.binomial(sizes, self.grouped.mean, size=(REPLICATES, len(sizes))).astype(np.float64)
        promised = self.exact.figures(expected, self.exact.sizes - expected)
        possible = self.grouped.figures(leavers, self.grouped.sizes - leavers)
        promised["expected_calibration_error"] = np.array([possible["expected_calibration_error"].mean()])
        return _with_intervals(promised, possible, PREDICTED_Z)

    def realised(self, churned: Flags, *, seed: int = 0) -> list[Figure]:
        """What happened, with the churned flags in the order of the probabilities that were given."""
        draw = np.random.default_rng(seed)
        leavers = np.add.reduceat(churned[self.order].astype(np.float64), self.starts)
        stayers = self.grouped.sizes - leavers
        shape = (REPLICATES, len(leavers))
        # A Poisson bootstrap of the groups: each customer counts 0, 1, 2 … times.
        resampled = self.grouped.figures(
            draw.poisson(leavers, shape).astype(np.float64), draw.poisson(stayers, shape).astype(np.float64)
        )
        return _with_intervals(self.values(churned), resampled, OBSERVED_Z)

    def values(self, churned: Flags) -> dict[str, Floats]:
        """The realised figures alone, shape (1,) each."""
        found = np.add.reduceat(churned[self.order].astype(np.float64), self.exact.starts)[None, :]
        return self.exact.figures(found, self.exact.sizes - found)


class Groups:
    """Customers of neighbouring scores, from the highest; ``starts`` are the places where a group begins."""

    def __init__(self, probability: Floats, starts: npt.NDArray[np.int64]) -> None:
        self.starts = starts
        self.sizes = np.diff(np.append(starts, len(probability))).astype(np.float64)

        def mean(values: Floats) -> Floats:
            return np.asarray(np.add.reduceat(values, starts) / self.sizes)

        self.mean = mean(probability)
        self._log, self._log_not = mean(np.log(probability)), mean(np.log1p(-probability))
        self._square, self._square_not = mean((1 - probability) ** 2), mean(probability**2)

    def figures(self, leavers: Floats, stayers: Floats) -> dict[str, Floats]:
        """The metrics of numbers of leavers and stayers, shape (replicates, groups): shape (replicates,) each."""
        chosen = leavers + stayers
        all_leavers, all_stayers = leavers.sum(axis=1), stayers.sum(axis=1)
        size = all_leavers + all_stayers
        rate = all_leavers / size
        below = all_stayers[:, None] - np.cumsum(stayers, axis=1) + 0.5 * stayers
        found, reached = np.cumsum(leavers, axis=1), np.cumsum(chosen, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return {
                "auc": (leavers * below).sum(axis=1) / (all_leavers * all_stayers),
                "pr_auc": (leavers * np.where(reached > 0, found / reached, 0.0)).sum(axis=1) / all_leavers,
                "churn_rate": rate,
                "log_loss": -(leavers @ self._log + stayers @ self._log_not) / size,
                "brier_score": (leavers @ self._square + stayers @ self._square_not) / size,
                "expected_calibration_error": self._calibration_error(leavers, chosen) / size,
                **{
                    f"lift_at_{share}_pct": _found_within(found, reached, share / 100) / (share / 100) / rate / size
                    for share in (1, 5, 10)
                },
            }

    def _calibration_error(self, leavers: Floats, chosen: Floats) -> Floats:
        """The summed distance of expected and found leavers over twenty equally filled bins."""
        middle = np.cumsum(self.sizes) - self.sizes / 2
        bins = np.minimum((middle / self.sizes.sum() * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
        first = np.flatnonzero(np.r_[True, np.diff(bins) > 0])
        distance = np.add.reduceat(leavers - chosen * self.mean, first, axis=1)
        return np.asarray(np.abs(distance).sum(axis=1))


def _ties(descending: Floats) -> npt.NDArray[np.int64]:
    """Where a new value begins."""
    return np.flatnonzero(np.r_[True, np.diff(descending) != 0])


def _found_within(found: Floats, reached: Floats, share: float) -> Floats:
    """Leavers among the first `share` of the customers, a group on the border counting in part."""
    return np.array(
        [
            np.interp(share * customers[-1], np.r_[0.0, customers], np.r_[0.0, leavers])
            for leavers, customers in zip(found, reached, strict=True)
        ]
    )


def _with_intervals(values: dict[str, Floats], drawn: dict[str, Floats], z: float) -> list[Figure]:
    """The values, `z` standard deviations of the draws to both sides; none of the metrics lies below 0."""
    figures = []
    for metric in METRICS:
        value, reach = float(values[metric][0]), z * float(np.nanstd(drawn[metric]))
        figures.append(Figure(metric, value, max(0.0, value - reach), value + reach))
    return figures


def enough(probability: Floats, churned: Flags | None = None) -> bool:
    """Whether there are customers and leavers enough to say anything."""
    leavers = probability.sum() if churned is None else min(churned.sum(), (~churned).sum())
    return bool(len(probability) >= FEWEST and leavers >= FEWEST_LEAVERS)


def surprises(estimated: Sequence[Figure], realised: Sequence[Figure]) -> list[str]:
    """What turned out other than promised: outside the prediction interval, and by enough to matter.

    If the probabilities are right, at most one week in a hundred is outside for each of the two figures that are
    held against it, AUC and churn rate.
    """
    promised = {figure.metric: figure for figure in estimated}
    found = []
    for figure in realised:
        expected = promised[figure.metric]
        gap = figure.value - expected.value
        limit = {"auc": AUC_GAP, "churn_rate": RATE_GAP * expected.value}.get(figure.metric, np.inf)
        if abs(gap) > limit and not expected.lower <= figure.value <= expected.upper:
            found.append(
                f"{figure.metric} was {figure.value:.4f}; {expected.value:.4f} "
                f"({expected.lower:.4f} to {expected.upper:.4f}) was expected"
            )
    return found
