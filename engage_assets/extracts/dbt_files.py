"""What the dbt project needs to know of a user's contract: variables, staging models, and the YAML beside the features.

Pure: a contract in, texts out. ``engage_assets.dbt_overlay`` puts them into a project.
"""

from collections.abc import Iterable
from typing import Any

import yaml

from engage_assets.contracts.dbt_sources import render_dbt_sources
from engage_assets.contracts.model import ColumnContract, TableContract
from engage_assets.extracts.contract import ExtractContract
from engage_assets.extracts.features import (
    ACTIVE_DAYS,
    EVENTS,
    SQL_TYPES,
    features_of,
    profile_columns,
    sum_names,
    summed_columns,
    trend_columns,
    weekly_columns,
)
from engage_assets.extracts.platform_tables import REVENUE, platform_contract_of

SPINE: tuple[tuple[str, str, str], ...] = (
    ("week", "date", "time"),
    ("customer_id", "varchar", "key"),
    ("is_active_30d", "boolean", "profile"),
    ("lifecycle_stage", "varchar", "profile"),
    ("has_left", "boolean", "profile"),
    ("age_band", "varchar", "sensitive"),
    ("gender", "varchar", "sensitive"),
    ("location", "varchar", "sensitive"),
    ("premium_tier", "varchar", "profile"),
    ("platform_primary", "varchar", "profile"),
    ("is_creator", "boolean", "profile"),
    ("creator_earnings_month_usd", "double", "profile"),
    ("tenure_months", "bigint", "profile"),
    ("engagement_score", "double", "profile"),
    ("engagement_score_week", "double", "profile"),
    ("total_revenue_month_usd", "double", "profile"),
    ("tenure_days", "bigint", "profile"),
    ("days_since_last_active", "bigint", "profile"),
    ("active_days", "bigint", "profile"),
)
"""Columns of customer_features that every contract has: name, type, role."""

SURVIVAL_WEEKS = 8
"""The dbt variable survival_weeks: weeks through which the survival set follows customers."""

COMPUTED = frozenset({"active_share", "days_between_active", "recency_ratio", "active_weeks_4w"})
"""Features that the SQL of customer_features computes itself."""


def variables_of(contract: ExtractContract) -> dict[str, Any]:
    """The dbt variables that take the place of the default contract's."""
    spine = {name for name, _, _ in SPINE} | COMPUTED
    capped = [c for c in weekly_columns(contract, "behaviour") if c.cap]
    presence: dict[str, dict[str, float]] = {}
    if contract.kind == "history":
        presence = {ACTIVE_DAYS: {"weight": 0.5 if capped else 1.0, "cap": 7}}
    each = (1.0 - sum(part["weight"] for part in presence.values())) / max(len(capped), 1)
    presence |= {c.name: {"weight": round(each, 6), "cap": c.cap or 1.0} for c in capped}
    sums = [] if contract.kind == "snapshot" else [ACTIVE_DAYS, EVENTS, *(c.name for c in summed_columns(contract))]
    trends = trend_columns(contract)
    return {
        "contract_kind": contract.kind,
        "training_weeks": 1 if contract.kind == "snapshot" else contract.training_weeks,
        "horizon_days": contract.horizon_days,
        "outcome_weeks": contract.outcome_weeks,
        "revenue_columns": [REVENUE],
        "trend_behaviours": trends,
        "last_seen_behaviours": [],
        "summed_behaviours": [],
        "engagement_presence": presence,
        "engagement_interaction_weight": 0,
        "engagement_social": {},
        "engagement_dating": {},
        "profile_columns": [
            *("age_band", "gender", "location", "plan_group", "customer_group"),
            *(["churned"] if contract.kind == "snapshot" else []),
            *(c.name for c in profile_columns(contract)),
            *(name for column in sums for name, _ in sum_names(column)),
        ],
        "billing_columns": [c.name for c in weekly_columns(contract, "money")],
        "own_models": {name: list(model.columns) for name, model in contract.own_models.items()},
        "own_features": [f.name for f in features_of(contract) if f.name not in spine],
    }


def staging_model(table: TableContract) -> str:
    """SQL of the staging view of one table: its columns with the types that the rest of the project counts on."""
    columns = ",\n        ".join(_staged(column) for column in table.columns.values())
    return (
        f"-- {table.description} Rendered from the contract.\nwith\n\nsource as (\n\n"
        f"    select * from {{{{ lake_source('accepted', '{table.name}') }}}}\n\n),\n\nrenamed as (\n\n"
        f"    select\n        {columns}\n\n    from source\n\n)\n\nselect * from renamed\n"
    )


def _staged(column: ColumnContract) -> str:
    if column.type == "timestamp":
        return f"{{{{ as_timestamp('{column.name}') }}}} as {column.name}"
    if column.type in ("int", "float"):
        return f"cast({column.name} as {SQL_TYPES[column.type]}) as {column.name}"
    return column.name


def sources_yaml(contract: ExtractContract) -> str:
    """The dbt source of the accepted rows."""
    return render_dbt_sources(platform_contract_of(contract), meta={"path": "accepted/{table}/week=*/*.parquet"})


def staging_yaml(contract: ExtractContract) -> str:
    """The staging models with the test of their grain."""
    models = []
    for table in platform_contract_of(contract).tables.values():
        grain = [name for name in table.key if name in table.columns]
        test = {"unique_grain": {"name": f"{table.name}_grain", "arguments": {"columns": grain, "slice": "weeks"}}}
        columns = [_yaml_column(c.name, SQL_TYPES[c.type], c.description) for c in table.columns.values()]
        models.append({"name": table.name, "description": table.description, "data_tests": [test], "columns": columns})
    return _dump(models)


def features_yaml(contract: ExtractContract) -> str:
    """The feature models with their columns; the models' feature list is read from them."""
    features = features_of(contract)
    listed = {feature.name for feature in features}
    spine = [
        _yaml_column(name, kind, name.replace("_", " "), {"role": role})
        for name, kind, role in SPINE
        if name not in listed
    ]
    own = [_yaml_column(f.name, f.data_type, f.description, f.meta) for f in features]
    outcomes = [
        _yaml_column("churned_30d", "boolean", _churn_words(contract), {"role": "label"}),
        _yaml_column("engagement_next_30d", "double", "Engagement in the label window", {"role": "label"}),
        _yaml_column(
            "revenue_next_30d_usd", "double", f"Revenue in the label window, {contract.currency}", {"role": "label"}
        ),
    ]
    keys = [_yaml_column(name, kind, name, {"role": role}) for name, kind, role in SPINE[:2]]
    silent = [
        _yaml_column(name, "integer", f"{name}: see the survival set of the platform")
        for name in (*(f"silent_{week}" for week in range(SURVIVAL_WEEKS)), "followed_from")
    ]
    labelled = "weeks" if contract.kind == "snapshot" else "outcomes"
    features_are = "One row per week and customer: what was known at as_of."
    outcomes_are = "One row per week and customer: what happened afterwards."
    return _dump(
        [
            _model("customer_features", features_are, [*spine, *own], "weeks"),
            _model("customer_outcomes", outcomes_are, [*keys, *outcomes], labelled),
            _view_of("training_set", "The features of matured weeks with what followed.", [*spine, *own, *outcomes]),
            _view_of(
                "survival_set", "The features of one past week, and the silences around it.", [*spine, *own, *silent]
            ),
            *(_view(name) for name in ("activity_trends", "contact_history", *contract.own_models)),
        ]
    )


def _churn_words(contract: ExtractContract) -> str:
    return contract.words.get("churn") or (
        "The label as delivered"
        if contract.kind == "snapshot"
        else f"No activity in the {contract.horizon_days} days after as_of"
    )


def _model(name: str, description: str, columns: list[dict[str, Any]], slice_name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": description,
        "config": {"contract": {"enforced": True}, "meta": {"replaces": slice_name}},
        "data_tests": [
            {
                "unique_grain": {
                    "name": f"{name}_grain",
                    "arguments": {"columns": ["week", "customer_id"], "slice": slice_name},
                }
            }
        ],
        "columns": columns,
    }


def _view_of(name: str, description: str, columns: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "description": description,
        "config": {"materialized": "view", "contract": {"enforced": True}},
        "columns": columns,
    }


def _view(name: str) -> dict[str, Any]:
    return {"name": name, "description": "A step of customer_features.", "config": {"materialized": "view"}}


def _yaml_column(name: str, kind: str, description: str, meta: dict[str, Any] | None = None) -> dict[str, Any]:
    config = {"config": {"meta": meta}} if meta else {}
    return {"name": name, "data_type": kind, "description": description, **config}


def _dump(models: Iterable[dict[str, Any]]) -> str:
    text = yaml.safe_dump({"models": list(models)}, sort_keys=False, allow_unicode=True, width=120)
    return "# Rendered from the contract; edit the contract, not this file.\n" + text
