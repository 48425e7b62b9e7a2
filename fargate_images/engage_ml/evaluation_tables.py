"""The evaluation tables: metrics, fairness, reliability, slices, lift, importance, validation_predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from engage_ml import storage
from engage_ml.arrays import F64
from engage_ml.bootstrap import wilson
from engage_ml.training_data import TrainingData

if TYPE_CHECKING:
    from engage_ml.evidence import Metrics
    from engage_ml.validation import Validation

RELIABILITY_BINS = 20
LIFT_SHARES = (0.01, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30, 0.40, 0.50, 0.75, 1.0)

Rows = dict[str, list[dict[str, Any]]]
"""Table -> rows."""

_KEYS = [("week", pa.date32()), ("run_id", pa.string())]
_VERSION = ("model_version", pa.string())
SCHEMAS: Mapping[str, pa.Schema] = {
    "metrics": pa.schema(
        [
            *_KEYS,
            ("model", pa.string()),
            _VERSION,
            ("population", pa.string()),
            ("metric", pa.string()),
            ("value", pa.float64()),
            ("lower", pa.float64()),
            ("upper", pa.float64()),
        ]
    ),
    "fairness": pa.schema(
        [
            *_KEYS,
            _VERSION,
            ("attribute", pa.string()),
            ("group_name", pa.string()),
            ("customers", pa.int64()),
            ("positives", pa.int64()),
            ("selection_rate", pa.float64()),
            ("selection_rate_ratio", pa.float64()),
            ("ratio_lower", pa.float64()),
            ("ratio_upper", pa.float64()),
            ("tpr", pa.float64()),
            ("fpr", pa.float64()),
            ("tpr_gap", pa.float64()),
            ("fpr_gap", pa.float64()),
            ("gap_upper", pa.float64()),
            ("calibration_gap", pa.float64()),
            ("calibration_lower", pa.float64()),
            ("calibration_upper", pa.float64()),
            ("state", pa.string()),
        ]
    ),
    "reliability": pa.schema(
        [
            *_KEYS,
            ("bin", pa.int64()),
            ("predicted", pa.float64()),
            ("observed", pa.float64()),
            ("lower", pa.float64()),
            ("upper", pa.float64()),
            ("customers", pa.int64()),
        ]
    ),
    "slices": pa.schema(
        [
            *_KEYS,
            ("attribute", pa.string()),
            ("slice_name", pa.string()),
            ("customers", pa.int64()),
            ("leavers", pa.int64()),
            ("predicted", pa.float64()),
            ("observed", pa.float64()),
            ("observed_lower", pa.float64()),
            ("observed_upper", pa.float64()),
            ("calibration_error", pa.float64()),
        ]
    ),
    "survival": pa.schema(
        [
            *_KEYS,
            ("week_ahead", pa.int64()),
            ("customers", pa.int64()),
            ("predicted", pa.float64()),
            ("observed", pa.float64()),
            ("lower", pa.float64()),
            ("upper", pa.float64()),
        ]
    ),
    "lift": pa.schema(
        [
            *_KEYS,
            ("share_contacted", pa.float64()),
            ("customers", pa.int64()),
            ("expected_leavers", pa.float64()),
            ("false_alarms", pa.int64()),
            ("precision", pa.float64()),
            ("recall", pa.float64()),
            ("lift", pa.float64()),
        ]
    ),
    "importance": pa.schema(
        [
            *_KEYS,
            ("model", pa.string()),
            ("feature", pa.string()),
            ("label", pa.string()),
            ("theme", pa.string()),
            ("importance", pa.float64()),
        ]
    ),
    "validation_predictions": pa.schema(
        [
            *_KEYS,
            ("customer_id", pa.string()),
            ("is_active_30d", pa.bool_()),
            ("churned_30d", pa.bool_()),
            ("churn_probability", pa.float64()),
        ]
    ),
}


@dataclass(frozen=True)
class Stamp:
    """What every row carries, and the folder the tables are written into."""

    evaluation_uri: str
    week: date
    run_id: str
    model_version: str

    def write(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replaces the table of this week and run."""
        fixed = {"week": self.week, "run_id": self.run_id, "model_version": self.model_version}
        schema = SCHEMAS[name]
        table = pa.Table.from_pylist([{**fixed, **row} for row in rows], schema=schema)
        self.write_table(name, table)

    def write_table(self, name: str, table: pa.Table) -> None:
        """Replaces the table of this week and run."""
        folder = storage.join(self.evaluation_uri, name, f"week={self.week.isoformat()}", f"run_id={self.run_id}")
        storage.replace_table(folder, table)


def evaluation_rows(
    data: TrainingData,
    seen: "Validation",
    *,
    metrics: "Metrics",
    fairness: list[dict[str, Any]],
    importance: Mapping[str, F64],
    slices: list[dict[str, Any]],
    survival: list[dict[str, Any]],
) -> Rows:
    """The rows of the tables that hold no customer, without week, run and version."""
    probability, churned = seen.probability[seen.active], seen.churned[seen.active].astype(np.float64)
    return {
        "metrics": metric_rows(metrics),
        "fairness": fairness,
        "reliability": reliability_rows(probability, churned),
        "slices": slices,
        "survival": survival,
        "lift": lift_rows(probability, churned),
        "importance": importance_rows(data, importance),
    }


def write_tables(stamp: Stamp, rows: Rows, data: TrainingData, probability: F64) -> None:
    """Writes all tables; `probability` is that of the validation rows."""
    for name, content in rows.items():
        stamp.write(name, content)
    stamp.write_table("validation_predictions", _validation_table(stamp, data, probability))


def metric_rows(metrics: "Metrics") -> list[dict[str, Any]]:
    """One row per model, population and metric."""
    return [
        {"model": model, "population": population, "metric": metric, **interval.as_json()}
        for (model, population, metric), interval in metrics.items()
    ]


def reliability_rows(probability: F64, outcome: F64, *, bins: int = RELIABILITY_BINS) -> list[dict[str, Any]]:
    """Predicted and observed frequency in equally filled bins, from the lowest probability, with Wilson intervals."""
    order = np.argsort(probability, kind="stable")
    rows = []
    for number, part in enumerate(np.array_split(order, min(bins, len(order)))):
        n = len(part)
        lower, upper = wilson(float(outcome[part].sum()), n)
        rows.append(
            {
                "bin": number,
                "predicted": float(probability[part].mean()),
                "observed": float(outcome[part].mean()),
                "lower": lower,
                "upper": upper,
                "customers": n,
            }
        )
    return rows


def lift_rows(probability: F64, outcome: F64) -> list[dict[str, Any]]:
    """What contacting the most probable leavers would have found, by share contacted."""
    order = np.argsort(-probability, kind="stable")
    found = np.cumsum(outcome[order])
    expected = np.cumsum(probability[order])
    total, rate = float(found[-1]), float(outcome.mean())
    rows = []
    for share in LIFT_SHARES:
        n = max(1, round(share * len(order)))
        hits = float(found[n - 1])
        rows.append(
            {
                "share_contacted": share,
                "customers": n,
                "expected_leavers": float(expected[n - 1]),
                "false_alarms": int(n - hits),
                "precision": hits / n,
                "recall": hits / total if total else 0.0,
                "lift": hits / n / rate if rate else 0.0,
            }
        )
    return rows


def importance_rows(data: TrainingData, importance: Mapping[str, F64]) -> list[dict[str, Any]]:
    """One row per model and feature, the most important first."""
    return [
        {
            "model": model,
            "feature": feature.name,
            "label": feature.label,
            "theme": feature.theme,
            "importance": float(value),
        }
        for model, values in importance.items()
        for feature, value in sorted(zip(data.matrix.features, values, strict=True), key=lambda pair: -pair[1])
    ]


def _validation_table(stamp: Stamp, data: TrainingData, probability: F64) -> pa.Table:
    return pa.table(
        {
            "week": data.customers["week"].cast(pa.date32()),
            "run_id": pa.array([stamp.run_id] * len(probability), pa.string()),
            "customer_id": data.customers["customer_id"].cast(pa.string()),
            "is_active_30d": pa.array(data.validation.active),
            "churned_30d": pa.array(data.validation.churned),
            "churn_probability": pa.array(probability),
        },
        schema=SCHEMAS["validation_predictions"],
    )
