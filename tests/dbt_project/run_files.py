"""What training, scoring and decisions leave in the lake for one run, made up but of the right shape."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.dbt_project.run_logs import accounting_records, log_records

THEMES = ("recency", "activity_trend", "payment", "friction")
TIMESTAMP = pa.timestamp("us")


def write(lake: Path, folder: str, columns: Mapping[str, Any], name: str = "part-0.parquet") -> None:
    """One Parquet file below the lake."""
    path = lake / folder
    path.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(columns)), path / name)


def write_run(lake: Path, features: pa.Table, week: date, run_id: str) -> None:
    """The files of one run: predictions and decisions for the customers of `features`, evaluation, gates and usage."""
    place = f"week={week}/run_id={run_id}"
    n = features.num_rows
    random = np.random.default_rng(7)
    probability = random.beta(1.2, 6, n)
    own = {"week": pa.array([week] * n, pa.date32()), "run_id": [run_id] * n, "customer_id": features["customer_id"]}
    write(lake, f"predictions/{place}", {**own, **_predictions(features, probability, random, week)})
    write(lake, f"decisions/{place}", {**own, **_decisions(probability, random, week)})
    for folder, records in log_records(week, run_id).items():
        write(lake, f"{folder}/{place}", rows(records))
    write(lake, f"accounting/week={week}", rows(accounting_records(week)))


def publish(lake: Path, week: date, run_id: str) -> None:
    """Promotes a run: the pointer that makes it the published one of its week."""
    row = {"week": week, "run_id": run_id, "model_version": "m1", "published_at": datetime(2026, 11, 16, 4)}
    write(lake, f"published/week={week}", rows([row]), name="pointer.parquet")


def ready_to_publish(lake: Path) -> None:
    """The empty pointer file that the orchestrator keeps."""
    schema = pa.schema(
        [("week", pa.date32()), ("run_id", pa.string()), ("model_version", pa.string()), ("published_at", TIMESTAMP)]
    )
    (lake / "published").mkdir(parents=True, exist_ok=True)
    pq.write_table(schema.empty_table(), lake / "published" / "_empty.parquet")


def rows(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Records as columns, with the types that the lake's files have."""
    table = pa.Table.from_pylist([dict(record) for record in records])
    return {
        field.name: table[field.name].cast(TIMESTAMP) if pa.types.is_timestamp(field.type) else table[field.name]
        for field in table.schema
    }


def _predictions(
    features: pa.Table, probability: np.ndarray, random: np.random.Generator, week: date
) -> dict[str, Any]:
    n = features.num_rows
    tiers = np.array(["Low", "Medium", "High", "Critical"])[np.digitize(probability, [0.1, 0.25, 0.5])]
    columns: dict[str, Any] = {
        "lifecycle_stage": features["lifecycle_stage"],
        "is_active_30d": features["is_active_30d"],
        "churn_probability": probability,
        "churn_risk_tier": tiers,
        "predicted_engagement": random.random(n),
        "predicted_revenue_30d_usd": random.gamma(1, 10, n),
        "expected_ltv_12m_usd": random.gamma(1, 100, n),
        "expected_remaining_weeks": random.uniform(0, 52, n),
        "segment": np.array(["Browsers", "Daters", "Creators"])[random.integers(0, 3, n)],
        "anomaly_score": random.random(n),
        "is_anomaly": random.random(n) < 0.01,
    }
    for rank in (1, 2, 3):
        # The themes of a customer are distinct, as scoring makes them.
        theme = np.array(THEMES)[(np.arange(n) + rank) % len(THEMES)]
        contribution = np.round(random.normal(0, 1, n), 1)
        columns |= {
            f"reason_{rank}": [f"{name} is notable" for name in theme],
            f"reason_{rank}_feature": ["active_days"] * n,
            f"reason_{rank}_theme": theme,
            f"reason_{rank}_direction": np.where(contribution > 0, "raises", "lowers"),
            f"reason_{rank}_contribution": contribution,
        }
    scored_at = datetime.combine(week + timedelta(days=7), datetime.min.time())
    return {**columns, "model_version": ["m1"] * n, "scored_at": pa.array([scored_at] * n, TIMESTAMP)}


def _decisions(probability: np.ndarray, random: np.random.Generator, week: date) -> dict[str, Any]:
    n = len(probability)
    pays = probability > 0.2
    decided_at = datetime.combine(week + timedelta(days=7), datetime.min.time())
    return {
        "recommended_action": np.where(pays, "discount", "none"),
        "action_name": np.where(pays, "One month at half price", "No action"),
        "channel": pa.array(np.where(pays, "email", ""), pa.string(), mask=~pays),
        "action_cost_usd": np.where(pays, 2.0, 0.0),
        "expected_effect": np.where(pays, 0.1, 0.0),
        "expected_action_value_usd": np.where(pays, 5.0 * probability, 0.0),
        "is_holdout": random.random(n) < 0.1,
        "decided_at": pa.array([decided_at] * n, TIMESTAMP),
    }
