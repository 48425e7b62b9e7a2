"""How the churn model compares with the sealed truth: ranking, probabilities and reasons.

Only this module, ``ceiling`` and the platform itself read the sealed truth. Everything is measured against the true
probabilities, not against what chance made of them: an AUC here is the one expected over all outcomes that could
have happened.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from engage_assets.synthetic.drivers import ABSENCE, THEMES, active_in_week, largest_drivers

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DECILES = 10
REPLICATES = 100
Z = 1.96
OBSERVED = (0.025, 0.975)
MOST_ROWS = 8_000
"""Customers that a bootstrap looks at; its spread is then scaled to the customers there are."""


@dataclass(frozen=True)
class Measured:
    """One figure of the scorecard with its 95 % interval. ``bin`` is the decile, where it is about one."""

    metric: str
    value: float
    lower: float
    upper: float
    customers: int
    bin: int | None = None


def rank_against_truth(
    predictions: pa.Table, truth: pa.Table, *, observable_share: float | None, seed: int = 0
) -> list[Measured]:
    """Skill = (AUC - 0.5) / (ceiling - 0.5) of held-out customers who were active in the 30 days before as_of.

    predictions: customer_id, is_active_30d, churn_probability of one week. truth: that week's.
    observable_share: skill of the best fit to observable history (``ceiling``); without it one ceiling is left out.

    Raises
    ------
    ValueError
        When a customer has no truth.
    """
    joined = _joined(predictions, truth)
    true, model = joined["churn_probability_30d"].to_numpy(), joined["churn_probability"].to_numpy()
    sample = slice(None, None, -(-len(true) // MOST_ROWS))
    weights = np.random.default_rng(seed).poisson(1.0, (REPLICATES, len(true[sample]))).astype(np.float64)

    def ranked(score: Floats) -> Floats:
        return np.asarray(np.r_[expected_auc(score, true), expected_auc(score[sample], true[sample], weights)])

    auc, ceiling = ranked(model), ranked(true)
    skill = (auc - 0.5) / (ceiling - 0.5)
    figures = {"auc": auc, "auc_of_the_hidden_state": ceiling, "skill_of_the_hidden_state": skill}
    if observable_share is not None:
        figures["auc_of_observable_history"] = 0.5 + observable_share * (ceiling - 0.5)
        figures["skill_of_observable_history"] = skill / observable_share
    return [_bootstrapped(name, values, rows=len(true), drawn=weights.shape[1]) for name, values in figures.items()]


def calibrate_against_truth(predictions: pa.Table, truth: pa.Table, *, seed: int = 0) -> list[Measured]:
    """The error of the probabilities by decile, and its mean: predicted less true, on active customers."""
    joined = _joined(predictions, truth)
    model, true = joined["churn_probability"].to_numpy(), joined["churn_probability_30d"].to_numpy()
    found, errors, deviations = [], [], []
    for number, part in enumerate(np.array_split(np.argsort(model, kind="stable"), DECILES)):
        error = model[part] - true[part]
        mean, deviation = float(error.mean()), float(error.std() / np.sqrt(len(part)))
        errors.append(mean)
        deviations.append(deviation)
        lower, upper = mean - Z * deviation, mean + Z * deviation
        found.append(Measured("calibration_error_of_decile", mean, lower, upper, len(part), bin=number + 1))
    value = float(np.abs(errors).mean())
    drawn = np.random.default_rng(seed).normal(errors, deviations, (REPLICATES, len(errors)))
    # The mean of absolute values lies above the figure by the draw's own noise: a basic interval turns it back.
    high, low = np.quantile(np.abs(drawn).mean(axis=1), OBSERVED[::-1])
    lower, upper = max(0.0, min(2 * value - float(high), value)), max(2 * value - float(low), value)
    return [*found, Measured("calibration_error", value, lower, upper, len(model))]


def reasons_against_truth(predictions: pa.Table, truth: pa.Table, *, seed: int = 0) -> list[Measured]:
    """How often the reasons name a customer's largest true driver, with its direction.

    For customers active in the week; beside it the rate that another customer's reasons would reach, and, for
    customers who were away, how often a reason tells of the absence.
    predictions: also reason_1..3_theme and _direction.
    """
    joined = _joined(predictions, truth)
    active = active_in_week(joined)
    present, away = joined.filter(pa.array(active)), joined.filter(pa.array(~active))
    told = np.logical_or.reduce([_is_one_of(away, rank, ABSENCE) & _raises(away, rank) for rank in (1, 2, 3)])
    hits = {"reasons_name_the_absence": told}
    if present.num_rows:
        drivers = largest_drivers(present)
        raising = drivers.contribution > 0
        other = np.random.default_rng(seed).permutation(present.num_rows)
        named = [_names_driver(present, rank, drivers.largest, raising) for rank in (1, 2, 3)]
        by_chance = [_names_driver(present.take(other), rank, drivers.largest, raising) for rank in (1, 2, 3)]
        hits |= {
            "first_reason_names_the_driver": named[0],
            "reasons_name_the_driver": np.logical_or.reduce(named),
            "reasons_name_the_driver_by_chance": np.logical_or.reduce(by_chance),
        }
    return [_share(name, values) for name, values in hits.items() if len(values)]


def expected_auc(score: Floats, probability: Floats, weights: Floats | None = None) -> Floats:
    """The AUC of a score, averaged over all outcomes that could have happened; shape (replicates,).

    The probability that a leaver scores above a stayer, where customers leave with `probability`; ties count half.
    weights: shape (replicates, rows); without them one replicate in which each customer counts once.
    """
    weights = np.ones((1, len(score))) if weights is None else weights
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    chance = probability[order]
    counted = weights[:, order]
    leavers, stayers = counted * chance, counted * (1 - chance)
    if len(first) < len(ordered):
        leavers, stayers = np.add.reduceat(leavers, first, axis=1), np.add.reduceat(stayers, first, axis=1)
    below = np.cumsum(stayers, axis=1) - 0.5 * stayers
    return np.asarray((leavers * below).sum(axis=1) / (leavers.sum(axis=1) * stayers.sum(axis=1)))


def area_under_curve(outcome: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """Probability that a random positive scores above a random negative; ties count half (Mann-Whitney)."""
    positives = int(outcome.sum())
    negatives = outcome.size - positives
    if positives == 0 or negatives == 0:
        raise ValueError(f"{positives} of {outcome.size} customers churned; an AUC needs both outcomes")
    _, place, repeats = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(repeats) - (repeats - 1) / 2)[place]
    return float((ranks[outcome].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _joined(predictions: pa.Table, truth: pa.Table) -> pa.Table:
    """Active customers with their truth, in the order of the truth: resampling must not depend on how rows arrive."""
    active = predictions.filter(predictions["is_active_30d"])
    places = pc.index_in(active["customer_id"], value_set=truth["customer_id"].combine_chunks())
    if places.null_count:
        raise ValueError(f"{places.null_count:,} customers have no sealed truth; expected one row each")
    order = pc.sort_indices(places)
    return pa.table({**_columns(truth.take(places.take(order))), **_columns(active.take(order))})


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(table.column_names, table.columns, strict=True))


def _names_driver(reasons: pa.Table, rank: int, largest: NDArray[np.int64], raising: Flags) -> Flags:
    found = np.zeros(reasons.num_rows, dtype=np.bool_)
    for place, themes in enumerate(THEMES.values()):
        found |= (largest == place) & _is_one_of(reasons, rank, themes)
    return np.asarray(found & (_raises(reasons, rank) == raising))


def _is_one_of(reasons: pa.Table, rank: int, themes: frozenset[str]) -> Flags:
    return np.asarray(pc.is_in(reasons[f"reason_{rank}_theme"], value_set=pa.array(sorted(themes)))).astype(np.bool_)


def _raises(reasons: pa.Table, rank: int) -> Flags:
    return np.asarray(pc.equal(reasons[f"reason_{rank}_direction"], "raises")).astype(np.bool_)


def _share(metric: str, hits: Flags) -> Measured:
    share = float(hits.mean())
    reach = Z * float(np.sqrt(share * (1 - share) / len(hits)))
    return Measured(metric, share, max(0.0, share - reach), min(1.0, share + reach), len(hits))


def _bootstrapped(metric: str, values: Floats, *, rows: int, drawn: int) -> Measured:
    """The first value is the figure of all rows, the others are a bootstrap of `drawn` of them."""
    value, spread = float(values[0]), values[1:] - values[1:].mean()
    lower, upper = np.quantile(spread * np.sqrt(drawn / rows), OBSERVED)
    return Measured(metric, value, value + float(lower), value + float(upper), rows)
