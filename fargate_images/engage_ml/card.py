"""The card beside a model version: what it is made of, how good it is, what it must not be used for."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from engage_ml import split
from engage_ml.arrays import F64
from engage_ml.churn import MEMBERS
from engage_ml.fitting import Fitted
from engage_ml.identity import code_digest, fitting_parameters, library_versions
from engage_ml.parameters import TrainingParameters
from engage_ml.training_data import TrainingData

TOP_FEATURES = 20
LIMITS = (
    "Metrics hold for customers active in the 30 days before as_of; customers who have been away longer are easier.",
    "Contributions describe the model, not causes. What an action changes is measured by the holdout.",
    "Age, gender and location are not inputs; other columns may stand in for them, which the fairness table watches.",
    "The survival curve is seen for at most eight weeks; beyond, its last weekly hazard is held.",
)


def build_card(
    parameters: TrainingParameters,
    data: TrainingData,
    fitted: Fitted,
    *,
    version: str,
    previous: str | None,
    metrics: Sequence[Mapping[str, Any]],
    importance: Mapping[str, F64],
    split_facts: Mapping[str, Any],
    usage: Mapping[str, float],
) -> dict[str, Any]:
    """The content of card.json."""
    churn = fitted.models.churn
    return {
        "model_version": version,
        "week": parameters.week.isoformat(),
        "run_id": parameters.run_id,
        "data": {
            "sha256": data.digest,
            "rows_read": data.rows_read,
            "training_rows": len(data.training),
            "training_rows_active": int(data.training.active.sum()),
            "validation_rows": len(data.validation),
            "validation_rows_active": int(data.validation.active.sum()),
            "churn_rate_active": float(data.validation.churned[data.validation.active].mean()),
        },
        "split": {**split_facts, "description": _describe(data)},
        "features": [feature.as_json() for feature in data.matrix.features],
        "parameters": fitting_parameters(parameters),
        "ensemble": {
            "weights": dict(zip(MEMBERS, churn.ensemble.weights, strict=True)),
            "intercept": churn.ensemble.intercept,
            "fell_back_to_best_member": churn.ensemble.fell_back,
            "equal_weights": churn.ensemble.equal,
            "calibration": asdict(churn.calibration),
        },
        "segments": {
            "names": list(fitted.models.segments.names),
            "axes": list(fitted.models.segments.axes),
            "centroids": fitted.models.segments.centroids.tolist(),
            "names_from": previous,
        },
        "survival": fitted.models.survival.facts,
        "anomaly_limit": fitted.models.forest.limit,
        "metrics": list(metrics),
        "importance": {model: _top(data, values) for model, values in importance.items()},
        "versions": {
            "code": parameters.code_version,
            "source_sha256": code_digest(),
            **library_versions(),
        },
        "usage": dict(usage),
        "limits": list(LIMITS),
    }


def _describe(data: TrainingData) -> str:
    if data.same_week:
        return (
            f"Only week {data.validation_week} has matured: trained and validated on it, on different customers "
            f"({split.HOLDOUT_SHARE:.0%} held out). Not out of time."
        )
    return (
        f"Trained on {len(data.training_weeks)} earlier week(s), validated on week {data.validation_week}, on "
        f"{split.HOLDOUT_SHARE:.0%} of the customers, who are in no training week. Out of time and out of customer."
    )


def _top(data: TrainingData, values: F64) -> dict[str, float]:
    order = np.argsort(-values, kind="stable")[:TOP_FEATURES]
    return {data.matrix.features[index].name: float(values[index]) for index in order}
