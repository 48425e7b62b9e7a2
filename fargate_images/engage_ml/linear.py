"""The linear learner: ridge logistic regression on transformed features, by Newton's method with a sampled Hessian."""

import json
from dataclasses import dataclass

import numpy as np

from engage_ml.arrays import F32, F64
from engage_ml.hyperparameters import RIDGE
from engage_ml.logistic import sigmoid
from engage_ml.transforms import Transforms

HESSIAN_ROWS = 12_000
MAX_STEPS = 12
TOLERANCE = 1e-6
CHUNK_ROWS = 16_384


@dataclass(frozen=True)
class LinearModel:
    """Margin = intercept + sum over terms of coefficient x (term - mean).

    ``means`` are the weighted training means of the terms, so a column's contribution is exactly its Shapley value
    under independent columns, and the intercept is the mean margin.
    """

    transforms: Transforms
    intercept: float
    coefficients: F32
    means: F32

    def margin(self, x: F32) -> F64:
        """Log-odds of each row; ``x`` has shape (columns, rows)."""
        result = np.empty(x.shape[1])
        for start in range(0, x.shape[1], CHUNK_ROWS):
            part = slice(start, start + CHUNK_ROWS)
            result[part] = self.margin_of_terms(self.transforms.apply(x[:, part]))
        return result

    def margin_of_terms(self, terms: F32) -> F64:
        """Log-odds of rows whose terms, shape (terms, rows), are at hand."""
        return np.asarray(
            self.intercept + (self.coefficients @ terms - self.coefficients @ self.means).astype(np.float64)
        )

    def add_contributions(self, x: F32, scale: float, accumulators: list[F32]) -> None:
        """Adds `scale` x each column's contribution to its accumulator, one array of shape (rows,) per column."""
        for column, start, values, accumulator in zip(
            self.transforms.columns, self.transforms.starts, x, accumulators, strict=False
        ):
            coefficients = self.coefficients[start : start + column.terms]
            if not coefficients.any():
                continue
            terms = np.empty((column.terms, len(values)), dtype=np.float32)
            column.apply(values, terms)
            # Term by term rather than as a product of matrices, whose rounding depends on the number of rows.
            for index, coefficient in enumerate(coefficients):
                terms[index] -= self.means[start + index]
                terms[index] *= np.float32(scale) * coefficient
                np.add(accumulator, terms[index], out=accumulator)

    def to_bytes(self) -> bytes:
        """The model file; floats survive unchanged."""
        content = {
            "transforms": self.transforms.as_json(),
            "intercept": self.intercept,
            "coefficients": [float(value) for value in self.coefficients],
            "means": [float(value) for value in self.means],
        }
        return json.dumps(content, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, saved: bytes) -> "LinearModel":
        """From the model file."""
        content = json.loads(saved)
        return cls(
            Transforms.from_json(content["transforms"]),
            float(content["intercept"]),
            np.array(content["coefficients"], dtype=np.float32),
            np.array(content["means"], dtype=np.float32),
        )


def fit_linear(transforms: Transforms, terms: F32, outcome: F32, weight: F32, *, ridge: float = RIDGE) -> LinearModel:
    """Fits on terms of shape (terms, rows).

    The gradient uses all rows, the Hessian a regular sample of them: the optimum is the same, only the path differs.
    """
    weight = (weight / weight.sum()).astype(np.float32)
    means = terms @ weight
    every = max(1, terms.shape[1] // HESSIAN_ROWS)
    # Rows come sorted by fold, week and hash, so a regular sample of them is representative.
    sample = np.ascontiguousarray(terms[:, ::every]) - means[:, None]
    sample_weight = weight[::every] / weight[::every].sum()
    beta = np.zeros(len(terms), dtype=np.float64)
    share = float(np.clip(weight @ outcome, 1e-4, 1 - 1e-4))
    intercept = float(np.log(share / (1 - share)))
    margin = np.full(terms.shape[1], np.float32(intercept))
    current = _objective(margin, outcome, weight, beta, ridge)
    for _ in range(MAX_STEPS):
        p = sigmoid(margin).astype(np.float32)  # type: ignore[arg-type]
        residual = weight * (p - outcome)
        total = float(residual.sum())
        gradient = (terms @ residual).astype(np.float64) - means * total + ridge * beta
        step, shift = _newton_step(sample, sample_weight, p[::every], gradient, total, ridge)
        size = 1.0
        direction = (step.astype(np.float32) @ terms) - np.float32(step @ means) + np.float32(shift)
        while True:
            candidate = margin - np.float32(size) * direction
            objective = _objective(candidate, outcome, weight, beta - size * step, ridge)
            if objective <= current + 1e-9 or size < 1e-3:
                break
            size /= 2
        improved = current - objective
        if improved > 0:
            beta, intercept, margin, current = beta - size * step, intercept - size * shift, candidate, objective
        if improved < TOLERANCE:
            break
    return LinearModel(transforms, intercept, beta.astype(np.float32), means.astype(np.float32))


def average(models: list[LinearModel]) -> LinearModel:
    """One model whose margin is the mean of the models' margins; they must share their transforms."""
    coefficients = np.mean([model.coefficients for model in models], axis=0)
    means = np.mean([model.means for model in models], axis=0)
    # Each model is centred on its own means; the difference goes into the intercept.
    shifts = [model.intercept + float(model.coefficients @ (means - model.means)) for model in models]
    return LinearModel(
        models[0].transforms, float(np.mean(shifts)), coefficients.astype(np.float32), means.astype(np.float32)
    )


def _newton_step(sample: F32, weight: F32, p: F32, gradient: F64, total: float, ridge: float) -> tuple[F64, float]:
    curvature = (weight * np.maximum(p * (1 - p), np.float32(1e-4))).astype(np.float32)
    cross = (sample @ curvature).astype(np.float64)
    size = len(sample)
    hessian = np.empty((size + 1, size + 1))
    hessian[:size, :size] = (sample * curvature) @ sample.T
    hessian[:size, :size][np.diag_indices(size)] += ridge
    hessian[size, :size] = hessian[:size, size] = cross
    hessian[size, size] = float(curvature.sum())
    solution = np.linalg.solve(hessian, np.append(gradient, total))
    return solution[:size], float(solution[size])


def _objective(margin: F32, outcome: F32, weight: F32, beta: F64, ridge: float) -> float:
    losses = np.maximum(margin, 0) + np.log1p(np.exp(-np.abs(margin))) - outcome * margin
    return float(weight @ losses) + 0.5 * ridge * float(beta @ beta)
