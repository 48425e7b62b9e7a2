"""Made-up records of what a run leaves beside its scores: evaluation, gates, usage, row accounting."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

Records = Sequence[Mapping[str, Any]]


def log_records(week: date, run_id: str) -> dict[str, Records]:
    """The records of each folder that a run writes to, by folder."""
    own = {"week": week, "run_id": run_id}
    interval = {"lower": 0.8, "upper": 0.9}
    churn = {"model": "churn", "model_version": "m1"}
    return {
        "gates": [
            {
                **own,
                "gate": "score_range",
                "asset": "scores",
                "state": "passed",
                "value": 1.0,
                "limit_text": "0 to 1",
                "message": "all scores are probabilities",
                "evaluated_at": datetime(2026, 11, 16, 3),
            }
        ],
        "usage": [
            {
                **own,
                "stage": "scoring",
                "seconds": 1.5,
                "cpu_seconds": 2.5,
                "peak_memory_mb": 300.0,
                "rows": 100,
                "bytes_written": 1000,
                "bytes_scanned": 2000,
            }
        ],
        "performance": [
            {
                **own,
                "model_version": "m1",
                "kind": kind,
                "population": "active",
                "metric": "auc",
                "value": value,
                **interval,
                "customers": 90,
                "measured_in_week": week,
            }
            for kind, value in (("estimated", 0.86), ("realised", 0.85))
        ],
        "drift": [
            {
                **own,
                "kind": "feature",
                "name": "active_days",
                "reference": "weeks from 2026-10-12",
                "psi": 0.01,
                "limit_value": 0.1,
                "state": "steady",
                "mean": 3.5,
                "reference_mean": 3.4,
                "customers": 90,
                "reference_customers": 360,
            }
        ],
        "scorecard": [
            {
                **own,
                "metric": "reasons_name_the_driver",
                "decile": 0,
                "value": 0.85,
                **interval,
                "customers": 90,
                "measured_on_week": week,
            }
        ],
        "evaluation/metrics": [
            {**own, **churn, "population": population, "metric": "auc", "value": 0.85, **interval}
            for population in ("active", "all")
        ],
        "evaluation/reliability": [
            {**own, "bin": i, "predicted": i / 10, "observed": i / 10, **interval, "customers": 10} for i in range(10)
        ],
        "evaluation/slices": [
            {
                **own,
                "attribute": "gender",
                "slice_name": name,
                "customers": 90,
                "leavers": 9,
                "predicted": 0.11,
                "observed": 0.1,
                "observed_lower": 0.05,
                "observed_upper": 0.18,
                "calibration_error": error,
            }
            for name, error in (("Female", 0.01), ("Male", None))
        ],
        "evaluation/survival": [
            {**own, "week_ahead": ahead, "customers": 50, "predicted": 0.8, "observed": 0.79, **interval}
            for ahead in range(4)
        ],
        "evaluation/lift": [
            {
                **own,
                "share_contacted": i / 10,
                "customers": 10 * i,
                "expected_leavers": 1.0 * i,
                "false_alarms": 9.0 * i,
                "precision": 0.1,
                "recall": i / 10,
                "lift": 1.0,
            }
            for i in range(1, 11)
        ],
        "evaluation/importance": [
            {
                **own,
                "model": "churn",
                "feature": "active_days",
                "label": "active days this week",
                "theme": "recency",
                "importance": 0.3,
            }
        ],
        "evaluation/fairness": [
            {
                **own,
                "model_version": "m1",
                "attribute": "gender",
                "group_name": "Female",
                "customers": 50,
                "positives": 5,
                "selection_rate": 0.1,
                "selection_rate_ratio": 0.95,
                "ratio_lower": 0.9,
                "ratio_upper": 1.0,
                "tpr": 0.5,
                "fpr": 0.1,
                "tpr_gap": 0.01,
                "fpr_gap": 0.02,
                "gap_upper": 0.05,
                "calibration_gap": 0.01,
                "calibration_lower": -0.02,
                "calibration_upper": 0.04,
                "state": "passed",
            }
        ],
    }


def accounting_records(week: date) -> Records:
    """What the contract let through, by raw table."""
    return [
        {"week": week, "source_table": table, "rows_in": 100, "rows_kept": 98, "rows_quarantined": 2}
        for table in ("customers", "activity", "billing", "campaign_contacts")
    ]
