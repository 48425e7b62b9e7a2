"""Every number that shapes the models, in one place: part of each version's name and card."""

from collections.abc import Mapping
from typing import Any

TREES: Mapping[str, Any] = {
    "tree_method": "hist",
    "max_depth": 4,  # the look-up tables of scoring hold trees up to this depth
    "max_bin": 64,
}
"""Shared by all boosters."""

CHURN_ROUNDS = 70
CHURN: Mapping[str, Any] = {"eta": 0.14, "colsample_bytree": 0.4, "min_child_weight": 20, "reg_lambda": 5.0}
CHURN_ROWS = 50_000
"""Rows that one booster learns from. Twice as many take twice the time and raise the skill by .001 (simulated data)."""

REGRESSION_ROUNDS = 50
REGRESSION_ROWS = 30_000
ENGAGEMENT: Mapping[str, Any] = {"eta": 0.15, "min_child_weight": 20, "reg_lambda": 2.0}
REVENUE: Mapping[str, Any] = {**ENGAGEMENT, "tweedie_variance_power": 1.5}

SURVIVAL_ROUNDS = 25
SURVIVAL_PERSON_WEEKS = 30_000
"""Pairs of a customer and a week that the trees of the hazard learn from."""
SURVIVAL: Mapping[str, Any] = {"eta": 0.2, "colsample_bytree": 0.4, "min_child_weight": 20, "reg_lambda": 5.0}

RIDGE = 3e-4
"""Penalty of the linear learner per unit of (mean-one) weight; small, as there are far more rows than terms."""

FOREST_TREES = 64
FOREST_SUBSAMPLE = 256
FLAGGED_SHARE = 0.01
"""Share of the training customers whose anomaly score is above the limit."""
