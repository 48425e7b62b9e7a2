"""A small published week: every frame the reports read, with its published columns, from arithmetic and one seed."""

from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
import pandas as pd

WEEK = date(2026, 11, 9)
RUN_ID = "7c1f2e44-93b0-4a6e-8f0f-5a2f6c1d9e10"
VERSION = "2026-11-09-3f9a1c0b77de"

SEGMENTS = (
    "Loyal daters",
    "Fading creators",
    "Silent browsers",
    "New explorers",
    "Premium regulars",
    "Weekend swipers",
)
THEMES = ("recency", "activity_trend", "activity_level", "satisfaction", "payment", "friction", "dating", "social")
ACTIONS = (
    ("premium_discount", "Three months at half price", "in_app", 4.5),
    ("support_call", "Call from the support team", "phone", 6.0),
    ("creator_bonus", "Creator bonus", "in_app", 5.0),
    ("match_boost", "Free match boost", "push", 0.6),
    ("reengagement_message", "Personal message", "push", 0.05),
)
CITIES = (
    "São Paulo",
    "Zürich",
    "Łódź",
    "New York",
    "Reykjavík",
    "Málaga",
    "Saint-Étienne-du-Rouvray",
    "Tokyo",
    "Lagos",
)


def published_frames(weeks: int = 6, customers: int = 100_000) -> dict[str, pd.DataFrame]:
    """The frames of `WEEK` after ``weeks`` published weeks; the caller may change them."""
    return {name: frame.copy() for name, frame in _frames(weeks, customers).items()}


@cache
def _frames(weeks: int, customers: int) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(7)
    frames = {
        **_summary(weeks, customers),
        **_groups(rng, customers),
        **_cohorts(),
        **_people(rng),
        **_drivers(customers),
        **_model(),
        **_fairness(),
        **_actions(),
        **_monitoring(rng, weeks, customers),
        **_worth(customers),
        **_costs(weeks, customers),
        "records.questions": pd.DataFrame(
            [
                {
                    "questions": 7,
                    "calls": 19,
                    "input_tokens": 41_230,
                    "output_tokens": 2_904,
                    "unreadable": 0,
                    "models": "maker.model-v1",
                }
            ]
        ),
        **_cells(customers),
        **_watch(),
    }
    return {name: _keyed(frame) for name, frame in frames.items()}


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    if "week" not in frame.columns:
        frame.insert(0, "week", WEEK)
    if "run_id" not in frame.columns:
        frame.insert(1, "run_id", RUN_ID)
    return frame


def _summary(weeks: int, customers: int) -> dict[str, pd.DataFrame]:
    lines = []
    for back in reversed(range(weeks)):
        size = customers * (1 - 0.004 * back)
        lines.append(
            {
                "week": WEEK - timedelta(weeks=back),
                "customers": round(size),
                "active_customers_30d": round(size * 0.71),
                "daily_active_users": round(size * (0.31 + 0.003 * back)),
                "new_customers": round(size * 0.012),
                "mean_engagement_score": 0.412 + 0.002 * back,
                "revenue_30d_usd": size * 6.31,
                "expected_leavers": size * (0.142 - 0.002 * back),
                "expected_leavers_active": size * 0.71 * (0.097 - 0.001 * back),
                "revenue_at_risk_usd": size * 0.58,
                "high_risk_customers": round(size * 0.083),
                "actions": round(size * 0.094),
                "action_cost_usd": size * 0.094 * 1.31,
                "expected_action_value_usd": size * 0.094 * 3.92,
                "holdout_customers": round(size * 0.1),
            }
        )
    history = pd.DataFrame(lines)
    return {"analytics.weekly_summary": history.tail(1).reset_index(drop=True), "history.weekly_summary": history}


def _groups(rng: np.random.Generator, customers: int) -> dict[str, pd.DataFrame]:
    tiers = pd.DataFrame(
        {
            "engagement_tier": ["Inactive", "Low", "Medium", "High"],
            "customer_share": [0.29, 0.27, 0.28, 0.16],
            "daily_active_users": [0, 5200, 13100, 12800],
            "mean_engagement_score": [0.02, 0.21, 0.52, 0.84],
            "mean_churn_probability": [0.253, 0.161, 0.078, 0.031],
            "revenue_30d_usd": [21000.0, 98000.0, 263000.0, 249000.0],
        }
    )
    tiers.insert(1, "customers", (tiers["customer_share"] * customers).round().astype("int64"))
    bands = ["0-3 months", "3-6 months", "6-12 months", "12-24 months", "24+ months"]
    tenure = pd.DataFrame([(band, tier) for band in bands for tier in tiers["engagement_tier"]])
    tenure.columns = ["tenure_band", "engagement_tier"]
    tenure["customers"] = rng.integers(2000, 8000, len(tenure))
    tenure["active_share"] = rng.uniform(0.4, 0.95, len(tenure))
    tenure["mean_churn_probability"] = [0.31 - 0.05 * (i // 4) + 0.01 * (i % 4) for i in range(len(tenure))]
    tenure["revenue_30d_usd"] = tenure["customers"] * 6.3
    deciles = pd.DataFrame({"revenue_decile": range(1, 11), "customers": customers // 10})
    deciles["revenue_share"] = np.array([0.46, 0.19, 0.12, 0.08, 0.06, 0.04, 0.02, 0.015, 0.01, 0.005])
    deciles["revenue_30d_usd"] = deciles["revenue_share"] * 631_000
    deciles["cumulative_share"] = deciles["revenue_share"].cumsum()
    deciles["mean_churn_probability"] = np.linspace(0.09, 0.21, 10)
    deciles["revenue_at_risk_usd"] = deciles["revenue_30d_usd"] * deciles["mean_churn_probability"]
    segments = pd.DataFrame({"segment": SEGMENTS})
    segments["customer_share"] = [0.22, 0.09, 0.27, 0.11, 0.13, 0.18]
    segments["customers"] = (segments["customer_share"] * customers).round().astype("int64")
    segments["mean_churn_probability"] = [0.04, 0.22, 0.26, 0.18, 0.05, 0.13]
    segments["mean_engagement_score"] = [0.72, 0.44, 0.09, 0.35, 0.68, 0.38]
    segments["revenue_30d_usd"] = segments["customers"] * np.array([7.2, 9.8, 1.1, 2.9, 21.5, 3.4])
    segments["mean_expected_ltv_12m_usd"] = [71.0, 82.0, 8.4, 24.0, 214.0, 31.0]
    value = segments["customers"] * segments["mean_churn_probability"] * segments["mean_expected_ltv_12m_usd"]
    segments["value_at_risk_usd"] = value * 0.8
    premium = pd.DataFrame({"premium_tier": ["Free", "Gold", "Platinum"], "customers": [81000, 14000, 5000]})
    premium["active_customers"] = [54000, 12400, 4700]
    premium["mean_churn_probability"] = [0.158, 0.081, 0.052]
    premium["mean_engagement_score"] = [0.36, 0.61, 0.72]
    premium["revenue_30d_usd"] = [121000.0, 286000.0, 224000.0]
    premium["mean_expected_ltv_12m_usd"] = [12.0, 168.0, 402.0]
    creators = pd.DataFrame({"creator_band": ["Not a creator", "Occasional", "Regular", "Professional"]})
    creators["customers"] = [71000, 19000, 8300, 1700]
    creators["mean_churn_probability"] = [0.17, 0.09, 0.06, 0.03]
    creators["mean_engagement_score"] = [0.33, 0.52, 0.67, 0.8]
    creators["creator_earnings_usd"] = [0.0, 21000.0, 88000.0, 140000.0]
    creators["revenue_30d_usd"] = [390000.0, 130000.0, 81000.0, 30000.0]
    return {
        "analytics.engagement_tiers": tiers,
        "analytics.tenure_engagement": tenure,
        "analytics.revenue_concentration": deciles,
        "analytics.segments": segments,
        "analytics.premium_vs_free": premium,
        "analytics.creators": creators,
        "analytics.locations": _places("location", CITIES, rng, customers),
        "analytics.platforms": _places("platform_primary", ("Social_Media", "Dating", "Both"), rng, customers),
    }


def _places(name: str, names: tuple[str, ...], rng: np.random.Generator, customers: int) -> pd.DataFrame:
    weights = rng.dirichlet(np.full(len(names), 6.0))
    frame = pd.DataFrame({name: names, "customers": np.round(weights * customers).astype("int64")})
    frame["active_customers"] = (frame["customers"] * 0.7).round().astype("int64")
    frame["mean_churn_probability"] = rng.uniform(0.09, 0.2, len(names))
    frame["revenue_30d_usd"] = frame["customers"] * rng.uniform(4, 9, len(names))
    frame["revenue_at_risk_usd"] = frame["revenue_30d_usd"] * frame["mean_churn_probability"]
    return frame


def _cohorts() -> dict[str, pd.DataFrame]:
    lines = []
    for cohort in range(12):
        name, size = f"{2024 + cohort // 4}-Q{cohort % 4 + 1}", 5000 + 400 * cohort
        for step in range(10):
            rate = 0.55 + 0.03 * cohort - 0.012 * step * (1 + cohort / 12)
            lines.append((name, WEEK - timedelta(weeks=9 - step), step, size, round(size * rate), rate))
    columns = ["signup_cohort", "activity_week", "weeks_since_first", "customers", "active_customers", "retention_rate"]
    return {"analytics.cohort_retention": pd.DataFrame(lines, columns=columns)}


def _people(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    size = 1000
    frame = pd.DataFrame({"risk_rank": range(1, size + 1)})
    frame["customer_id"] = [f"{i:08x}-1111-4222-8333-444455556666" for i in rng.integers(0, 2**31, size)]
    frame["churn_probability"] = rng.uniform(0.2, 0.9, size)
    frame["churn_risk_tier"] = "High"
    frame["segment"] = [SEGMENTS[i] for i in rng.integers(0, len(SEGMENTS), size)]
    frame["expected_ltv_12m_usd"] = np.linspace(2400, 160, size)
    frame["value_at_risk_usd"] = frame["churn_probability"] * frame["expected_ltv_12m_usd"]
    frame["reason_1"] = "No activity for 12 days (high) raises the risk"
    frame["recommended_action"] = [ACTIONS[i % 5][0] for i in range(size)]
    return {"analytics.at_risk_customers": frame}


def _drivers(customers: int) -> dict[str, pd.DataFrame]:
    lines = []
    for population, size, tilt in (("all", customers, 1.0), ("at_risk", customers // 12, 1.6)):
        for place, theme in enumerate(THEMES):
            for direction in ("raises", "lowers"):
                share = (0.34 - 0.035 * place) * (tilt if direction == "raises" else 1 / tilt)
                sign = 1 if direction == "raises" else -1
                example = f"{theme.replace('_', ' ')}: 12 days since the last visit (high) {direction} the risk"
                lines.append(
                    (population, theme, direction, round(share * size), share, sign * (0.9 - 0.1 * place), example)
                )
    columns = ["population", "theme", "direction", "customers", "customer_share", "mean_contribution", "example_reason"]
    return {"analytics.churn_drivers": pd.DataFrame(lines, columns=columns)}


def _model() -> dict[str, pd.DataFrame]:
    card = [
        ("churn", VERSION, "active", "auc", 0.834, 0.826, 0.842),
        ("churn", VERSION, "active", "pr_auc", 0.412, 0.391, 0.433),
        ("churn", VERSION, "active", "log_loss", 0.262, 0.256, 0.268),
        ("churn", VERSION, "all", "auc", 0.902, 0.897, 0.907),
        ("engagement", VERSION, "all", "r2", 0.71, np.nan, np.nan),
        ("engagement", VERSION, "all", "mae", 0.081, np.nan, np.nan),
        ("revenue", VERSION, "all", "mae", 1.92, np.nan, np.nan),
    ]
    predicted = np.array([0.01, 0.02, 0.04, 0.06, 0.09, 0.13, 0.19, 0.28, 0.41, 0.63])
    observed = predicted * np.array([1.2, 0.9, 1.05, 0.97, 1.03, 0.98, 1.02, 0.99, 1.01, 0.98])
    reliability = pd.DataFrame({"bin": range(10), "predicted": predicted, "observed": observed})
    reliability["lower"], reliability["upper"] = observed * 0.9, np.minimum(observed * 1.1, 1)
    reliability["customers"] = 1750
    shares = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0])
    recall = np.array([0.07, 0.13, 0.27, 0.44, 0.66, 0.79, 0.93, 1.0])
    lift = pd.DataFrame({"share_contacted": shares, "customers": np.round(shares * 17500).astype("int64")})
    lift["expected_leavers"] = recall * 17500 * 0.097
    lift["false_alarms"] = lift["customers"] - lift["expected_leavers"]
    lift["precision"] = lift["expected_leavers"] / lift["customers"]
    lift["recall"], lift["lift"] = recall, recall / shares
    importance = pd.DataFrame(
        {"feature": THEMES, "label": THEMES, "theme": THEMES, "importance": np.linspace(0.3, 0.02, 8)}
    )
    importance.insert(0, "model", "churn")
    columns = ["model", "model_version", "population", "metric", "value", "lower", "upper"]
    return {
        "analytics.model_scorecard": pd.DataFrame(card, columns=columns),
        "analytics.reliability": reliability,
        "analytics.lift": lift,
        "analytics.importance": importance,
    }


def _fairness() -> dict[str, pd.DataFrame]:
    groups = {
        "gender": ("Female", "Male", "Non-binary", "Undisclosed"),
        "age_band": ("18-24", "25-34", "35-44", "45-54", "55+"),
        "location": CITIES,
        "gender_x_age_band": ("Female 18-24", "Male 18-24", "Non-binary 55+"),
    }
    lines, offers = [], []
    for attribute, names in groups.items():
        for place, name in enumerate(names):
            small = name.startswith("Non-binary 55")
            ratio = np.nan if small else 1.04 - 0.02 * place
            lines.append(
                {
                    "model_version": VERSION,
                    "attribute": attribute,
                    "group_name": name,
                    "customers": 12 if small else 4000 - 300 * place,
                    "positives": 1 if small else 390,
                    "selection_rate": np.nan if small else 0.08 * ratio,
                    "selection_rate_ratio": ratio,
                    "ratio_lower": ratio - 0.07,
                    "ratio_upper": ratio + 0.07,
                    "tpr": 0.6,
                    "fpr": 0.05,
                    "tpr_gap": np.nan if small else 0.02 + 0.004 * place,
                    "fpr_gap": np.nan if small else 0.01,
                    "gap_upper": np.nan if small else 0.06,
                    "calibration_gap": np.nan if small else 0.004 * place - 0.01,
                    "calibration_lower": np.nan if small else 0.004 * place - 0.02,
                    "calibration_upper": np.nan if small else 0.004 * place,
                    "state": "insufficient" if small else "passed",
                }
            )
            if attribute != "gender_x_age_band":
                size = 9000 - 500 * place
                offers.append((attribute, name, size, round(size * (0.094 + 0.002 * place)), 0.094 + 0.002 * place))
    columns = ["attribute", "group_name", "customers", "offered", "offer_rate"]
    return {
        "fairness.group_metrics": pd.DataFrame(lines),
        "fairness.offer_rates": pd.DataFrame(offers, columns=columns),
        "records.training": pd.DataFrame(
            [
                {
                    "training_rows": 159_641,
                    "validation_rows": 24_737,
                    "validation_rows_active": 18_886,
                    "churn_rate_active": 0.103,
                    "features": 127,
                }
            ]
        ),
        "records.mitigation": pd.DataFrame(
            [
                ("A threshold for each group", name, -0.0001 * place, -4 + place, 37.8 * place - 20, 0.1 - 0.02 * place)
                for place, name in enumerate(("gender", "age_band", "location"))
            ],
            columns=["mitigation", "attribute", "auc_change", "leavers_change", "revenue_change_usd", "ratio_change"],
        ),
    }


def _actions() -> dict[str, pd.DataFrame]:
    lines = []
    for place, (action, name, channel, cost) in enumerate(ACTIONS):
        size = 900 + 700 * place
        lines.append(
            (action, name, channel, size, size // 9, size * cost, size * (9 - 1.6 * place), 0.35 - 0.03 * place)
        )
    lines.append(("none", None, None, 88_000, 0, 0.0, 0.0, 0.11))
    columns = ["recommended_action", "action_name", "channel", "customers", "holdout_customers", "action_cost_usd"]
    columns += ["expected_action_value_usd", "mean_churn_probability"]
    return {"analytics.recommended_actions": pd.DataFrame(lines, columns=columns)}


def _worth(customers: int) -> dict[str, pd.DataFrame]:
    shares = np.array([0.01, 0.05, 0.1, 0.2, 0.3, 1.0])
    reach = pd.DataFrame({"share_contacted": shares, "customers": np.round(shares * 0.71 * customers).astype("int64")})
    reach["expected_leavers"] = reach["customers"] * np.array([0.62, 0.51, 0.42, 0.33, 0.26, 0.097])
    reach["value_at_risk_usd"] = reach["expected_leavers"] * 31.5
    lines = []
    for place, (action, name, channel, cost) in enumerate(ACTIONS):
        for row, segment in enumerate(SEGMENTS[:3]):
            size = 240 + 130 * place + 50 * row
            lines.append((action, name, channel, segment, size, size * cost, size * (8.5 - place - row), size * 0.3))
    columns = ["recommended_action", "action_name", "channel", "segment", "customers", "cost_usd", "value_usd"]
    initiatives = pd.DataFrame(lines, columns=[*columns, "expected_leavers"])
    initiatives["expected_saved"] = initiatives["expected_leavers"] * 0.11
    return {"analytics.contact_list": reach, "analytics.initiatives": initiatives}


def _watch() -> dict[str, pd.DataFrame]:
    drift = [
        ("feature", "sessions_week", "steady"),
        ("feature", "payments", "drifted"),
        ("score", "churn", "insufficient"),
    ]
    curve = [(2, 0.93, 0.92, 0.91, 0.93), (4, 0.88, 0.86, 0.84, 0.88), (8, 0.79, 0.78, 0.75, 0.81)]
    matured = WEEK - timedelta(weeks=5)
    promises = [
        (matured, "active", "auc", 0.841, 0.822, 0.861, 0.836),
        (matured, "active", "churn_rate", 0.101, 0.094, 0.108, 0.104),
    ]
    truth = [("auc", 0, 0.851), ("auc_of_the_hidden_state", 0, 0.902), ("calibration_error_of_decile", 1, 0.01)]
    performance = ["week", "population", "metric", "estimated_value", "estimated_lower", "estimated_upper"]
    return {
        "monitoring.drift": pd.DataFrame(drift, columns=["kind", "name", "state"]),
        "analytics.survival_curve": pd.DataFrame(
            curve, columns=["week_ahead", "predicted", "observed", "lower", "upper"]
        ),
        "history.model_performance": pd.DataFrame(promises, columns=[*performance, "realised_value"]),
        "monitoring.truth_scorecard": pd.DataFrame(truth, columns=["metric", "decile", "value"]),
    }


def _cells(customers: int) -> dict[str, pd.DataFrame]:
    keys = [
        (segment, tier, city, churn, value)
        for segment in SEGMENTS
        for tier in ("Inactive", "Low", "Medium", "High")
        for city in CITIES
        for churn, value in ((0, 3), (2, 1), (7, 0))
    ]
    columns = ["segment", "engagement_tier", "location", "churn_band", "value_band"]
    cells = pd.DataFrame(keys, columns=columns)
    cells["customers"] = customers // len(cells)
    cells.loc[0, "customers"] += customers - cells["customers"].sum()
    cells["active_customers"] = (cells["customers"] * 0.7).astype("int64")
    cells["expected_leavers"] = cells["customers"] * (cells["churn_band"] + 0.5) / 10
    cells["revenue_30d_usd"] = cells["customers"] * 6.31
    cells["revenue_at_risk_usd"] = cells["expected_leavers"] * 6.31
    cells["value_at_risk_usd"] = cells["expected_leavers"] * (cells["value_band"] + 1) * 20
    cells["contacts"] = cells["customers"] // 9
    cells["action_cost_usd"] = cells["contacts"] * 1.1
    cells["expected_action_value_usd"] = cells["contacts"] * 3.7
    return {"analytics.customer_cells": cells}


def _costs(weeks: int, customers: int) -> dict[str, pd.DataFrame]:
    lines = [
        (WEEK - timedelta(weeks=back), f"run-{back}", round(customers * (1 - 0.004 * back)), 24.1 + back, 0.0072)
        for back in reversed(range(1, weeks))
    ]
    return {"history.engage_costs": pd.DataFrame(lines, columns=["week", "run_id", "customers", "seconds", "usd"])}


def _monitoring(rng: np.random.Generator, weeks: int, customers: int) -> dict[str, pd.DataFrame]:
    shape = np.exp(-np.arange(20) / 3.2)
    sizes = np.round(customers * shape / shape.sum()).astype("int64")
    first = weeks < 2
    distribution = pd.DataFrame({"score_bin": range(20), "customers": sizes})
    distribution["previous_customers"] = np.nan if first else np.round(sizes * rng.uniform(0.95, 1.05, 20))
    drift = pd.DataFrame(
        {
            "previous_week": [None if first else WEEK - timedelta(weeks=1)],
            "psi": [np.nan if first else 0.0121],
            "mean_probability": [0.142],
            "previous_mean_probability": [np.nan if first else 0.14],
            "customers": [customers],
        }
    )
    tables = ("customers", "activity", "billing", "campaign_contacts")
    accounting = pd.DataFrame({"source_table": tables, "rows_in": [100_200, 100_150, 100_150, 9_800]})
    accounting["rows_quarantined"] = [41, 212, 18, 3]
    accounting["rows_kept"] = accounting["rows_in"] - accounting["rows_quarantined"]
    accounting["quarantined_share"] = accounting["rows_quarantined"] / accounting["rows_in"]
    gates = [
        ("row_accounting", "accepted", "passed", 0.0, "0 rows unaccounted", "All rows are accounted for."),
        ("churn_auc_floor", "models/churn", "passed", 0.834, "AUC at least 0.70", "AUC 0.834 on active customers."),
        ("calibration", "models/churn", "passed", 0.99, "slope 0.8 to 1.2", "Slope 0.99 (0.94 to 1.04)."),
        ("fairness", "models/churn", "passed", 0.88, "selection-rate ratio at least 0.8", "Lowest ratio 0.88."),
        ("score_drift", "scores", "insufficient", 0.012, "PSI below 0.10", "One week of history: too little to tell."),
    ]
    columns = ["gate", "asset", "state", "value", "limit_text", "message"]
    results = pd.DataFrame(gates, columns=columns).assign(evaluated_at=datetime(2026, 11, 16, 3, 4, 5))
    usage = pd.DataFrame(
        [
            ("validate", 1.9, 2.6, 410.0, 310_300, 31_000_000, 42_000_000),
            ("features", 6.2, 9.8, 820.0, 400_000, 61_000_000, 158_000_000),
            ("training", 7.4, 11.9, 905.0, 60_000, 4_100_000, 48_000_000),
            ("scoring", 4.1, 6.0, 905.0, 100_000, 18_500_000, 33_000_000),
            ("decisions", 0.9, 1.1, 905.0, 100_000, 6_200_000, 21_000_000),
            ("results", 3.6, 5.2, 905.0, 104_000, 39_000_000, 72_000_000),
        ],
        columns=["stage", "seconds", "cpu_seconds", "peak_memory_mb", "rows", "bytes_written", "bytes_scanned"],
    )
    return {
        "monitoring.score_distribution": distribution,
        "monitoring.score_drift": drift,
        "monitoring.row_accounting": accounting,
        "monitoring.gate_results": results,
        "monitoring.stage_usage": usage,
    }
