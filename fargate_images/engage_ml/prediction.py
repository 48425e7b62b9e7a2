"""From a batch of features to a batch of predictions."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engage_ml.arrays import F32, F64, Flags
from engage_ml.errors import InputDataError
from engage_ml.logistic import sigmoid
from engage_ml.model_set import ModelSet
from engage_ml.reason_text import ReasonWriter
from engage_ml.reasons import REASONS, ReasonFinder
from engage_ml.survival import outlook
from engage_ml.value import RISK_TIERS, expected_ltv_usd, risk_tier

CARRIED = ("week", "customer_id", "lifecycle_stage", "is_active_30d")
CHUNK_ROWS = 16_384
"""Rows that are worked on at once: their intermediate arrays stay in the processor's cache."""

SCHEMA = pa.schema(
    [
        ("week", pa.date32()),
        ("run_id", pa.string()),
        ("customer_id", pa.string()),
        ("lifecycle_stage", pa.string()),
        ("is_active_30d", pa.bool_()),
        ("churn_probability", pa.float64()),
        ("churn_risk_tier", pa.string()),
        ("predicted_engagement", pa.float64()),
        ("predicted_revenue_30d_usd", pa.float64()),
        ("expected_ltv_12m_usd", pa.float64()),
        ("expected_remaining_weeks", pa.float64()),
        ("segment", pa.string()),
        ("anomaly_score", pa.float64()),
        ("is_anomaly", pa.bool_()),
        *(
            field
            for rank in range(1, REASONS + 1)
            for field in (
                (f"reason_{rank}", pa.string()),
                (f"reason_{rank}_feature", pa.string()),
                (f"reason_{rank}_theme", pa.string()),
                (f"reason_{rank}_direction", pa.string()),
                (f"reason_{rank}_contribution", pa.float64()),
            )
        ),
        ("model_version", pa.string()),
        ("scored_at", pa.timestamp("us")),
    ]
)


@dataclass(frozen=True)
class Stamp:
    """What is the same in every row of a scoring run."""

    week: date
    run_id: str
    model_version: str
    scored_at: datetime
    horizon_days: int = 30


class Predictor:
    """Scores batches; holds one buffer for encoded features and one for contributions. One per thread."""

    def __init__(self, models: ModelSet, stamp: Stamp) -> None:
        self._models = models
        self._stamp = stamp
        self._finder = ReasonFinder(models.matrix.features)
        self._writer = ReasonWriter(models.matrix, models.ranges)
        self._features = np.empty((models.matrix.columns, CHUNK_ROWS), dtype=np.float32)
        self._contributions = np.empty((len(models.matrix.features), CHUNK_ROWS), dtype=np.float32)

    def predict(self, batch: pa.RecordBatch) -> pa.Table:
        """Predictions of a batch of customer_features, in its order, with the columns of ``SCHEMA``.

        Raises
        ------
        InputDataError
            When a row belongs to another week.
        """
        weeks = pc.unique(batch.column("week").cast(pa.date32())).to_pylist()
        if weeks not in ([self._stamp.week], []):
            found = ", ".join(str(week) for week in weeks)
            raise InputDataError(f"the features hold the weeks {found}; expected only {self._stamp.week}.")
        parts = [self._chunk(batch.slice(start, CHUNK_ROWS)) for start in range(0, batch.num_rows, CHUNK_ROWS)]
        return pa.concat_tables(parts) if parts else SCHEMA.empty_table()

    def _chunk(self, batch: pa.RecordBatch) -> pa.Table:
        models, rows = self._models, batch.num_rows
        # A view of a wider buffer is not contiguous by row, but each column is, and that is all that matters here.
        x = models.matrix.encode(batch, self._features)
        active: Flags = np.asarray(pc.fill_null(batch.column("is_active_30d"), False)).astype(np.bool_)
        contributions = models.churn.contributions(
            x, active, models.matrix.column_feature, self._contributions[:, :rows]
        )
        line = models.churn.expected(active) + contributions.sum(axis=0, dtype=np.float64)
        probability = sigmoid(models.churn.calibration.bend(line, active))
        revenue = models.revenue.predict(x)
        ahead = outlook(models.survival, x, active, probability, self._stamp.horizon_days)
        value = expected_ltv_usd(probability, revenue, self._stamp.horizon_days, earning=ahead.earning)
        score = models.forest.score(x)
        columns = {
            "week": batch.column("week").cast(pa.date32()),
            "run_id": _constant(self._stamp.run_id, rows),
            "customer_id": batch.column("customer_id").cast(pa.string()),
            "lifecycle_stage": batch.column("lifecycle_stage").cast(pa.string()),
            "is_active_30d": pa.array(active),
            "churn_probability": pa.array(probability),
            "churn_risk_tier": _words(RISK_TIERS, risk_tier(probability)),
            "predicted_engagement": pa.array(models.engagement.predict(x)),
            "predicted_revenue_30d_usd": pa.array(revenue),
            "expected_ltv_12m_usd": pa.array(value),
            "expected_remaining_weeks": pa.array(ahead.remaining_weeks),
            "segment": _words(models.segments.names, models.segments.assign(x)),
            "anomaly_score": pa.array(score),
            "is_anomaly": pa.array(score > models.forest.limit),
            **self._reasons(x, models.peers.take_off(contributions, x, active)),
            "model_version": _constant(self._stamp.model_version, rows),
            "scored_at": pa.array([self._stamp.scored_at], pa.timestamp("us")).take(pa.array(np.zeros(rows, np.int32))),
        }
        return pa.table(columns, schema=SCHEMA)

    def _reasons(self, x: F32, contributions: F32) -> dict[str, pa.Array]:
        reasons = self._finder.find(contributions)
        names = self._models.matrix.feature_names
        columns: dict[str, pa.Array] = {}
        for rank in range(REASONS):
            size: F64 = reasons.contribution[rank].astype(np.float64)
            prefix = f"reason_{rank + 1}"
            columns[prefix] = self._writer.write(x, reasons.feature[rank])
            columns[f"{prefix}_feature"] = _words(names, reasons.feature[rank])
            columns[f"{prefix}_theme"] = _words(self._finder.themes, reasons.theme[rank])
            columns[f"{prefix}_direction"] = _words(("lowers", "raises"), (size > 0).astype(np.int64))
            columns[f"{prefix}_contribution"] = pa.array(size)
        return columns


def _words(words: list[str] | tuple[str, ...], index: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Array:
    return pa.array(list(words), pa.string()).take(pa.array(index))


def _constant(text: str, rows: int) -> pa.Array:
    return pa.array([text], pa.string()).take(pa.array(np.zeros(rows, dtype=np.int32)))
