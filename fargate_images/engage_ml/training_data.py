"""The training set as arrays: streamed from Parquet, only the chosen rows and columns kept."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engage_ml import storage
from engage_ml.arrays import F32, U8, U64, Flags, Int
from engage_ml.errors import InputDataError
from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.followed import Followed
from engage_ml.hashing import hash_ids
from engage_ml.split import FOLDS, RowPlan, plan_rows

GROUP_COLUMNS = ("age_band", "gender", "location")
SLICE_COLUMN = "lifecycle_stage"
"""Kept for the validation rows when the training set has it: models are compared within its values, too."""
OUTCOMES = ("churned_30d", "engagement_next_30d", "revenue_next_30d_usd")
KEYS = ("week", "customer_id", "is_active_30d")
BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Rows:
    """Rows with features and outcomes. ``x`` has shape (columns, rows), everything else (rows,)."""

    x: F32
    week: Int
    hashes: U64
    active: Flags
    churned: Flags
    engagement: F32
    revenue_usd: F32

    def __len__(self) -> int:
        return int(self.x.shape[1])


@dataclass(frozen=True)
class TrainingData:
    """Training and validation rows, and what is known of the split.

    ``customers`` holds customer_id, week, the audited attributes and, when known, the slice of the validation rows.
    """

    matrix: FeatureMatrix
    training: Rows
    fold: U8
    weight: F32
    validation: Rows
    customers: pa.Table
    same_week: bool
    rows_read: int
    followed: Followed | None = None
    """Customers followed over some weeks, for the survival curve; None when no history allows it."""
    training_groups: pa.Table | None = None
    """The audited attributes of the training rows: for mitigation, never an input."""
    learner_weight: F32 | None = None
    """Weights that the learners of the churn model use instead of ``weight``, when a bias is to be mitigated."""

    @property
    def learning_weight(self) -> F32:
        """What the learners of the churn model weigh rows by."""
        return self.weight if self.learner_weight is None else self.learner_weight

    def inside(self, fold: int) -> slice:
        """The training rows of a fold."""
        return slice(*np.searchsorted(self.fold, (fold, fold + 1)).tolist())

    @property
    def folds(self) -> int:
        """Number of folds of the training rows."""
        return int(self.fold.max()) + 1

    @property
    def few_customers(self) -> bool:
        """Whether the training customers are few enough for choices that take more time."""
        return self.folds > FOLDS

    def outside(self, fold: int) -> slice | Int:
        """The training rows of the other folds; of two, the other is one piece of every array."""
        if self.folds == FOLDS:
            return self.inside(1 - fold)
        return np.flatnonzero(self.fold != fold)

    @property
    def training_weeks(self) -> list[date]:
        """Weeks of the training rows, oldest first."""
        return [as_date(day) for day in np.unique(self.training.week)]

    @property
    def validation_week(self) -> date:
        """The week of the validation rows."""
        return as_date(self.validation.week.max())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the values that training and validation use; the order of rows in the files does not matter."""
        digest = hashlib.sha256()
        for rows in (self.training, self.validation):
            for values in (rows.x, rows.week, rows.hashes, rows.churned, rows.engagement, rows.revenue_usd):
                digest.update(np.ascontiguousarray(values).view(np.uint8).data)
        if self.followed is not None:
            digest.update(self.followed.digest().encode())
        return digest.hexdigest()


def as_date(days: int) -> date:
    """The date of a number of days since 1970."""
    return date(1970, 1, 1) + timedelta(days=int(days))


def read_training_data(uri: str, matrix: FeatureMatrix, *, max_training_rows: int, seed: int) -> TrainingData:
    """Reads the training set of a folder.

    Raises
    ------
    InputDataError
        When a column is missing, no outcome has matured, or only one class of the churn outcome occurs.
    """
    schema = storage.schema_of(uri)
    narrow: tuple[str, ...] = (*KEYS, *GROUP_COLUMNS, *OUTCOMES)
    missing = [name for name in narrow if name not in schema.names]
    if missing:
        raise InputDataError(f"the training set lacks {', '.join(missing)}. Build features.training_set again.")
    matrix.check_schema(schema, "the training set")
    carried = [*GROUP_COLUMNS, *([SLICE_COLUMN] if SLICE_COLUMN in schema.names else [])]
    narrow = (*KEYS, *carried, *OUTCOMES)
    table = pa.Table.from_batches(
        list(storage.read_batches(uri, columns=narrow, batch_rows=BATCH_ROWS)), schema=_subschema(schema, narrow)
    )
    plan, hashes = _plan(table, max_training_rows=max_training_rows, seed=seed)
    training, validation = _read_features(uri, matrix, plan, total=table.num_rows)
    data = TrainingData(
        matrix=matrix,
        training=_rows(training, table, hashes, plan.training),
        fold=plan.fold,
        weight=plan.weight,
        validation=_rows(validation, table, hashes, plan.validation),
        customers=table.select(["customer_id", "week", *carried]).take(plan.validation),
        same_week=plan.same_week,
        rows_read=table.num_rows,
        training_groups=table.select(list(GROUP_COLUMNS)).take(plan.training),
    )
    _check_classes(data)
    return data


def _plan(table: pa.Table, *, max_training_rows: int, seed: int) -> tuple[RowPlan, U64]:
    hashes = np.concatenate([hash_ids(chunk) for chunk in table["customer_id"].chunks] or [np.empty(0, np.uint64)])
    plan = plan_rows(
        _days(table["week"]),
        hashes,
        _flags(table["is_active_30d"]),
        np.asarray(pc.is_valid(table["churned_30d"])),
        max_training_rows=max_training_rows,
        seed=seed,
    )
    return plan, hashes


def _read_features(uri: str, matrix: FeatureMatrix, plan: RowPlan, *, total: int) -> tuple[F32, F32]:
    """Streams the feature columns and keeps the planned rows, in the planned order."""
    parts: list[F32] = []
    targets: list[Int] = []
    for rows in (plan.training, plan.validation):
        parts.append(np.empty((matrix.columns, len(rows)), dtype=np.float32))
        target = np.full(total, -1, dtype=np.int64)
        target[rows] = np.arange(len(rows))
        targets.append(target)
    buffer = np.empty((matrix.columns, BATCH_ROWS), dtype=np.float32)
    start = 0
    for batch in storage.read_batches(uri, columns=matrix.feature_names, batch_rows=BATCH_ROWS):
        encoded = matrix.encode(batch, buffer)
        for part, target in zip(parts, targets, strict=True):
            places = target[start : start + batch.num_rows]
            chosen = np.flatnonzero(places >= 0)
            places = places[chosen]
            if len(chosen):
                for column in range(matrix.columns):
                    part[column, places] = encoded[column, chosen]
        start += batch.num_rows
    return parts[0], parts[1]


def _rows(x: F32, table: pa.Table, hashes: U64, positions: Int) -> Rows:
    picked = table.select(["week", "is_active_30d", *OUTCOMES]).take(positions)
    return Rows(
        x=x,
        week=_days(picked["week"]),
        hashes=hashes[positions],
        active=_flags(picked["is_active_30d"]),
        churned=_flags(picked["churned_30d"]),
        engagement=np.clip(_floats(picked["engagement_next_30d"]), 0, 1),
        revenue_usd=np.maximum(_floats(picked["revenue_next_30d_usd"]), 0),
    )


def _check_classes(data: TrainingData) -> None:
    parts = {"training": data.training, "validation": data.validation}
    for name, rows in parts.items():
        churned = int(rows.churned.sum())
        if churned in (0, len(rows)):
            raise InputDataError(
                f"{churned} of {len(rows)} {name} rows churned: only one class, nothing to learn. "
                "Check features.customer_outcomes, or use more customers."
            )


def _subschema(schema: pa.Schema, names: Sequence[str]) -> pa.Schema:
    return pa.schema([schema.field(name) for name in names])


def _days(column: pa.ChunkedArray) -> Int:
    return np.asarray(column.cast(pa.date32()).cast(pa.int32())).astype(np.int64)


def _flags(column: pa.ChunkedArray) -> Flags:
    return np.asarray(pc.fill_null(column.cast(pa.bool_()), False)).astype(np.bool_)


def _floats(column: pa.ChunkedArray) -> F32:
    values = np.asarray(pc.fill_null(column.cast(pa.float64()), 0.0), dtype=np.float64)
    return np.nan_to_num(values, nan=0.0).astype(np.float32)
