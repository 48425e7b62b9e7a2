"""Training with XGBoost: parameters, binned data, boosters."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xgboost as xgb

from engage_ml.arrays import F32
from engage_ml.hyperparameters import TREES

CUT_ROWS = 10_000
"""Rows whose quantiles set the bin edges: the sketch of all rows takes longer than the training and moves nothing."""


def binned(x: F32, *, threads: int) -> xgb.QuantileDMatrix:
    """Features of shape (columns, rows) in bins, to be trained on repeatedly with other outcomes."""
    rows = np.ascontiguousarray(x.T)
    every = max(1, len(rows) // CUT_ROWS)
    if every == 1:
        return xgb.QuantileDMatrix(rows, max_bin=TREES["max_bin"], nthread=threads)
    cuts = xgb.QuantileDMatrix(np.ascontiguousarray(rows[::every]), max_bin=TREES["max_bin"], nthread=threads)
    return xgb.QuantileDMatrix(rows, max_bin=TREES["max_bin"], nthread=threads, ref=cuts)


def train(
    data: xgb.QuantileDMatrix,
    outcome: F32,
    weight: F32,
    *,
    objective: str,
    base_score: float,
    rounds: int,
    parameters: Mapping[str, Any],
    threads: int,
    seed: int,
    base_margin: F32 | None = None,
) -> bytes:
    """Boosts a fixed number of rounds and returns the model as JSON.

    With a `base_margin` of each row the trees learn what it leaves unexplained, and `base_score` counts for nothing.
    """
    data.set_info(label=outcome, weight=weight, base_margin=base_margin)
    settings = {
        **TREES,
        "verbosity": 0,
        **parameters,
        "objective": objective,
        "base_score": base_score,
        "nthread": threads,
        "seed": seed,
    }
    return bytes(xgb.train(settings, data, num_boost_round=rounds).save_raw("json"))
