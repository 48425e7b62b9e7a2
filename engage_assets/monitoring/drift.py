"""Whether features, scores or reasons have moved: tests that know the size of the samples.

The population stability index of two samples of the same population is not zero: it follows
(1/n1 + 1/n2) x chi-square(bins - 1). At 100 customers and ten bins a fixed limit of 0.1 raises a false alarm most of
the time. The limit here is the larger of 0.1, below which a shift is too small to matter, and what chance exceeds
with probability FALSE_ALARMS / tests: any false alarm in a week has a probability of at most FALSE_ALARMS.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import gammaincinv

Floats = npt.NDArray[np.float64]

FALSE_ALARMS = 0.01
"""The probability of any false alarm in a week, over all tests of a kind."""
SMALLEST_SHIFT = 0.1
"""A PSI below this is read as no shift (Siddiqi 2006)."""
LARGEST_USEFUL_LIMIT = 0.25
"""Where chance alone reaches a major shift, the samples cannot show one."""
BINS = 10
RARE = 0.01
"""A category held by fewer than this share of both samples together is counted with the other rare ones."""


@dataclass(frozen=True)
class Drift:
    """One test. ``state`` is steady, drifted or insufficient; means are of the numbers, or shares of the first bin."""

    name: str
    psi: float
    limit: float
    state: str
    mean: float
    reference_mean: float
    customers: int
    reference_customers: int


def psi_limit(rows: int, reference_rows: int, bins: int, *, tests: int) -> float:
    """The largest index that is not a shift, when `tests` tests share the false alarms of a week."""
    quantile = 1 - FALSE_ALARMS / tests
    chance = 2.0 * float(gammaincinv(max(bins - 1, 1) / 2.0, quantile))
    return max(SMALLEST_SHIFT, (1.0 / rows + 1.0 / reference_rows) * chance)


def numeric_counts(now: Floats, reference: Floats) -> tuple[Floats, Floats]:
    """Counts by tenths of both samples together; a missing value has a bin of its own."""
    pooled = np.concatenate([now, reference])
    known = pooled[~np.isnan(pooled)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.empty(0)
    bins = len(edges) + 1

    def count(values: Floats) -> Floats:
        places = np.where(np.isnan(values), bins, np.searchsorted(edges, values, side="left"))
        return np.bincount(places, minlength=bins + 1).astype(np.float64)

    return count(now), count(reference)


def category_counts(now: Sequence[str | None], reference: Sequence[str | None]) -> tuple[Floats, Floats]:
    """Counts by category; a missing value is one of them."""
    names = sorted({str(name) for name in now} | {str(name) for name in reference})
    places = {name: place for place, name in enumerate(names)}

    def count(values: Sequence[str | None]) -> Floats:
        return np.bincount([places[str(value)] for value in values], minlength=len(names)).astype(np.float64)

    return count(now), count(reference)


def compare(
    name: str, now: Floats, reference: Floats, *, tests: int, mean: float | None = None, before: float | None = None
) -> Drift:
    """Tests two samples, given their counts by bin. Bins that are empty or rare in both are taken together."""
    share = (now + reference) / max(now.sum() + reference.sum(), 1.0)
    common = share >= RARE
    if not common.all():
        now = np.append(now[common], now[~common].sum())
        reference = np.append(reference[common], reference[~common].sum())
        filled = now + reference > 0
        now, reference = now[filled], reference[filled]
    rows, reference_rows = int(now.sum()), int(reference.sum())
    shares = now[0] / max(rows, 1), reference[0] / max(reference_rows, 1)
    figures = (shares[0] if mean is None else mean, shares[1] if before is None else before)
    if min(rows, reference_rows) == 0:
        return Drift(name, np.nan, np.nan, "insufficient", *figures, rows, reference_rows)
    limit = psi_limit(rows, reference_rows, len(now), tests=tests)
    if len(now) < 2:
        return Drift(name, 0.0, limit, "steady", *figures, rows, reference_rows)
    index = _index(now, reference)
    state = "drifted" if index > limit else "insufficient" if limit > LARGEST_USEFUL_LIMIT else "steady"
    return Drift(name, index, limit, state, *figures, rows, reference_rows)


def _index(now: Floats, reference: Floats) -> float:
    """The population stability index; half a customer is added to each bin, so that an empty one stays finite."""
    p, q = ((counts + 0.5) / (counts.sum() + 0.5 * len(counts)) for counts in (now, reference))
    return float(((p - q) * np.log(p / q)).sum())


def feature_drift(now: pa.Table, reference: pa.Table, features: Sequence[Mapping[str, str]]) -> list[Drift]:
    """One test a feature: the customers of the week against those of the weeks before.

    features: name and type (numeric, boolean or category) of each column.
    """
    found = []
    for feature in features:
        name = feature["name"]
        if feature["type"] == "category":
            counts = category_counts(now[name].to_pylist(), reference[name].to_pylist())
            found.append(compare(name, *counts, tests=len(features)))
        else:
            found.append(_numeric(name, now[name], reference[name], tests=len(features)))
    return found


def score_drift(now: pa.Table, reference: pa.Table, columns: Sequence[str]) -> list[Drift]:
    """One test a column of scores: a week's predictions against those of the last published week.

    Predictions are stored in any order, and the last digit of a mean depends on it: they are sorted.
    """
    return [_numeric(name, now[name].sort(), reference[name].sort(), tests=len(columns)) for name in columns]


def attribution_drift(now: pa.Table, reference: pa.Table) -> list[Drift]:
    """One test a theme: how often it is a customer's first reason, and in which direction.

    The means are the shares of customers whose first reason it is.
    """
    first, before = _first_reasons(now), _first_reasons(reference)
    themes = sorted({theme for theme, _ in first} | {theme for theme, _ in before})
    found = []
    for theme in themes:
        counts = []
        for reasons in (first, before):
            raises, lowers = reasons.get((theme, "raises"), 0), reasons.get((theme, "lowers"), 0)
            counts.append(np.array([raises, lowers, sum(reasons.values()) - raises - lowers], dtype=np.float64))
        shares = [float(1 - count[2] / count.sum()) if count.sum() else np.nan for count in counts]
        found.append(compare(theme, *counts, tests=len(themes), mean=shares[0], before=shares[1]))
    return found


def _first_reasons(predictions: pa.Table) -> dict[tuple[str, str], int]:
    counted = predictions.group_by(["reason_1_theme", "reason_1_direction"]).aggregate([([], "count_all")])
    return {
        (str(row["reason_1_theme"]), str(row["reason_1_direction"])): int(row["count_all"])
        for row in counted.to_pylist()
    }


def _numeric(name: str, now: pa.ChunkedArray, reference: pa.ChunkedArray, *, tests: int) -> Drift:
    values, before = _floats(now), _floats(reference)
    counts = numeric_counts(values, before)
    return compare(name, *counts, tests=tests, mean=_mean(values), before=_mean(before))


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _floats(column: pa.ChunkedArray) -> Floats:
    numbers = pc.fill_null(column.cast(pa.float64()), float("nan"))
    return np.asarray(numbers, dtype=np.float64)
