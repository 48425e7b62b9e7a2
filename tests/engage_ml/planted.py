"""A small planted population for the tests of ``engage_ml``: known hazards, thirty features of every theme.

The truth is additive in the logit, so that what a model should find, and what it should give as reasons, is known.
"""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

FIRST_WEEK = date(2026, 3, 2)
PLATFORMS = ["Social_Media", "Dating", "Both"]
TIERS = ["Free", "Gold", "Platinum"]

LABELS: dict[str, tuple[str, str]] = {
    "days_since_last_active": ("days since last active", "recency"),
    "active_days": ("active days in the week", "recency"),
    "app_opens_day": ("app opens per day", "activity_level"),
    "sessions_last_7_days": ("sessions in the week", "activity_level"),
    "session_duration_avg_min": ("minutes per session", "activity_level"),
    "engagement_score": ("engagement score", "activity_level"),
    "app_opens_change_1w": ("change of app opens against last week", "activity_trend"),
    "app_opens_change_4w": ("change of app opens against four weeks ago", "activity_trend"),
    "sessions_change_4w": ("change of sessions against four weeks ago", "activity_trend"),
    "posts_last_30_days": ("posts in 30 days", "social"),
    "likes_given_day": ("likes given per day", "social"),
    "followers_count": ("followers", "social"),
    "video_watch_hours_week": ("hours of video per week", "social"),
    "swipes_right_day": ("right swipes per day", "dating"),
    "messages_sent_day": ("messages sent per day", "dating"),
    "matches_per_day": ("matches per day", "dating"),
    "response_rate_pct": ("answered messages, percent", "dating"),
    "match_satisfaction_score": ("match satisfaction score", "satisfaction"),
    "support_tickets_week": ("support tickets in the week", "friction"),
    "users_blocked": ("accounts blocked", "friction"),
    "payment_failures_30d": ("failed charges in 30 days", "payment"),
    "auto_renew": ("automatic renewal", "payment"),
    "tenure_months": ("months since sign-up", "tenure"),
    "iap_spending_month_usd": ("in-app spending, USD", "spending"),
    "total_revenue_month_usd": ("revenue of the month, USD", "spending"),
    "avg_transaction_value_usd": ("mean transaction, USD", "spending"),
    "premium_tier": ("subscription tier", "spending"),
    "platform_primary": ("main side of the app", "profile"),
    "profile_completion_pct": ("profile completion, percent", "profile"),
    "contacts_last_8w": ("campaign contacts in eight weeks", "campaign"),
}
CATEGORIES = {"premium_tier": TIERS, "platform_primary": PLATFORMS}


def feature_list() -> list[dict[str, Any]]:
    """The features as the orchestrator hands them over."""
    kinds = dict.fromkeys(CATEGORIES, "category") | {"auto_renew": "boolean"}
    return [
        {
            "name": name,
            "type": kinds.get(name, "numeric"),
            "label": label,
            "theme": theme,
            "categories": CATEGORIES.get(name),
            "peers": name == "platform_primary",
        }
        for name, (label, theme) in LABELS.items()
    ]


def planted(customers: int = 4000, weeks: int = 4, seed: int = 7) -> tuple[pa.Table, np.ndarray]:
    """Training rows of `weeks` weeks, by week then customer, and the true churn probability of each row."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"{value:032x}" for value in rng.integers(0, 2**62, customers)])
    ids = np.array([f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}" for text in ids])
    traits = {
        "habit": rng.normal(size=customers),
        "kind": rng.integers(0, 3, customers),
        "tier": rng.choice(3, customers, p=[0.7, 0.2, 0.1]),
        "tenure": rng.gamma(2.0, 10.0, customers),
        "taste": rng.normal(size=customers),
        "gender": rng.choice(["Female", "Male", "Non-binary", None], customers, p=[0.45, 0.47, 0.04, 0.04]),
        "age_band": rng.choice(["18-24", "25-34", "35-44", "45-54", "55+"], customers),
        "location": rng.choice([f"Metro {n}" for n in range(8)], customers),
    }
    level = rng.normal(size=customers)
    satisfaction = rng.normal(size=customers)
    history = [level + 0.1 * rng.normal(size=customers) for _ in range(4)]
    tables, truths = [], []
    for index in range(weeks):
        level = 0.9 * level + np.sqrt(1 - 0.81) * rng.normal(size=customers)
        satisfaction = 0.95 * satisfaction + np.sqrt(1 - 0.9025) * rng.normal(size=customers)
        history.append(level)
        table, truth = _week(
            rng, FIRST_WEEK + timedelta(weeks=index), ids=ids, traits=traits, satisfaction=satisfaction, history=history
        )
        tables.append(table)
        truths.append(truth)
    return pa.concat_tables(tables), np.concatenate(truths)


def _week(
    rng: np.random.Generator,
    week: date,
    *,
    ids: np.ndarray,
    traits: dict[str, np.ndarray],
    satisfaction: np.ndarray,
    history: list[np.ndarray],
) -> tuple[pa.Table, np.ndarray]:
    n = len(ids)
    level, trend = history[-1], history[-1] - history[-5]
    away = np.where(rng.random(n) < 0.25, rng.integers(8, 200, n), rng.integers(0, 7, n)).astype(float)
    active = away < 30
    failures = rng.poisson(0.08 * np.where(traits["tier"] > 0, 3.0, 0.3))
    social, dating = traits["kind"] != 1, traits["kind"] != 0
    logit = (
        -2.9 - 0.7 * level - 0.5 * trend - 0.7 * satisfaction + 0.9 * np.minimum(failures, 2) - 0.5 * traits["habit"]
        + 0.8 * np.exp(-traits["tenure"] / 6) + np.where(away >= 7, 1.0 + 0.9 * np.log1p(away / 7), 0.0)
    )  # fmt: skip
    truth = 1 / (1 + np.exp(-logit))
    churned = rng.random(n) < truth

    def count(log_rate: np.ndarray, where: np.ndarray | None = None) -> np.ndarray:
        seen = active if where is None else active & where
        return np.where(seen, rng.poisson(np.exp(np.clip(log_rate, -5, 6))), 0).astype(float)

    opens = count(1.5 + 0.5 * level + 0.2 * traits["habit"])
    iap = np.where(rng.random(n) < 0.2, rng.lognormal(2.0, 1.2, n), 0.0)
    revenue = np.array([0.0, 15.0, 30.0])[traits["tier"]] + iap + rng.exponential(0.5, n)
    transactions = np.where(revenue > 1, revenue / (1 + rng.poisson(2, n)), np.nan)
    survey = np.where(rng.random(n) < 0.3, np.nan, np.clip(3 + 0.9 * satisfaction + 0.3 * rng.normal(size=n), 0, 5))
    engagement = np.clip(0.4 + 0.15 * level + 0.03 * rng.normal(size=n), 0, 1) * active
    columns: dict[str, Any] = {
        "week": pa.array([week] * n, pa.date32()),
        "customer_id": ids,
        "is_active_30d": active,
        "lifecycle_stage": np.where(active, "active", "lapsed"),
        "age_band": traits["age_band"],
        "gender": pa.array(list(traits["gender"]), pa.string()),
        "location": traits["location"],
        "days_since_last_active": away.astype(np.int64),
        "active_days": np.where(away < 7, np.clip(np.round(4 + 1.2 * level + rng.normal(size=n)), 1, 7), 0),
        "app_opens_day": opens,
        "sessions_last_7_days": count(2.2 + 0.5 * level),
        "session_duration_avg_min": np.where(active, np.clip(12 + 3 * level + 2 * rng.normal(size=n), 1, 60), 0),
        "engagement_score": engagement,
        "app_opens_change_1w": np.where(active, (level - history[-2]) + 0.3 * rng.normal(size=n), np.nan),
        "app_opens_change_4w": np.where(active, trend + 0.3 * rng.normal(size=n), np.nan),
        "sessions_change_4w": np.where(active, trend + 0.3 * rng.normal(size=n), np.nan),
        "posts_last_30_days": count(0.8 + 0.4 * level + 0.4 * traits["taste"], social),
        "likes_given_day": count(2 + 0.4 * level, social),
        "followers_count": np.floor(rng.lognormal(5, 1.5, n)),
        "video_watch_hours_week": np.where(active & social, rng.gamma(2, np.exp(0.4 * level)), 0.0),
        "swipes_right_day": count(2 + 0.4 * level, dating),
        "messages_sent_day": count(1.5 + 0.4 * level, dating),
        "matches_per_day": count(0.2 + 0.3 * traits["taste"], dating),
        "response_rate_pct": np.where(
            active & dating, np.clip(50 + 15 * level + 10 * rng.normal(size=n), 0, 100), np.nan
        ),
        "match_satisfaction_score": survey,
        "support_tickets_week": rng.poisson(0.1 * np.exp(-0.5 * satisfaction)).astype(float),
        "users_blocked": rng.poisson(1.0, n).astype(float),
        "payment_failures_30d": failures.astype(float),
        "auto_renew": (traits["tier"] > 0) & (traits["habit"] > -0.5),
        "tenure_months": np.floor(traits["tenure"]),
        "iap_spending_month_usd": iap,
        "total_revenue_month_usd": revenue,
        "avg_transaction_value_usd": pa.array(transactions, from_pandas=True),
        "premium_tier": np.array(TIERS)[traits["tier"]],
        "platform_primary": np.array(PLATFORMS)[traits["kind"]],
        "profile_completion_pct": np.clip(60 + 20 * traits["habit"] + 10 * rng.normal(size=n), 0, 100),
        "contacts_last_8w": rng.poisson(0.5, n).astype(float),
        "churned_30d": churned,
        "engagement_next_30d": np.clip(engagement * (1 - churned) + 0.03 * rng.normal(size=n), 0, 1),
        "revenue_next_30d_usd": revenue * (1 - 0.8 * churned) * rng.lognormal(0, 0.3, n),
    }
    return pa.table(columns), truth
