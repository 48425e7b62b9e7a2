"""Training the engagement and revenue regressors on a regular sample of the training rows."""

from dataclasses import dataclass

import numpy as np

from engage_ml import boosting
from engage_ml.hyperparameters import ENGAGEMENT, REGRESSION_ROUNDS, REGRESSION_ROWS, REVENUE
from engage_ml.regression import EngagementModel, RevenueModel
from engage_ml.training_data import TrainingData
from engage_ml.tree_compiler import compile_trees


@dataclass(frozen=True)
class RegressionModels:
    """Both regressors, and their boosters as XGBoost wrote them."""

    engagement: EngagementModel
    revenue: RevenueModel
    engagement_saved: bytes
    revenue_saved: bytes


def train_regressors(data: TrainingData, *, seed: int) -> RegressionModels:
    """Trains both on the same binned rows, in one thread."""
    # Rows are sorted by fold, week and hash, so a regular sample of them is representative.
    rows = np.arange(0, len(data.training), max(1, len(data.training) // REGRESSION_ROWS))
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
        rounds=REGRESSION_ROUNDS,
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
        rounds=REGRESSION_ROUNDS,
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
