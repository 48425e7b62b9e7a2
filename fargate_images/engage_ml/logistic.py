"""Logistic functions and the small logistic fits: stacking, calibration, calibration slope."""

import numpy as np

from engage_ml.arrays import F64

CLIP = 1e-7
"""Probabilities are kept this far from 0 and 1 before a logarithm is taken."""


def sigmoid(margin: F64) -> F64:
    """1 / (1 + exp(-margin)); never overflows."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(margin, dtype=np.float64))))


def logit(probability: F64) -> F64:
    """Log-odds of a probability, clipped to ±16.1."""
    p = np.clip(np.asarray(probability, dtype=np.float64), CLIP, 1 - CLIP)
    return np.asarray(np.log(p / (1 - p)))


def log_losses(margin: F64, outcome: F64) -> F64:
    """Log loss of each row from its margin and its outcome (0 or 1)."""
    return np.asarray(np.logaddexp(0.0, margin) - outcome * margin)


def fit_logistic(columns: F64, outcome: F64, weight: F64, *, ridge: float = 1e-6, steps: int = 30) -> F64:
    """Weighted maximum likelihood by Newton's method with step halving, for a few columns.

    Parameters
    ----------
    columns : shape (k, rows), without the intercept
    ridge : penalty on the coefficients, per unit of weight; keeps separable data finite

    Returns
    -------
    intercept and coefficients, shape (k + 1,)
    """
    design = np.vstack([np.ones(columns.shape[1]), columns])
    weight = weight / weight.sum()
    penalty = np.full(len(design), ridge)
    penalty[0] = 0.0
    mean = float(np.clip(weight @ outcome, CLIP, 1 - CLIP))
    beta = np.zeros(len(design))
    beta[0] = np.log(mean / (1 - mean))

    def objective(candidate: F64) -> float:
        return float(weight @ log_losses(candidate @ design, outcome) + 0.5 * penalty @ candidate**2)

    current = objective(beta)
    for _ in range(steps):
        p = sigmoid(beta @ design)
        gradient = design @ (weight * (p - outcome)) + penalty * beta
        curvature = (design * (weight * p * (1 - p))) @ design.T + np.diag(penalty + 1e-12)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while size > 1e-4 and objective(beta - size * step) > current + 1e-14:
            size /= 2
        beta = beta - size * step
        improved = current - (current := objective(beta))
        if improved < 1e-12:
            break
    return beta
