"""Features as numbers, the same way for training and scoring.

A numeric or boolean feature is one column, a category one column per known value (all zero for an unknown or missing
value). Missing numbers and booleans are NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engage_ml.arrays import F32, Int
from engage_ml.errors import InputDataError
from engage_ml.parameters import Feature


@dataclass(frozen=True)
class FeatureMatrix:
    """The encoding of a feature list.

    Attributes
    ----------
    column_feature : index into ``features`` of each encoded column, shape (columns,)
    column_names : name of each column; ``feature=value`` for categories
    """

    features: tuple[Feature, ...]
    column_feature: Int = field(init=False, compare=False)
    column_names: tuple[str, ...] = field(init=False)
    starts: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        owners: list[int] = []
        names: list[str] = []
        starts: list[int] = []
        for index, feature in enumerate(self.features):
            starts.append(len(owners))
            parts = (
                [f"{feature.name}={value}" for value in feature.categories] if _is_category(feature) else [feature.name]
            )
            owners += [index] * len(parts)
            names += parts
        object.__setattr__(self, "column_feature", np.array(owners, dtype=np.int64))
        object.__setattr__(self, "column_names", tuple(names))
        object.__setattr__(self, "starts", tuple(starts))

    @property
    def columns(self) -> int:
        """Number of encoded columns."""
        return len(self.column_names)

    @property
    def feature_names(self) -> list[str]:
        """Names of the columns to read."""
        return [feature.name for feature in self.features]

    def is_indicator(self, column: int) -> bool:
        """Whether a column holds only 0, 1 and (for booleans) NaN."""
        return self.features[int(self.column_feature[column])].type != "numeric"

    def check_schema(self, schema: pa.Schema, where: str) -> None:
        """Raises InputDataError when a feature's column is missing or cannot be a number."""
        missing = [name for name in self.feature_names if name not in schema.names]
        if missing:
            raise InputDataError(
                f"{where} lacks {len(missing)} feature column(s): {', '.join(missing[:8])}. "
                "Build the features again, or take them out of the feature list."
            )
        for feature in self.features:
            kind = schema.field(feature.name).type
            if feature.type == "numeric" and not _is_number(kind):
                raise InputDataError(
                    f"{where}: {feature.name} is {kind}; expected a number. "
                    "Correct its type in the column meta or in SQL."
                )

    def encode(self, batch: pa.RecordBatch | pa.Table, out: F32) -> F32:
        """Fills ``out[:, :rows]`` and returns that view, shape (columns, rows)."""
        view = out[:, : batch.num_rows]
        for feature, start in zip(self.features, self.starts, strict=True):
            values = batch.column(feature.name)
            if _is_category(feature):
                _encode_category(values, feature.categories, view[start : start + len(feature.categories)])
            else:
                view[start] = _numbers(values)
        return view


def _encode_category(values: pa.Array, categories: Sequence[str], out: F32) -> None:
    codes = pc.index_in(values.cast(pa.string()), value_set=pa.array(categories, pa.string()))
    positions = np.asarray(pc.fill_null(codes, -1))
    for index in range(len(categories)):
        np.equal(positions, index, out=out[index], casting="unsafe")


def _numbers(values: pa.Array) -> F32:
    kind = values.type
    if pa.types.is_boolean(kind):
        values = values.cast(pa.uint8())
    elif pa.types.is_decimal(kind):
        values = values.cast(pa.float64())
    numbers = pc.cast(values, pa.float32(), safe=False)
    if numbers.null_count:
        numbers = pc.fill_null(numbers, float("nan"))
    result = np.asarray(numbers, dtype=np.float32)
    infinite = np.isinf(result)
    # Division by zero in someone's SQL is a missing value here: learners reject infinity.
    return np.where(infinite, np.float32(np.nan), result) if infinite.any() else result


def _is_category(feature: Feature) -> bool:
    return feature.type == "category"


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    )
