"""Small predictions and features for tests of the decision rule."""

from datetime import date, datetime
from typing import Any

import pyarrow as pa

from engage_assets.actions import Catalogue, choose_actions

WEEK = date(2026, 3, 2)
DECIDED_AT = datetime.fromisoformat("2026-03-09 03:00:00")

# (theme, direction, contribution) of reason_1..3
Reasons = list[tuple[str | None, str | None, float | None]]
NO_REASONS: Reasons = [(None, None, None)] * 3


def predictions(probability: list[float], ltv: list[float], reasons: list[Reasons] | None = None) -> pa.Table:
    """One row per probability, customers c0, c1 …, all of run r1."""
    rows = len(probability)
    reasons = reasons or [NO_REASONS] * rows
    columns: dict[str, Any] = {
        "run_id": ["r1"] * rows,
        "customer_id": [f"c{number}" for number in range(rows)],
        "churn_probability": pa.array(probability, pa.float64()),
        "expected_ltv_12m_usd": pa.array(ltv, pa.float64()),
    }
    for k in range(3):
        columns[f"reason_{k + 1}_theme"] = pa.array([row[k][0] for row in reasons], pa.string())
        columns[f"reason_{k + 1}_direction"] = pa.array([row[k][1] for row in reasons], pa.string())
        columns[f"reason_{k + 1}_contribution"] = pa.array([row[k][2] for row in reasons], pa.float64())
    return pa.table(columns)


def features(rows: int, **columns: list[Any]) -> pa.Table:
    """Eligibility columns for customers c0, c1 …"""
    return pa.table({"customer_id": [f"c{number}" for number in range(rows)], **columns})


def catalogue(*actions: dict[str, Any]) -> Catalogue:
    """A catalogue of actions given by the fields that matter to a test."""
    defaults = {
        "name": "An action",
        "channel": "push",
        "cost_usd": 1.0,
        "eligible_when": [],
        "effect_by_theme": {},
        "default_effect": 0.1,
        "description": "For a test.",
    }
    return Catalogue.model_validate({"actions": tuple({**defaults, **action} for action in actions)})


def decide(scored: pa.Table, known: pa.Table, actions: Catalogue, **options: Any) -> list[dict[str, Any]]:
    """The decisions as rows, with fixed week, salt and time unless given."""
    fixed = {"week": WEEK, "salt": "pepper", "decided_at": DECIDED_AT}
    return list(choose_actions(scored, known, actions, **{**fixed, **options}).rows.to_pylist())
