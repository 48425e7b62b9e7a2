"""Reasons in plain words: ``App opens a day: 0.3, low here``.

Values are rounded to two or three digits first, and each distinct (feature, rounded value, position) is spelled once:
words are made per distinct value, not per customer.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from engage_ml.arrays import F32, F64, Int
from engage_ml.feature_matrix import FeatureMatrix

LOW, HIGH = 0.30, 0.70
"""Quantiles of the training customers at which a value counts as low or high; both must lie beyond the median."""
SAMPLE_ROWS = 30_000
_WORDS = {-1: ", low here", 0: ", typical here", 1: ", high here"}
_MANTISSA = 1 << 12
_EXPONENT_OFFSET = 32


@dataclass(frozen=True)
class TypicalRanges:
    """Low, middle and high value of each encoded column among training customers; shape (columns,) each."""

    low: F64
    middle: F64
    high: F64

    def as_json(self) -> dict[str, Any]:
        """For the model file."""
        return {"low": self.low.tolist(), "middle": self.middle.tolist(), "high": self.high.tolist()}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "TypicalRanges":
        """From the model file."""
        return cls(np.array(content["low"]), np.array(content["middle"]), np.array(content["high"]))


def typical_ranges(x: F32) -> TypicalRanges:
    """Ranges from training features of shape (columns, rows). Columns that are always missing get zeros."""
    sample = x[:, :: max(1, x.shape[1] // SAMPLE_ROWS)]
    result = np.zeros((3, len(x)))
    for column, values in enumerate(sample):
        known = values[~np.isnan(values)]
        if len(known):
            result[:, column] = np.quantile(known, (LOW, 0.5, HIGH))
    return TypicalRanges(result[0], result[1], result[2])


class ReasonWriter:
    """Spells reasons for a feature list."""

    def __init__(self, matrix: FeatureMatrix, ranges: TypicalRanges) -> None:
        self._matrix = matrix
        self._ranges = ranges
        self._starts = np.array(matrix.starts, dtype=np.int64)
        self._category = np.array([feature.type == "category" for feature in matrix.features])
        self._spelled: dict[int, str] = {}

    def write(self, x: F32, feature: Int) -> pa.Array:
        """Texts of one reason per row; ``x`` of shape (columns, rows), ``feature`` of shape (rows,)."""
        keys = self._keys(x, feature)
        distinct, places = np.unique(keys, return_inverse=True)
        texts = []
        for key in distinct.tolist():
            if key not in self._spelled:
                self._spelled[key] = self._spell(key)
            texts.append(self._spelled[key])
        return pa.array(texts, pa.string()).take(pa.array(places))

    def _keys(self, x: F32, feature: Int) -> Int:
        """What a text depends on, as one number: feature, position, sign, exponent and mantissa."""
        column = self._starts[feature]
        value = x[column, np.arange(len(feature))].astype(np.float64)
        for index in np.flatnonzero(self._category[np.unique(feature)]):
            owner = int(np.unique(feature)[index])
            rows = np.flatnonzero(feature == owner)
            start, size = self._matrix.starts[owner], len(self._matrix.features[owner].categories)
            block = x[start : start + size, rows]
            # The position of the category, or NaN when it is unknown or missing.
            value[rows] = np.where(block.any(axis=0), block.argmax(axis=0), np.nan)
        missing = np.isnan(value)
        known = np.where(missing, 0.0, value)
        mantissa, exponent = _round(known)
        position = np.zeros(len(value), dtype=np.int64)
        position[(known <= self._ranges.low[column]) & (known < self._ranges.middle[column])] = -1
        position[(known >= self._ranges.high[column]) & (known > self._ranges.middle[column])] = 1
        key = feature * 8 + (position + 1) * 2 + (known < 0)
        key = (key * 64 + exponent + _EXPONENT_OFFSET) * _MANTISSA + mantissa
        return np.where(missing, -1 - feature, key)

    def _spell(self, key: int) -> str:
        if key < 0:
            label = self._matrix.features[-1 - key].label
            return f"{label[:1].upper()}{label[1:]}: not known"
        key, mantissa = divmod(key, _MANTISSA)
        key, exponent = divmod(key, 64)
        index, rest = divmod(key, 8)
        position, negative = divmod(rest, 2)
        value = mantissa * 10.0 ** (exponent - _EXPONENT_OFFSET) * (-1 if negative else 1)
        feature = self._matrix.features[index]
        label = f"{feature.label[:1].upper()}{feature.label[1:]}"
        if feature.type == "category":
            return f"{label}: {feature.categories[round(value)].replace('_', ' ')}"
        if feature.type == "boolean":
            return f"{label}: {'yes' if value else 'no'}"
        return f"{label}: {_number(value)}{_WORDS[position - 1]}"


def _round(values: F64) -> tuple[Int, Int]:
    """Mantissa (0-999) and exponent of the values at three significant digits, never finer than 0.01."""
    size = np.abs(values)
    magnitude = np.floor(np.log10(np.maximum(size, 1e-9))).astype(np.int64)
    exponent = np.maximum(magnitude - 2, -2)
    mantissa = np.rint(size / 10.0**exponent).astype(np.int64)
    return mantissa, np.where(mantissa == 0, 0, exponent)


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")
