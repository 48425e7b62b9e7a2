"""Which rows train and which validate: out of time and out of customer.

The last week validates, on customers that training never sees; earlier weeks train, on the other customers.
A customer's part is a hash of the id, so it is the same in every week and in every run.
"""

from dataclasses import dataclass

import numpy as np

from engage_ml.arrays import F32, F64, U8, U64, Flags, Int
from engage_ml.errors import InputDataError
from engage_ml.hashing import uniform
from engage_ml.hyperparameters import FEW_CUSTOMERS

HOLDOUT_SHARE = 0.25
FOLDS = 2
"""Halves: what one learns from is what the other is tested on."""
SMALL_FOLDS = 5
"""Folds of fewer training customers than FEW_CUSTOMERS: half of them would be too few to learn from."""
INACTIVE_QUOTA = 0.25
"""Share of the training rows for customers without recent activity, the easy cases, when rows must be left out."""
MAX_VALIDATION_ROWS = 100_000
"""Enough for an AUC interval of about ±0.005; keeps memory flat for any number of customers."""


@dataclass(frozen=True)
class RowPlan:
    """Positions of the chosen rows among all rows of the training set.

    Training rows are in the order of (fold, week, customer hash), so a fold is one piece of every array and a regular
    sample is representative; validation rows are in the order of (week, customer hash).
    ``weight`` undoes the different sampling of active and inactive customers: mean 1 over the training rows.
    """

    training: Int
    validation: Int
    fold: U8
    weight: F32
    same_week: bool


def is_holdout(hashes: U64) -> Flags:
    """Whether each customer belongs to validation. Never depends on the seed: a customer stays on one side for good."""
    return np.asarray(uniform(hashes, "holdout") < HOLDOUT_SHARE)


def plan_rows(weeks: Int, hashes: U64, active: Flags, labelled: Flags, *, max_training_rows: int, seed: int) -> RowPlan:
    """Chooses the rows.

    Parameters
    ----------
    weeks : days since 1970 of each row's week, shape (rows,)
    hashes, active, labelled : customer hash, active in the last 30 days, churn outcome known; shape (rows,)

    Raises
    ------
    InputDataError
        When no row has an outcome, or one side of the split is empty.
    """
    if not labelled.any():
        raise InputDataError(
            "the training set has no row with a known outcome: no week has matured. "
            "An outcome needs 30 days after the end of its week; build a longer history."
        )
    last = weeks[labelled].max()
    same_week = bool((weeks[labelled] == last).all())
    holdout = is_holdout(hashes)
    validation = np.flatnonzero(labelled & holdout & (weeks == last))
    training = np.flatnonzero(labelled & ~holdout & ((weeks == last) if same_week else (weeks < last)))
    if not len(validation) or not len(training):
        raise InputDataError(
            f"the split leaves {len(training)} training and {len(validation)} validation rows; expected some of both. "
            "The training set needs more customers."
        )
    share = min(1.0, MAX_VALIDATION_ROWS / len(validation))
    validation = validation[uniform(hashes[validation], "validation-sample") < share]
    few = len(np.unique(hashes[training])) < FEW_CUSTOMERS
    training, weight = _sample(training, hashes, active, budget=max_training_rows, seed=seed)
    validation = validation[np.lexsort((hashes[validation], weeks[validation]))]
    folds = SMALL_FOLDS if few else FOLDS
    fold = (uniform(hashes[training], f"fold-{seed}") * folds).astype(np.uint8)
    order = np.lexsort((hashes[training], weeks[training], fold))
    return RowPlan(training[order], validation, fold[order], weight[order], same_week)


def _sample(rows: Int, hashes: U64, active: Flags, *, budget: int, seed: int) -> tuple[Int, F32]:
    """At most about `budget` rows by customer hash, the active ones preferred, with the weights that undo it."""
    is_active = active[rows]
    n_active = int(is_active.sum())
    n_inactive = len(rows) - n_active
    inactive_room = min(n_inactive, max(int(budget * INACTIVE_QUOTA), budget - n_active))
    active_share = min(1.0, (budget - inactive_room) / max(n_active, 1))
    inactive_share = min(1.0, inactive_room / max(n_inactive, 1))
    share: F64 = np.where(is_active, active_share, inactive_share)
    kept = uniform(hashes[rows], f"training-sample-{seed}") < share
    weight = 1.0 / share[kept]
    return rows[kept], (weight / weight.mean()).astype(np.float32)
