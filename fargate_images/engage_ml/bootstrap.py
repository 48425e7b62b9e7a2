"""Bootstrap intervals without a loop over replicates: every replicate is a line of multinomial counts.

A statistic is written once, for weights of shape (replicates, rows), and evaluated for all replicates at a time. Rows
are customers of one week, so resampling rows is resampling customers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from engage_ml.arrays import F64, U16

REPLICATES = 200
CONFIDENCE = 0.95
WILSON_Z = 1.96
CELLS_AT_ONCE = 250_000
"""Replicates are worked on in groups of about this many cells, so memory does not grow with the rows."""

Statistic = Callable[[F64], F64]
"""Weights of shape (replicates, rows) -> values of shape (replicates,)."""


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % bootstrap interval."""

    value: float
    lower: float
    upper: float

    def as_json(self) -> dict[str, float]:
        """As in evidence.json."""
        return {"value": self.value, "lower": self.lower, "upper": self.upper}


@dataclass(frozen=True)
class Resamples:
    """How often each row is drawn in each replicate, shape (replicates, rows)."""

    counts: U16

    @classmethod
    def draw(cls, rows: int, *, seed: int, replicates: int = REPLICATES) -> "Resamples":
        """Draws `rows` of `rows` with replacement, `replicates` times."""
        rng = np.random.default_rng(seed)
        counts = np.empty((replicates, rows), dtype=np.uint16)
        for line in counts:
            line[:] = np.bincount(rng.integers(0, rows, rows, dtype=np.int32), minlength=rows)
        return cls(counts)

    def apply(self, statistic: Statistic) -> F64:
        """The statistic of every replicate, shape (replicates,)."""
        return np.concatenate([statistic(part) for part in self._parts()])

    def interval(self, statistic: Statistic) -> Interval:
        """The statistic of the rows as they are, with its percentile interval."""
        value = float(statistic(np.ones((1, self.counts.shape[1])))[0])
        return percentile_interval(value, self.apply(statistic))

    def _parts(self) -> Iterator[F64]:
        replicates, rows = self.counts.shape
        size = max(1, CELLS_AT_ONCE // max(rows, 1))
        for start in range(0, replicates, size):
            yield self.counts[start : start + size].astype(np.float64)


def percentile_interval(value: float, replicates: F64) -> Interval:
    """The percentile interval; replicates that are not numbers (a class is absent) do not count."""
    known = replicates[np.isfinite(replicates)]
    if not len(known):
        return Interval(value, value, value)
    tail = (1 - CONFIDENCE) / 2
    lower, upper = np.quantile(known, (tail, 1 - tail))
    return Interval(value, float(lower), float(upper))


def wilson(successes: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a rate (Wilson 1927); (0, 1) when there are no observations."""
    if n == 0:
        return 0.0, 1.0
    rate = successes / n
    centre = (rate + WILSON_Z**2 / (2 * n)) / (1 + WILSON_Z**2 / n)
    reach = WILSON_Z / (1 + WILSON_Z**2 / n) * np.sqrt(rate * (1 - rate) / n + WILSON_Z**2 / (4 * n * n))
    return float(max(0.0, centre - reach)), float(min(1.0, centre + reach))
