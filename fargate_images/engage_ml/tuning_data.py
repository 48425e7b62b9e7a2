"""The two parts of the training customers that tuning works with, and the confirmation on the second."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost as xgb

from engage_ml import boosting
from engage_ml.arrays import F32, F64, Flags
from engage_ml.hashing import uniform
from engage_ml.hyperparameters import CHURN_ROWS, TREES, ChurnTrees
from engage_ml.logistic import log_losses
from engage_ml.metrics import auc
from engage_ml.training_data import TrainingData
from engage_ml.tree_compiler import compile_trees

TRAIN_SHARE = 0.7


@dataclass(frozen=True)
class TuningPart:
    """Customers of some folds: rows to train on, rows to be judged on, none of the same customer in both."""

    x: F32
    outcome: F32
    weight: F32
    active: Flags
    train: Flags

    def losses(self, trees: ChurnTrees, *, checkpoints: int, seed: int) -> Iterator[float]:
        """Log loss on the rows to be judged on, after each part of the rounds."""
        binned = self._binned()
        judged, outcome, weight = self.judged()
        model: xgb.Booster | None = None
        done = 0
        for part in range(1, checkpoints + 1):
            upto = round(trees.rounds * part / checkpoints)
            model = xgb.train(self._settings(trees, seed), binned, num_boost_round=upto - done, xgb_model=model)
            done = upto
            margin = compile_trees(bytes(model.save_raw("json"))).margin(judged)
            yield float(np.average(log_losses(margin, outcome), weights=weight))

    def margins(self, trees: ChurnTrees, *, seed: int) -> F64:
        """Margins of the rows to be judged on."""
        model = xgb.train(self._settings(trees, seed), self._binned(), num_boost_round=trees.rounds)
        return compile_trees(bytes(model.save_raw("json"))).margin(self.judged()[0])

    def judged(self) -> tuple[F32, F64, F64]:
        """Features, outcome and weight of the rows to be judged on."""
        rows = ~self.train
        return self.x[:, rows], self.outcome[rows].astype(np.float64), self.weight[rows].astype(np.float64)

    def _binned(self) -> xgb.QuantileDMatrix:
        rows = np.flatnonzero(self.train)
        rows = rows[:: max(1, round(len(rows) / CHURN_ROWS))]
        data = boosting.binned(np.take(self.x, rows, axis=1), threads=1)
        data.set_info(label=self.outcome[rows], weight=self.weight[rows])
        return data

    def _settings(self, trees: ChurnTrees, seed: int) -> dict[str, Any]:
        base = float(np.clip(np.average(self.outcome, weights=self.weight), 0.001, 0.999))
        fixed = {"objective": "binary:logistic", "base_score": base, "nthread": 1, "seed": seed, "verbosity": 0}
        return {**TREES, **trees.as_xgboost(), **fixed}


def tuning_parts(data: TrainingData) -> tuple[TuningPart, TuningPart]:
    """The training rows in two parts by customer: the two folds, or of five the first three and the rest."""
    train = uniform(data.training.hashes, "tuning") < TRAIN_SHARE
    middle = int(np.searchsorted(data.fold, (data.folds + 1) // 2))
    first, second = (
        TuningPart(
            x=np.ascontiguousarray(data.training.x[:, rows]),
            outcome=data.training.churned[rows].astype(np.float32),
            weight=data.weight[rows],
            active=data.training.active[rows],
            train=train[rows],
        )
        for rows in (slice(0, middle), slice(middle, len(data.training)))
    )
    return first, second


def confirm(part: TuningPart, found: ChurnTrees, used: ChurnTrees, *, seed: int) -> dict[str, float]:
    """The gain of what was found over what is in use, on customers that the search has not seen.

    Log loss of all rows, with the standard error of the paired difference; AUC of the active ones.
    """
    _, outcome, weight = part.judged()
    active, churned = part.active[~part.train], outcome == 1
    margins = [part.margins(trees, seed=seed) for trees in (found, used)]
    losses = [log_losses(margin, outcome) for margin in margins]
    gain = losses[1] - losses[0]
    mean = float(np.average(gain, weights=weight))
    spread = float(np.sqrt(np.average((gain - mean) ** 2, weights=weight) / len(gain)))
    aucs = [auc(margin[active], churned[active]) for margin in margins]
    return {
        "log_loss_found": float(np.average(losses[0], weights=weight)),
        "log_loss_in_use": float(np.average(losses[1], weights=weight)),
        "log_loss_gain": mean,
        "standard_error": spread,
        "auc_gain_active": aucs[0] - aucs[1],
    }
