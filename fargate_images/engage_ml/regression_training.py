"""Training the engagement and revenue regressors on a regular sample of the training rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engage_ml import boosting
from engage_ml.regression import EngagementModel, RevenueModel
from engage_ml.training_data import TrainingData
from engage_ml.tree_compiler import compile_trees

MAX_ROWS = 30_000
ROUNDS = 50
ENGAGEMENT: Mapping[str, Any] = {"eta": 0.15, "min_child_weight": 20, "reg_lambda": 2.0}
REVENUE: Mapping[str, Any] = {"eta": 0.15, "min_child_weight": 20, "reg_lambda": 2.0, "tweedie_variance_power": 1.5}


@dataclass(frozen=True)
class RegressionModels:
    """Both regressors, and their boosters as XGBoost wrote them."""

    engagement: EngagementModel
    revenue: RevenueModel
    engagement_saved: bytes
    revenue_saved: bytes


def train_regressors(data: TrainingData, *, seed: int) -> RegressionModels:
    """Trains both on the same binned rows, in one thread."""
    # Rows are sorted by week and hash, so a regular sample of them is representative.
    rows = np.arange(0, len(data.training), max(1, len(data.training) // MAX_ROWS))
    x = np.take(data.training.x, rows, axis=1)
    binned = boosting.binned(x, threads=1)
    weight = data.weight[rows]
    engagement = data.training.engagement[rows]
    revenue = data.training.revenue_usd[rows]
    mean_revenue = float(np.average(revenue, weights=weight))
    engagement_saved = boosting.train(
        binned,
        engagement,
        weight,
        objective="reg:squarederror",
        base_score=float(np.average(engagement, weights=weight)),
        rounds=ROUNDS,
        parameters=ENGAGEMENT,
        threads=1,
        seed=seed,
    )
    revenue_saved = boosting.train(
        binned,
        revenue,
        weight,
        objective="reg:tweedie",
        base_score=max(mean_revenue, 1e-3),
        rounds=ROUNDS,
        parameters=REVENUE,
        threads=1,
        seed=seed,
    )
    unscaled = RevenueModel(compile_trees(revenue_saved), 1.0)
    predicted = float(np.average(unscaled.predict(x), weights=weight))
    return RegressionModels(
        EngagementModel(compile_trees(engagement_saved)),
        RevenueModel(unscaled.booster, mean_revenue / predicted if predicted > 0 else 1.0),
        engagement_saved,
        revenue_saved,
    )
