"""The churn model as scoring uses it: boosted trees and a linear model, stacked and calibrated."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engage_ml.arrays import F32, F64, Flags, Int
from engage_ml.calibration import Calibration
from engage_ml.ensemble import Ensemble
from engage_ml.linear import LinearModel
from engage_ml.logistic import sigmoid
from engage_ml.tree_compiler import compile_trees
from engage_ml.tree_tables import TreeTables

MEMBERS = ("xgboost", "logistic")
LINEAR_FILE = "churn_logistic.json"
STACK_FILE = "churn_stack.json"


def booster_file(fold: int) -> str:
    """File name of the booster of a fold."""
    return f"churn_xgboost_{fold}.json"


@dataclass(frozen=True)
class ChurnModel:
    """Probability of no activity in the next 30 days, and what each column adds to its log-odds.

    The XGBoost member is the mean margin of the boosters of the folds; the linear member is one averaged model.
    """

    boosters: tuple[TreeTables, ...]
    linear: LinearModel
    ensemble: Ensemble
    calibration: Calibration

    def member_margins(self, x: F32) -> F64:
        """Margins of the members, shape (2, rows), for features of shape (columns, rows)."""
        boosted = np.mean([booster.margin(x) for booster in self.boosters], axis=0)
        return np.vstack([boosted, self.linear.margin(x)])

    def margin(self, x: F32, active: Flags) -> F64:
        """Calibrated log-odds, shape (rows,)."""
        return self.calibration.margin(self.ensemble.margin(self.member_margins(x)), active)

    def probability(self, x: F32, active: Flags) -> F64:
        """Calibrated probability, shape (rows,)."""
        return sigmoid(self.margin(x, active))

    def expected(self, active: Flags) -> F64:
        """The log-odds before any contribution, shape (rows,): the line = expected + sum of the contributions."""
        boosted = float(np.mean([booster.expected for booster in self.boosters]))
        stacked = self.ensemble.margin(np.array([[boosted], [self.linear.intercept]]))
        return self.calibration.line(np.repeat(stacked, len(active)), active)

    def contributions(self, x: F32, active: Flags, column_feature: Int, out: F32) -> F32:
        """Exact Shapley values of the log-odds before the calibration curve, summed over the columns of each feature.

        expected + their sum are the log-odds after the line; ``calibration.bend`` makes them the calibrated ones.

        Parameters
        ----------
        x : shape (columns, rows)
        column_feature : feature of each column, shape (columns,)
        out : filled and returned, shape (features, rows)
        """
        out[:] = 0
        accumulators = [out[feature] for feature in column_feature]
        weight_boosted, weight_linear = self.ensemble.weights
        if weight_boosted:
            for booster in self.boosters:
                booster.add_contributions(x, weight_boosted / len(self.boosters), accumulators)
        if weight_linear:
            self.linear.add_contributions(x, weight_linear, accumulators)
        out *= self.calibration.slope(active).astype(np.float32)
        return out

    def stack_json(self) -> bytes:
        """The ensemble and the calibration for the model file."""
        content = {
            "folds": len(self.boosters),
            "ensemble": asdict(self.ensemble),
            "calibration": asdict(self.calibration),
        }
        return json.dumps(content, indent=1, sort_keys=True).encode()

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "ChurnModel":
        """From the files of a model version."""
        stack = json.loads(files[STACK_FILE])
        ensemble: dict[str, Any] = stack["ensemble"]
        lists = {name: tuple(ensemble[name]) for name in ("members", "weights", "member_log_loss")}
        return cls(
            boosters=tuple(compile_trees(files[booster_file(fold)]) for fold in range(stack["folds"])),
            linear=LinearModel.from_bytes(files[LINEAR_FILE]),
            ensemble=Ensemble(**(ensemble | lists)),
            calibration=Calibration.from_json(stack["calibration"]),
        )
