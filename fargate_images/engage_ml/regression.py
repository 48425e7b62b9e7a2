"""The two regressors: engagement (0-1) and revenue (USD, heavy-tailed, mostly zero) of the next 30 days."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engage_ml.arrays import F32, F64
from engage_ml.tree_compiler import compile_trees
from engage_ml.tree_tables import TreeTables

ENGAGEMENT_FILE = "engagement_xgboost.json"
REVENUE_FILE = "revenue_xgboost.json"
REVENUE_SCALE_FILE = "revenue_scale.json"


@dataclass(frozen=True)
class EngagementModel:
    """Expected engagement score of the next 30 days."""

    booster: TreeTables

    def predict(self, x: F32) -> F64:
        """Scores between 0 and 1, shape (rows,), for features of shape (columns, rows)."""
        return np.clip(self.booster.margin(x), 0.0, 1.0)


@dataclass(frozen=True)
class RevenueModel:
    """Expected revenue of the next 30 days, USD.

    Tweedie regression (power 1.5) with a log link: a point mass at zero and a heavy tail. ``scale`` makes predicted and
    observed totals equal on training rows, which a log link does not guarantee.
    """

    booster: TreeTables
    scale: float

    def predict(self, x: F32) -> F64:
        """USD, at least 0, shape (rows,), for features of shape (columns, rows)."""
        return np.asarray(self.scale * np.exp(np.clip(self.booster.margin(x), -20.0, 20.0)))


def load_engagement(files: Mapping[str, bytes]) -> EngagementModel:
    """From the files of a model version."""
    return EngagementModel(compile_trees(files[ENGAGEMENT_FILE]))


def load_revenue(files: Mapping[str, bytes]) -> RevenueModel:
    """From the files of a model version."""
    return RevenueModel(compile_trees(files[REVENUE_FILE]), float(files[REVENUE_SCALE_FILE]))
