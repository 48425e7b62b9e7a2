"""What the models say of the validation rows, computed once for all evidence and tables."""

from dataclasses import dataclass

import numpy as np

from engage_ml.arrays import F64, Flags
from engage_ml.fitting import Fitted
from engage_ml.logistic import sigmoid
from engage_ml.training_data import TrainingData


@dataclass(frozen=True)
class Validation:
    """Predictions for the validation rows; every array has shape (rows,), ``members`` (members, rows)."""

    active: Flags
    churned: Flags
    probability: F64
    members: F64
    baseline: F64
    engagement: F64
    revenue_usd: F64


def predict_validation(data: TrainingData, fitted: Fitted) -> Validation:
    """Applies the models to the validation rows."""
    rows, models = data.validation, fitted.models
    members = models.churn.member_margins(rows.x)
    stacked = models.churn.ensemble.margin(members)
    return Validation(
        active=rows.active,
        churned=rows.churned,
        probability=sigmoid(models.churn.calibration.margin(stacked, rows.active)),
        members=members,
        baseline=fitted.baseline.margin(rows.x),
        engagement=models.engagement.predict(rows.x),
        revenue_usd=models.revenue.predict(rows.x),
    )


def regression_errors(predicted: F64, observed: F64) -> dict[str, F64]:
    """Per-row parts from which regression metrics are weighted means, shape (rows,) each."""
    difference = predicted - observed
    return {
        "predicted": predicted,
        "observed": observed,
        "absolute": np.abs(difference),
        "squared": difference**2,
        "observed_squared": observed**2,
    }
