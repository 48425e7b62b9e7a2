"""Feature transforms of the linear learner: each encoded column becomes a few smooth or kinked functions of itself.

Heavy tails are tamed by a signed logarithm; two hinges let the effect bend; flags mark zero and missing, which in
this kind of data mean something else than a small number. All terms belong to one column, so a linear model on them
stays additive in the columns and its Shapley values are exact.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from engage_ml.arrays import F32, F64
from engage_ml.feature_matrix import FeatureMatrix

HINGE_QUANTILES = (0.33, 0.67)
FLAG_SHARES = (0.01, 0.99)
"""A zero or missing flag is worth a coefficient when its share is inside this range."""
SAMPLE_ROWS = 15_000


@dataclass(frozen=True)
class ColumnTransform:
    """Terms of one column: ``scaled`` [, hinges …] [, is zero] [, is missing]."""

    fill: float
    scale: float
    center: float
    spread: float
    hinges: tuple[float, ...]
    zero_flag: bool
    missing_flag: bool

    @property
    def terms(self) -> int:
        """Number of terms."""
        return 1 + len(self.hinges) + self.zero_flag + self.missing_flag

    def apply(self, values: F32, out: F32) -> None:
        """Fills ``out`` of shape (terms, rows) from raw values of shape (rows,)."""
        missing = np.isnan(values)
        known = np.where(missing, np.float32(self.fill), values)
        scaled = out[0]
        if self.scale > 0:
            np.abs(known, out=scaled)
            scaled *= np.float32(1 / self.scale)
            np.log1p(scaled, out=scaled)
            np.copysign(scaled, known, out=scaled)
        else:
            scaled[:] = known
        scaled -= np.float32(self.center)
        scaled *= np.float32(1 / self.spread)
        for index, knot in enumerate(self.hinges, start=1):
            np.subtract(scaled, np.float32(knot), out=out[index])
            np.maximum(out[index], 0, out=out[index])
        row = 1 + len(self.hinges)
        if self.zero_flag:
            np.equal(known, 0, out=out[row], casting="unsafe")
            row += 1
        if self.missing_flag:
            out[row] = missing


@dataclass(frozen=True)
class Transforms:
    """The transforms of all columns; ``starts[c]`` is the first term of column c, the total number comes last."""

    columns: tuple[ColumnTransform, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, columns: tuple[ColumnTransform, ...]) -> "Transforms":
        """Lays the terms of the columns one after another."""
        return cls(columns, (0, *(int(n) for n in np.cumsum([column.terms for column in columns]))))

    @property
    def terms(self) -> int:
        """Number of terms of all columns."""
        return self.starts[-1]

    def apply(self, x: F32) -> F32:
        """Terms of shape (terms, rows) from features of shape (columns, rows)."""
        out = np.empty((self.terms, x.shape[1]), dtype=np.float32)
        for column, start, values in zip(self.columns, self.starts, x, strict=False):
            column.apply(values, out[start : start + column.terms])
        return out

    def as_json(self) -> list[dict[str, Any]]:
        """For the model file."""
        return [vars(column) | {"hinges": list(column.hinges)} for column in self.columns]

    @classmethod
    def from_json(cls, content: list[dict[str, Any]]) -> "Transforms":
        """From the model file."""
        return cls.of(tuple(ColumnTransform(**(item | {"hinges": tuple(item["hinges"])})) for item in content))


def fit_transforms(x: F32, matrix: FeatureMatrix, *, plain: bool = False) -> Transforms:
    """Learns scales, hinges and fills from training features of shape (columns, rows).

    With `plain`, each column is only filled with its median and standardised: the baseline's input.
    """
    sample = x[:, :: max(1, x.shape[1] // SAMPLE_ROWS)]
    return Transforms.of(
        tuple(_fit_column(sample[c], indicator=matrix.is_indicator(c), plain=plain) for c in range(matrix.columns))
    )


def _fit_column(values: F32, *, indicator: bool, plain: bool) -> ColumnTransform:
    missing = np.isnan(values)
    known: F64 = values[~missing].astype(np.float64)
    missing_share = float(missing.mean())
    flagged = not plain and FLAG_SHARES[0] < missing_share < FLAG_SHARES[1]
    if not len(known):
        return ColumnTransform(0.0, 0.0, 0.0, 1.0, (), zero_flag=False, missing_flag=False)
    fill = float(np.median(known))
    if plain or indicator:
        center, spread = _standard(known)
        return ColumnTransform(fill, 0.0, center, spread, (), zero_flag=False, missing_flag=flagged)
    sizes = np.abs(known[known != 0])
    scale = float(np.median(sizes)) if len(sizes) else 0.0
    shrunk = np.sign(known) * np.log1p(np.abs(known) / scale) if scale > 0 else known
    center, spread = _standard(shrunk)
    zero_share = float((known == 0).mean())
    knots = np.unique(np.round((np.quantile(shrunk, HINGE_QUANTILES) - center) / spread, 6))
    lowest, highest = (shrunk.min() - center) / spread, (shrunk.max() - center) / spread
    hinges = tuple(float(knot) for knot in knots if lowest + 1e-3 < knot < highest - 1e-3)
    return ColumnTransform(
        fill, scale, center, spread, hinges,
        zero_flag=0.05 < zero_share < 0.95 and float(known.min()) >= 0, missing_flag=flagged,
    )  # fmt: skip


def _standard(values: F64) -> tuple[float, float]:
    spread = float(values.std())
    return float(values.mean()), spread if spread > 1e-9 else 1.0
