"""Training the churn model: cross-fitted members, then the stack and the calibration on out-of-fold margins.

Each member is trained once per fold, on the customers outside it. A customer's out-of-fold margin comes from the
member that never saw the customer; the final member is the mean over the folds. So the honest margins cost nothing
beyond the training.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engage_ml import boosting
from engage_ml.arrays import F32, F64
from engage_ml.calibration import fit_calibration
from engage_ml.churn import MEMBERS, ChurnModel
from engage_ml.ensemble import fit_ensemble
from engage_ml.hyperparameters import (
    CHURN_ROWS,
    CHURN_SLOW,
    CHURN_SUPPLE,
    MANY_ROWS,
    RIDGE,
    RIDGE_FEW,
    SMALL_ROWS,
    ChurnTrees,
)
from engage_ml.linear import LinearModel, average, fit_linear
from engage_ml.logistic import log_losses
from engage_ml.training_data import TrainingData
from engage_ml.transforms import Transforms, fit_transforms
from engage_ml.tree_compiler import compile_trees
from engage_ml.tree_tables import TreeTables

STACK_ROWS = 60_000
"""Rows, regularly sampled, that fit the handful of stacking and calibration parameters."""


@dataclass(frozen=True)
class FoldBooster:
    """The booster trained without one fold, and its margins on that fold, shape (rows of the fold,)."""

    saved: bytes
    tables: TreeTables
    unseen: F64


@dataclass(frozen=True)
class LinearMember:
    """The averaged linear model, and out-of-fold margins of all rows."""

    model: LinearModel
    out_of_fold: F64


def choices(data: TrainingData, trees: ChurnTrees) -> tuple[ChurnTrees, ...]:
    """What is tried: the given setting, a slow one for few customers with many rows, a supple one for few rows."""
    many = data.few_customers and len(data.training) >= MANY_ROWS * len(np.unique(data.training.hashes))
    slow = (CHURN_SLOW,) if many else ()
    supple = (CHURN_SUPPLE,) if len(data.training) < SMALL_ROWS else ()
    return (trees, *slow, *supple)


def better(data: TrainingData, tried: Sequence[Sequence[FoldBooster]]) -> list[FoldBooster]:
    """The boosters, one a fold, of the setting with the lowest log loss out of fold; of equals, the first."""
    losses = [_log_loss(data, np.concatenate([booster.unseen for booster in boosters])) for boosters in tried]
    return list(tried[int(np.argmin(losses))])


def train_booster(data: TrainingData, fold: int, *, trees: ChurnTrees, seed: int) -> FoldBooster:
    """Trains on the rows outside `fold`, in one thread: folds are trained side by side."""
    rows = data.outside(fold)
    if isinstance(rows, slice):
        rows = slice(rows.start, rows.stop, max(1, round((rows.stop - rows.start) / CHURN_ROWS)))
    outside = rows
    saved = boosting.train(
        boosting.binned(data.training.x[:, outside], threads=1),
        _outcome(data)[outside],
        data.learning_weight[outside],
        objective="binary:logistic",
        base_score=float(np.clip(np.average(_outcome(data), weights=data.weight), 0.001, 0.999)),
        rounds=trees.rounds,
        parameters=trees.as_xgboost(),
        threads=1,
        seed=seed + fold,
    )
    tables = compile_trees(saved)
    return FoldBooster(saved, tables, tables.margin(data.training.x[:, data.inside(fold)]))


def linear_choices(data: TrainingData, transforms: Transforms) -> tuple[Transforms, ...]:
    """What the linear member may learn from: the given terms, and on small data the standardised columns alone."""
    if len(data.training) >= SMALL_ROWS:
        return (transforms,)
    return transforms, fit_transforms(data.training.x, data.matrix, plain=True)


def better_linear(data: TrainingData, tried: Sequence[LinearMember]) -> LinearMember:
    """The member with the lowest log loss out of fold; of equals, the first."""
    outcome = _outcome(data).astype(np.float64)
    losses = [float(np.average(log_losses(each.out_of_fold, outcome), weights=data.weight)) for each in tried]
    return tried[int(np.argmin(losses))]


def train_linear(data: TrainingData, transforms: Transforms) -> LinearMember:
    """Trains the linear member of every fold on the same transforms.

    Where customers are few, the first fold chooses between two penalties.
    """
    terms = transforms.apply(data.training.x)
    outcome = _outcome(data)
    ridges = [RIDGE, RIDGE_FEW] if data.few_customers else [RIDGE]
    models = []
    margins = np.zeros(len(data.training))
    for fold in range(data.folds):
        inside, outside = data.inside(fold), data.outside(fold)
        known = (terms[:, outside], outcome[outside], data.learning_weight[outside])
        tried = [fit_linear(transforms, *known, ridge=ridge) for ridge in ridges]
        unseen = [model.margin_of_terms(terms[:, inside]) for model in tried]
        best = int(np.argmin([_log_loss(data, each, inside) for each in unseen])) if len(tried) > 1 else 0
        ridges = ridges[best : best + 1]
        margins[inside] = unseen[best]
        models.append(tried[best])
    return LinearMember(average(models), margins)


def combine(data: TrainingData, boosters: Sequence[FoldBooster], linear: LinearMember) -> ChurnModel:
    """Stacks and calibrates the members on their out-of-fold margins."""
    margins = np.zeros((len(MEMBERS), len(data.training)))
    for fold, booster in enumerate(boosters):
        margins[0, data.inside(fold)] = booster.unseen
    margins[1] = linear.out_of_fold
    sample = slice(None, None, max(1, len(data.training) // STACK_ROWS))
    known = (_outcome(data)[sample].astype(np.float64), data.weight[sample].astype(np.float64))
    customers = data.training.hashes[sample] if data.few_customers else None
    ensemble = fit_ensemble(MEMBERS, margins[:, sample], *known, data.fold[sample], customers=customers)
    calibration = fit_calibration(
        ensemble.margin(margins[:, sample]), *known, data.fold[sample], data.training.active[sample]
    )
    return ChurnModel(tuple(booster.tables for booster in boosters), linear.model, ensemble, calibration)


def _log_loss(data: TrainingData, margins: F64, rows: slice = slice(None)) -> float:
    """Mean log loss of the margins of training rows."""
    return float(np.average(log_losses(margins, _outcome(data)[rows].astype(np.float64)), weights=data.weight[rows]))


def _outcome(data: TrainingData) -> F32:
    return data.training.churned.astype(np.float32)
