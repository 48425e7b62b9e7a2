"""A sound week in miniature: what every gate is given when nothing is wrong, and how each gate reads it."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from engage_assets.actions import holdout_mask
from engage_assets.checks import rules_data, rules_models, rules_promotion, rules_scores, rules_tables
from engage_assets.checks.result import GateResult

WEEK = date(2026, 3, 2)
AS_OF = datetime.fromisoformat("2026-03-09")
CUSTOMERS = 4000
IDS = [f"customer-{number:05d}" for number in range(CUSTOMERS)]


def with_column(table: pa.Table, name: str, values: Any) -> pa.Table:
    """The table with one column replaced."""
    return table.set_column(table.column_names.index(name), name, pa.array(values))


def spread(value: float, half_width: float) -> dict[str, float]:
    """An interval as the evidence holds it."""
    return {"value": value, "lower": value - half_width, "upper": value + half_width}


def _fairness() -> list[dict[str, Any]]:
    groups = {
        "gender": ["Female", "Male", "Non-binary"],
        "age_band": ["18-24", "55+"],
        "location": ["Lake Town"],
        "gender_x_age_band": ["Female 18-24"],
    }
    rows = []
    for attribute, names in groups.items():
        for name in names:
            row = {"attribute": attribute, "group_name": name, "customers": 900, "positives": 90, "state": "passed"}
            row |= {"selection_rate_ratio": 0.93, "ratio_lower": 0.85, "ratio_upper": 1.02}
            row |= {"tpr_gap": 0.03, "fpr_gap": 0.01, "gap_upper": 0.08, "calibration_gap": -0.012}
            rows.append(row)
    rows[2] |= {"customers": 12, "state": "insufficient", "selection_rate_ratio": None, "ratio_upper": None}
    return rows


def sound_evidence() -> dict[str, Any]:
    """evidence.json of a good model."""
    return {
        "n_validation_active": 15_000,
        "positives_active": 1_500,
        "auc_active": spread(0.82, 0.01),
        "baseline": {"auc_active": spread(0.81, 0.01), "difference": spread(0.01, 0.005)},
        "ensemble": {"log_loss": 0.2651, "members": {"boosted": 0.2660, "linear": 0.2702}},
        "calibration": {"slope": spread(1.0, 0.06), "intercept": spread(0.01, 0.05), "ece": 0.004},
        "leak": {
            "canary_gain": spread(-0.0002, 0.0008),
            "max_single_feature_auc": 0.74,
            "max_single_feature": "days_since_last_active",
        },
        "survival": {
            "fitted": True,
            "decile_gap": -0.02,
            "held_out_silences": 2_500,
            "curve": [
                {
                    "week_ahead": week,
                    "predicted": 0.75 - 0.02 * week,
                    "observed": 0.752 - 0.02 * week,
                    "by_chance": 0.015,
                }
                for week in range(4)
            ],
        },
        "split": {
            "customer_overlap": 0,
            "training_weeks": ["2026-01-12", "2026-01-19"],
            "validation_week": "2026-01-26",
        },
        "fairness": _fairness(),
    }


def sound_comparison() -> dict[str, Any]:
    """A comparison in which the new version is as good as the champion."""
    slices = [("gender", "Female", 700), ("gender", "Male", 720), ("age_band", "18-24", 400)]
    return {
        "challenger": "2026-03-02-aaaaaaaaaaaa",
        "opponent": "2026-02-23-bbbbbbbbbbbb",
        "opponent_kind": "champion",
        "note": "",
        "validation_week": "2026-01-26",
        "opponent_trained_through": "2026-01-12",
        "customers": 15_000,
        "leavers": 1_500,
        "pr_auc": {"challenger": 0.431, "opponent": 0.430, "difference": spread(0.001, 0.006)},
        "slices": [
            {
                "attribute": attribute,
                "slice": name,
                "customers": 9 * leavers,
                "leavers": leavers,
                "pr_auc": {"challenger": 0.43, "opponent": 0.431, "difference": spread(-0.001, 0.012)},
            }
            for attribute, name, leavers in slices
        ]
        + [{"attribute": "gender", "slice": "Non-binary", "customers": 90, "leavers": 9, "pr_auc": None}],
    }


def _accounting() -> list[dict[str, Any]]:
    tables = ("customers", "activity", "billing", "campaign_contacts")
    return [
        {"source_table": name, "rows_in": CUSTOMERS, "rows_kept": CUSTOMERS - 9, "rows_quarantined": 9}
        for name in tables
    ]


def _features() -> pa.Table:
    draw = np.random.default_rng(1)
    ratio = draw.random(CUSTOMERS)
    return pa.table(
        {
            "customer_id": IDS,
            "sessions_last_7_days": draw.poisson(4, CUSTOMERS),
            "trend": pa.array(ratio, mask=ratio < 0.03),
        }
    )


def _predictions() -> pa.Table:
    draw = np.random.default_rng(2)
    probability = draw.beta(1.2, 6, CUSTOMERS)
    tiers = np.array(rules_scores.TIERS)[np.searchsorted([0.1, 0.25, 0.5], probability, side="right")]
    return pa.table(
        {
            "week": pa.array([WEEK] * CUSTOMERS, pa.date32()),
            "customer_id": IDS,
            "churn_probability": probability,
            "churn_risk_tier": tiers,
            "predicted_engagement": draw.random(CUSTOMERS),
            "predicted_revenue_30d_usd": draw.gamma(1, 9, CUSTOMERS),
            "expected_ltv_12m_usd": draw.gamma(1, 60, CUSTOMERS),
            "expected_remaining_weeks": draw.uniform(0, 52, CUSTOMERS),
            "reason_1": ["Active on fewer days"] * CUSTOMERS,
        }
    )


def _decisions() -> pa.Table:
    idle = np.arange(CUSTOMERS) % 3 == 0
    return pa.table(
        {
            "customer_id": IDS,
            "recommended_action": np.where(idle, "none", "content_digest"),
            "expected_action_value_usd": np.where(idle, 0.0, 0.4),
            "is_holdout": holdout_mask(pa.array(IDS), salt="pepper"),
        }
    )


@dataclass
class World:
    """Everything that the gates of one run judge."""

    accounting: list[dict[str, Any]] = field(default_factory=_accounting)
    freshness: dict[str, Any] = field(
        default_factory=lambda: {
            "week": WEEK,
            "feature_rows": CUSTOMERS,
            "customers": CUSTOMERS,
            "latest_activity_at": datetime.fromisoformat("2026-03-08 23:41"),
        }
    )
    features: pa.Table = field(default_factory=_features)
    truncated: pa.Table = field(default_factory=_features)
    labels: dict[str, Any] = field(
        default_factory=lambda: {
            "training_rows": 9000,
            "max_label_as_of": date(2026, 2, 2),
            "observed_through": AS_OF,
        }
    )
    evidence: dict[str, Any] = field(default_factory=sound_evidence)
    comparison: dict[str, Any] = field(default_factory=sound_comparison)
    customers: pa.ChunkedArray = field(default_factory=lambda: pa.chunked_array([IDS]))
    predictions: pa.Table = field(default_factory=_predictions)
    previous: Any = field(default_factory=lambda: np.random.default_rng(3).beta(1.2, 6, CUSTOMERS))
    decisions: pa.Table = field(default_factory=_decisions)
    results: pa.Table = field(default_factory=_predictions)

    def changed(self, **parts: Any) -> "World":
        """A copy with some parts replaced."""
        other = copy.copy(self)
        for name, part in parts.items():
            assert hasattr(other, name)
            setattr(other, name, part)
        return other


_FEATURES = ("sessions_last_7_days", "trend")
_TABLES = ("customers", "activity", "billing", "campaign_contacts")

GATES: dict[str, Callable[[World], GateResult]] = {
    "row_accounting": lambda w: rules_data.row_accounting(w.accounting, expected_tables=_TABLES),
    "feature_freshness": lambda w: rules_data.feature_freshness(**w.freshness),
    "null_budget": lambda w: rules_data.null_budget(w.features, columns=_FEATURES),
    "label_maturity": lambda w: rules_data.label_maturity(**w.labels),
    "truncation_invariance": lambda w: rules_tables.truncation_invariance(w.features, w.truncated, key=["customer_id"]),
    "holdout_auc": lambda w: rules_models.holdout_auc_floor(w.evidence),
    "beats_baseline": lambda w: rules_models.beats_baseline(w.evidence),
    "ensemble_not_worse": lambda w: rules_models.ensemble_not_worse(w.evidence),
    "calibration": lambda w: rules_models.calibration(w.evidence),
    "leak_canary": lambda w: rules_models.leak_canary(w.evidence),
    "fairness": lambda w: rules_models.fairness(w.evidence),
    "survival_agrees": lambda w: rules_models.survival_agrees(w.evidence),
    "champion_comparison": lambda w: rules_promotion.champion_comparison(w.comparison),
    "coverage": lambda w: rules_scores.coverage(w.predictions, w.customers),
    "score_range": lambda w: rules_scores.score_range(w.predictions),
    "score_drift": lambda w: rules_scores.score_drift(w.predictions["churn_probability"], w.previous),
    "decisions_complete": lambda w: rules_scores.decisions_complete(w.decisions, w.customers),
    "reconcile": lambda w: rules_tables.reconcile(w.results, w.predictions),
}


def verdicts(world: World) -> dict[str, GateResult]:
    """What every gate says of a world."""
    return {name: judge(world) for name, judge in GATES.items()}
