"""Evidence about leaks: a canary that must not help, and the best single feature.

The canary is a random number per customer, independent of everything. A model can use it only to recognise customers,
so it helps exactly when the same customer is in training and in validation, or when rows of the future are mixed into
the past.
"""

from dataclasses import dataclass

import numpy as np

from engage_ml import boosting
from engage_ml.arrays import F32, F64
from engage_ml.bootstrap import Interval, Resamples
from engage_ml.hashing import uniform
from engage_ml.metrics import Ranking
from engage_ml.training_data import Rows, TrainingData
from engage_ml.tree_compiler import compile_trees

ROWS = 8_000
DRAWS = 5
"""Canaries on small data: there, one column of noise moves a small fit by more than the tolerance now and then."""
SMALL_ROWS = 20_000
ROUNDS = 20
T_LIMIT = 2.776
"""The 97.5 % quantile of Student's t with DRAWS - 1 degrees of freedom."""
SCAN_ROWS = 20_000


@dataclass(frozen=True)
class SingleFeature:
    """The column that ranks active customers best alone."""

    name: str
    auc: float


def canary_gain(data: TrainingData, resamples: Resamples, *, seed: int) -> Interval:
    """AUC on active validation rows with the canary minus without it, from two small fits, with a paired interval.

    `resamples` are over the active validation rows.
    """
    every = max(1, len(data.training) // ROWS)
    train = data.training.x[:, ::every]
    active = np.flatnonzero(data.validation.active)
    valid = np.take(data.validation.x, active, axis=1)
    outcome = data.validation.churned[active]
    draws = DRAWS if len(data.training) < SMALL_ROWS else 1
    inputs = [(train, valid)]
    for draw in range(draws):
        noise = [_noise(rows, seed + draw) for rows in (data.training, data.validation)]
        inputs.append((np.vstack([train, noise[0][::every]]), np.vstack([valid, noise[1][active]])))
    scores = []
    for x, x_valid in inputs:
        booster = boosting.train(
            boosting.binned(np.ascontiguousarray(x), threads=1),
            data.training.churned[::every].astype(np.float32),
            data.weight[::every],
            objective="binary:logistic",
            base_score=0.2,
            rounds=ROUNDS,
            parameters={"eta": 0.3, "max_depth": 3, "min_child_weight": 10},
            threads=1,
            seed=seed,
        )
        scores.append(compile_trees(booster).margin(x_valid))
    without, *with_it = (Ranking(score, outcome) for score in scores)
    gain = resamples.interval(lambda w: np.mean([each.auc(w) for each in with_it], axis=0) - without.auc(w))
    if draws == 1:
        return gain
    plain = np.ones((1, len(outcome)))
    spread = float(np.std([each.auc(plain)[0] for each in with_it], ddof=1))
    chance = T_LIMIT * spread / np.sqrt(draws)
    return Interval(gain.value, gain.lower - chance, gain.upper + chance)


def best_single_feature(data: TrainingData) -> SingleFeature:
    """The largest AUC of any one column on active training rows, in either direction; missing values rank lowest."""
    active = np.flatnonzero(data.training.active)
    active = active[:: max(1, len(active) // SCAN_ROWS)]
    outcome = data.training.churned[active]
    best = SingleFeature(data.matrix.column_names[0], 0.5)
    for column, name in enumerate(data.matrix.column_names):
        values: F64 = np.nan_to_num(data.training.x[column, active].astype(np.float64), nan=-1e30)
        value = float(Ranking(values, outcome).auc(np.ones((1, len(values))))[0])
        if np.isfinite(value) and max(value, 1 - value) > best.auc:
            best = SingleFeature(name, max(value, 1 - value))
    return best


def _noise(rows: Rows, seed: int) -> F32:
    return uniform(rows.hashes, f"canary-{seed}").astype(np.float32)
