"""How much each feature matters to each model, as shares that sum to one."""

import json

import numpy as np

from engage_ml.arrays import F64
from engage_ml.fitting import Fitted
from engage_ml.regression import ENGAGEMENT_FILE, REVENUE_FILE
from engage_ml.training_data import TrainingData

SAMPLE_ROWS = 8_192


def importances(data: TrainingData, fitted: Fitted) -> dict[str, F64]:
    """Model name -> importance of each feature, shape (features,).

    churn: mean absolute contribution among active validation customers. engagement, revenue: loss removed by the
    feature's splits. anomaly: its share of the splits. segments: its share of the variance between the centroids.
    """
    return {
        "churn": _shares(_churn(data, fitted)),
        "engagement": _shares(_gain(data, fitted.files[ENGAGEMENT_FILE])),
        "revenue": _shares(_gain(data, fitted.files[REVENUE_FILE])),
        "anomaly": _shares(_splits(data, fitted)),
        "segments": _shares(_spread(data, fitted)),
    }


def _churn(data: TrainingData, fitted: Fitted) -> F64:
    active = np.flatnonzero(data.validation.active)[:SAMPLE_ROWS]
    x = np.take(data.validation.x, active, axis=1)
    out = np.empty((len(data.matrix.features), len(active)), dtype=np.float32)
    everyone = np.ones(len(active), dtype=bool)
    contributions = fitted.models.churn.contributions(x, everyone, data.matrix.column_feature, out)
    return np.asarray(np.abs(contributions).mean(axis=1, dtype=np.float64))


def _gain(data: TrainingData, saved: bytes) -> F64:
    total = np.zeros(len(data.matrix.features))
    for tree in json.loads(saved)["learner"]["gradient_booster"]["model"]["trees"]:
        for left, column, gain in zip(tree["left_children"], tree["split_indices"], tree["loss_changes"], strict=True):
            if left >= 0:
                total[data.matrix.column_feature[column]] += gain
    return total


def _splits(data: TrainingData, fitted: Fitted) -> F64:
    forest = fitted.models.forest
    inner = forest.children[0::2] != np.arange(len(forest.column))
    owners = data.matrix.column_feature[forest.column[inner]]
    return np.bincount(owners, minlength=len(data.matrix.features)).astype(np.float64)


def _spread(data: TrainingData, fitted: Fitted) -> F64:
    segments = fitted.models.segments
    total = np.zeros(len(data.matrix.features))
    for variance, columns in zip(segments.centroids.var(axis=0), segments.columns, strict=True):
        for column in columns:
            total[data.matrix.column_feature[column]] += variance / len(columns)
    return total


def _shares(values: F64) -> F64:
    total = float(values.sum())
    return values / total if total > 0 else values
