"""How well the features stand in for each sensitive attribute, and which of them do it most.

A ridge regression on standardised features predicts each value of an attribute on one half of the active validation
customers and is judged on the other by AUC, one value against all others, weighted by their customers. 0.5 means that
the features know nothing of the attribute; near 1 a model can treat groups differently without seeing the attribute.
Only linear stand-ins are found.
"""

from typing import Any

import numpy as np

from engage_ml.arrays import F64
from engage_ml.bootstrap import Resamples, percentile_interval
from engage_ml.fairness import UNKNOWN, Labels, attributes_of
from engage_ml.hashing import uniform
from engage_ml.metrics import Ranking
from engage_ml.training_data import TrainingData

MAX_ROWS = 10_000
MIN_CUSTOMERS = 50
"""Values with fewer customers in the judged half are left out."""
PENALTY = 0.01
REPLICATES = 40
TOP = 3


def proxies(data: TrainingData, *, seed: int) -> list[dict[str, Any]]:
    """One row per attribute: AUC with its interval, and the features that tell most with their shares."""
    active = np.flatnonzero(data.validation.active)
    active = active[:: max(1, len(active) // MAX_ROWS)]
    x = np.nan_to_num(np.take(data.validation.x, active, axis=1).astype(np.float64), nan=0.0)
    x = (x - x.mean(axis=1, keepdims=True)) / np.maximum(x.std(axis=1, keepdims=True), 1e-9)
    fitted_on = uniform(data.validation.hashes[active], "proxies") < 0.5
    if fitted_on.all() or not fitted_on.any():
        return []
    attributes = attributes_of(data.customers.take(active))
    rows = []
    for name, values in attributes.items():
        if (row := _proxy(name, values, x, fitted_on, data, seed)) is not None:
            rows.append(row)
    return rows


def _proxy(
    attribute: str, values: Labels, x: F64, fitted_on: Any, data: TrainingData, seed: int
) -> dict[str, Any] | None:
    judged = values[~fitted_on]
    names = [name for name in sorted(set(values) - {UNKNOWN}) if (judged == name).sum() >= MIN_CUSTOMERS]
    if len(names) < 2:
        return None
    known = x[:, fitted_on]
    targets = np.array([values[fitted_on] == name for name in names], dtype=np.float64)
    targets -= targets.mean(axis=1, keepdims=True)
    gram = known @ known.T / known.shape[1] + PENALTY * np.eye(len(known))
    coefficients = np.linalg.solve(gram, known @ targets.T / known.shape[1])
    scores = coefficients.T @ x[:, ~fitted_on]
    sizes = np.array([(judged == name).sum() for name in names], dtype=np.float64)
    rankings = [Ranking(score, judged == name) for score, name in zip(scores, names, strict=True)]

    def mean_auc(weights: F64) -> F64:
        return np.asarray(sizes @ np.array([ranking.auc(weights) for ranking in rankings]) / sizes.sum())

    resamples = Resamples.draw(len(judged), seed=seed, replicates=REPLICATES)
    interval = percentile_interval(float(mean_auc(np.ones((1, len(judged))))[0]), resamples.apply(mean_auc))
    tells = np.zeros(len(data.matrix.features))
    np.add.at(tells, data.matrix.column_feature, np.abs(coefficients) @ sizes)
    top = np.argsort(-tells, kind="stable")[:TOP]
    return {
        "attribute": attribute,
        "auc": interval.as_json(),
        "features": {data.matrix.features[index].name: float(tells[index] / tells.sum()) for index in top},
    }
