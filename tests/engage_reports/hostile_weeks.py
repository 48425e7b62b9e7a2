"""Weeks that no simulation makes: each damages the frames of a good week, all of them, the same for every report."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from tests.engage_reports.published_week import published_frames

Frames = dict[str, pd.DataFrame]
CELLS = "analytics.customer_cells"
CELL_KEYS = ["segment", "engagement_tier", "location", "churn_band", "value_band"]
LONG_NAME = "<b>Ünïcode & Łódź</b> — " + "Saint-Étienne-du-Rouvray-lès-Nguyễn " * 6 + "مرحبا 東京 50plus"


def no_actions(frames: Frames) -> None:
    table = frames["analytics.recommended_actions"]
    frames["analytics.recommended_actions"] = table[table["recommended_action"] == "none"]
    for column in ("actions", "action_cost_usd", "expected_action_value_usd", "holdout_customers"):
        frames["analytics.weekly_summary"][column] = 0


def one_segment(frames: Frames) -> None:
    frames["analytics.segments"] = frames["analytics.segments"].head(1)


def nobody_at_risk(frames: Frames) -> None:
    frames["analytics.at_risk_customers"] = frames["analytics.at_risk_customers"].head(0)
    drivers = frames["analytics.churn_drivers"]
    frames["analytics.churn_drivers"] = drivers[drivers["population"] == "all"]
    frames["analytics.weekly_summary"]["high_risk_customers"] = 0


def hostile_names(frames: Frames) -> None:
    """Markup, accents, letters the typeface lacks, right to left, digits, and 240 letters."""
    for table, column in (
        ("analytics.locations", "location"),
        ("analytics.segments", "segment"),
        ("analytics.recommended_actions", "action_name"),
        ("analytics.at_risk_customers", "reason_1"),
        ("fairness.group_metrics", "group_name"),
        ("analytics.churn_drivers", "example_reason"),
        ("monitoring.gate_results", "message"),
        ("monitoring.stage_usage", "stage"),
    ):
        frames[table].loc[frames[table].index[0], column] = LONG_NAME
    cells = frames[CELLS]
    cells.loc[cells["segment"] == "Loyal daters", "segment"] = LONG_NAME


def one_customer(frames: Frames) -> None:
    for table in ("analytics.engagement_tiers", "analytics.tenure_engagement", "analytics.locations", CELLS):
        frames[table] = frames[table].head(1)
        frames[table]["customers"] = 1
    frames["analytics.at_risk_customers"] = frames["analytics.at_risk_customers"].head(1)
    for column in ("customers", "active_customers_30d"):
        frames["analytics.weekly_summary"][column] = 1


def nobody(frames: Frames) -> None:
    summary = frames["analytics.weekly_summary"]
    for column in summary.select_dtypes("number").columns:
        summary[column] = 0
    frames["monitoring.score_distribution"]["customers"] = 0
    frames[CELLS] = frames[CELLS].head(0)


def all_churned_and_negative_revenue(frames: Frames) -> None:
    for name, frame in frames.items():
        if "mean_churn_probability" in frame.columns:
            frame["mean_churn_probability"] = 1.0
        if "revenue_30d_usd" in frame.columns and name != "history.weekly_summary":
            frame["revenue_30d_usd"] = -frame["revenue_30d_usd"]
    frames[CELLS] = frames[CELLS].assign(churn_band=9).groupby(CELL_KEYS, as_index=False).sum(numeric_only=True)


def nobody_leaves(frames: Frames) -> None:
    for frame in frames.values():
        for column in ("mean_churn_probability", "churn_probability", "expected_leavers", "expected_leavers_active"):
            if column in frame.columns:
                frame[column] = 0.0
    summary = frames["analytics.weekly_summary"]
    for column in ("revenue_at_risk_usd", "high_risk_customers"):
        summary[column] = 0
    frames[CELLS][["revenue_at_risk_usd", "value_at_risk_usd"]] = 0.0
    if "analytics.initiatives" in frames:
        frames["analytics.initiatives"] = frames["analytics.initiatives"].head(0)


def a_segment_of_zero(frames: Frames) -> None:
    segments = frames["analytics.segments"]
    empty = segments.head(1).assign(segment="Nobody yet", customers=0, customer_share=0.0)
    for column in ("mean_churn_probability", "mean_engagement_score", "mean_expected_ltv_12m_usd"):
        empty[column] = np.nan
    frames["analytics.segments"] = pd.concat([segments, empty], ignore_index=True)
    cell = frames[CELLS].head(1).assign(segment="Nobody yet", customers=0, active_customers=0)
    frames[CELLS] = pd.concat([frames[CELLS], cell], ignore_index=True)


def no_previous_week(frames: Frames) -> None:
    frames.update(published_frames(weeks=1))


HOSTILE_WEEKS: tuple[Callable[[Frames], None], ...] = (
    one_customer, nobody, nobody_leaves, all_churned_and_negative_revenue, a_segment_of_zero, one_segment, no_actions,
    nobody_at_risk, hostile_names, no_previous_week,
)  # fmt: skip
