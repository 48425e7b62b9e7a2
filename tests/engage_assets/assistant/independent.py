"""The right answers, computed with pandas from the frame of persons; no SQL and no code of the assistant.

Each function returns the rows that an answer must have, in order, as records of the columns that carry the meaning.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from tests.engage_assets.assistant.world import CUSTOMERS, WEEKS, World, reasons

Records = list[dict[str, Any]]
MINIMUM = 20
FILTERS = {
    "segment": "segment", "tier": "churn_risk_tier", "lifecycle": "lifecycle_stage", "channel": "channel",
}  # fmt: skip


def expected(world: World, question_id: str, week: date, given: dict[str, Any]) -> Records:
    """The rows of the right answer."""
    people = world.week(week)
    for name, column in FILTERS.items():
        if name in given and question_id not in UNFILTERED:
            people = people[people[column] == given[name]]
    return RIGHT[question_id](Case(world, week, people, given))


class Case:
    """What a right answer is computed from."""

    def __init__(self, world: World, week: date, people: pd.DataFrame, given: dict[str, Any]) -> None:
        self.world, self.week, self.people, self.given = world, week, people, given

    def table(self, name: str) -> pd.DataFrame:
        return self.world.table(name, self.week)

    def k(self, default: int = 10) -> int:
        return int(self.given.get("k", default))

    @property
    def contacted(self) -> pd.DataFrame:
        return self.people[self.people["is_contacted"]]


def one(**figures: Any) -> Records:
    return [figures]


def by(
    people: pd.DataFrame,
    key: str,
    figure: str,
    column: str,
    how: str,
    *,
    lowest: bool = False,
    k: int | None = None,
    minimum: int = 0,
) -> Records:
    """Groups by one figure, the highest (or lowest) first, the name deciding between equals."""
    groups = people.groupby(key).agg(figure=(column, how), size=("customer_id", "count")).reset_index()
    groups = groups[groups["size"] >= minimum].sort_values(["figure", key], ascending=[lowest, True])
    return [{key: row[key], figure: row["figure"]} for _, row in groups.head(k or len(groups)).iterrows()]


def places(case: Case, figure: str, column: str, how: str, *, lowest: bool = False) -> Records:
    return by(case.people, "location", figure, column, how, lowest=lowest, k=case.k(), minimum=MINIMUM)


def group_of(people: pd.DataFrame, column: str, value: str) -> Records:
    chosen = people[people[column] == value]
    return one(
        **{column: value},
        customers=len(chosen),
        mean_churn_probability=chosen["churn_probability"].mean(),
        revenue_30d_usd=chosen["revenue_30d_usd"].sum(),
    )


def themes(case: Case, people: pd.DataFrame, direction: str) -> Records:
    rows = reasons(people)
    rows = rows[rows["direction"] == direction].groupby("theme")["customer_id"].count().reset_index(name="customers")
    rows = rows.sort_values(["customers", "theme"], ascending=[False, True]).head(case.k(5))
    return [{"theme": row["theme"], "customers": row["customers"]} for _, row in rows.iterrows()]


def actions_by_cost(case: Case) -> Records:
    recommended = case.people[case.people["recommended_action"] != "none"]
    spent = recommended["action_cost_usd"].where(recommended["is_contacted"], 0.0)
    groups = recommended.assign(spent=spent).groupby("action_name")[["spent", "is_contacted"]].sum().reset_index()
    groups = groups.sort_values(["spent", "action_name"], ascending=[False, True])
    return [
        {"action_name": row["action_name"], "action_cost_usd": row["spent"],
         "cost_each_usd": row["spent"] / row["is_contacted"]}
        for _, row in groups.iterrows()
    ]  # fmt: skip


def of_every_week(case: Case, **figures: Callable[[pd.DataFrame], Any]) -> Records:
    weeks = [week for week in reversed(WEEKS) if week <= case.week]
    return [{"week": week, **{n: how(case.world.week(week)) for n, how in figures.items()}} for week in weeks]


def customer(case: Case, *columns: str) -> Records:
    [row] = case.people[case.people["customer_id"] == case.given["customer_id"]].to_dict("records")
    return one(customer_id=row["customer_id"], **{column: row[column] for column in columns})


def metric(case: Case, model: str, name: str, column: str) -> Records:
    rows = case.table("model_scorecard")
    chosen = rows[(rows["model"] == model) & (rows["population"] == "active") & (rows["metric"] == name)]
    return one(**{column: chosen["value"].item()})


def drift_states(case: Case) -> Records:
    counts = case.table("drift").groupby(["kind", "state"]).size().reset_index(name="tests")
    counts = counts.sort_values(["tests", "kind", "state"], ascending=[False, True, True])
    return [{"kind": row["kind"], "state": row["state"], "tests": row["tests"]} for _, row in counts.iterrows()]


def cohorts(case: Case, *, lowest: bool) -> Records:
    people = case.people.assign(was_active=case.people["active_days"] > 0)
    rates = people.groupby("signup_cohort")["was_active"].mean().reset_index(name="rate")
    rates = rates.sort_values(["rate", "signup_cohort"], ascending=[lowest, True]).head(case.k())
    return [{"signup_cohort": row["signup_cohort"], "retention_rate": row["rate"]} for _, row in rates.iterrows()]


def cohort(case: Case) -> Records:
    found = []
    for week in (week for week in reversed(WEEKS) if week <= case.week):
        people = case.world.week(week)
        people = people[people["signup_cohort"] == case.given["cohort"]]
        found.append({"activity_week": week, "retention_rate": (people["active_days"] > 0).mean()})
    return found


def change(case: Case) -> Records:
    position = WEEKS.index(case.week)
    if position == 0:
        return []
    before, now = case.world.week(WEEKS[position - 1]), case.world.week(case.week)
    return one(
        customers_change=len(now) - len(before),
        expected_leavers_change=now["churn_probability"].sum() - before["churn_probability"].sum(),
        high_risk_customers_change=int(now["is_at_risk"].sum()) - int(before["is_at_risk"].sum()),
        revenue_30d_change_usd=now["revenue_30d_usd"].sum() - before["revenue_30d_usd"].sum(),
        revenue_at_risk_change_usd=now["revenue_at_risk_usd"].sum() - before["revenue_at_risk_usd"].sum(),
    )


def records(frame: pd.DataFrame, **columns: str) -> Records:
    """Rows of a frame, under the names that an answer gives its columns."""
    return [{shown: row[column] for shown, column in columns.items()} for row in frame.to_dict("records")]


def rows_of(case: Case, table: str, order: list[str], ascending: list[bool], **columns: str) -> Records:
    return records(case.table(table).sort_values(order, ascending=ascending), **columns)


def of_run(costs: pd.DataFrame) -> pd.DataFrame:
    """The stages of a run; questions to a language model are none of them."""
    return costs[costs["stage"] != "assistant"]


def groups_of(case: Case, table: str) -> pd.DataFrame:
    rows = case.table(table)
    return rows[rows["customers"] >= MINIMUM]


def fairness(case: Case) -> Records:
    rows = groups_of(case, "group_metrics")
    rows = rows[rows["state"] != "insufficient"].sort_values("selection_rate_ratio").head(case.k())
    return records(rows, group_name="group_name", selection_rate_ratio="selection_rate_ratio")


def selected(case: Case, *, lowest: bool) -> Records:
    rows = groups_of(case, "group_metrics")
    rows = rows[rows["state"] != "insufficient"]
    if "attribute" in case.given:
        rows = rows[rows["attribute"] == case.given["attribute"]]
    rows = rows.sort_values("selection_rate", ascending=lowest).head(case.k())
    return records(rows, attribute="attribute", group_name="group_name", selection_rate="selection_rate")


def attribute(case: Case, table: str, figure: str, *, lowest: bool) -> Records:
    rows = groups_of(case, table)
    rows = rows[rows["attribute"] == case.given["attribute"]].sort_values(
        [figure, "group_name"], ascending=[lowest, True]
    )
    return records(rows, group_name="group_name", **{figure: figure})


def gate_states(case: Case) -> Records:
    counts = case.table("gate_results")["state"].value_counts()
    return [{"state": state, "gates": int(n)} for state, n in counts.items()]


def money(people: pd.DataFrame, column: str) -> float:
    return float(people[column].sum())


def decile(people: pd.DataFrame, figure: str) -> Records:
    found = people.groupby("revenue_decile")[figure].sum().reset_index()
    return records(found, revenue_decile="revenue_decile", **{figure: figure})


UNFILTERED = {"segment_profile", "premium_profile", "platform_profile"}

RIGHT: dict[str, Callable[[Case], Records]] = {
    # customers
    "customers_scored": lambda c: one(customers=len(c.people)),
    "active_customers": lambda c: one(active_customers=int(c.people["is_active_30d"].sum())),
    "inactive_customers": lambda c: one(inactive_customers=int((~c.people["is_active_30d"]).sum())),
    "daily_active_users": lambda c: one(daily_active_users=c.people["active_days"].sum() / 7),
    "new_customers": lambda c: one(new_customers=int(c.people["is_new"].sum())),
    "mean_engagement": lambda c: one(mean_engagement_score=c.people["engagement_score"].mean()),
    "lifecycle_stages": lambda c: by(c.people, "lifecycle_stage", "customers", "customer_id", "count"),
    "engagement_tiers": lambda c: by(c.people, "engagement_tier", "customers", "customer_id", "count"),
    "engagement_tier_profile": lambda c: group_of(c.people, "engagement_tier", c.given["engagement_tier"]),
    "tenure_bands": lambda c: sorted(
        by(c.people, "tenure_band", "mean_churn_probability", "churn_probability", "mean"),
        key=lambda row: str(row["tenure_band"]),
    ),
    "creators_overview": lambda c: by(c.people, "creator_band", "customers", "customer_id", "count"),
    "creator_earnings": lambda c: one(creator_earnings_usd=money(c.people, "creator_earnings_usd")),
    "anomalies": lambda c: one(anomalous_customers=int(c.people["is_anomaly"].sum())),
    # risk
    "expected_leavers": lambda c: one(expected_leavers=c.people["churn_probability"].sum()),
    "expected_leavers_active": lambda c: one(
        expected_leavers_active=c.people.loc[c.people["is_active_30d"], "churn_probability"].sum()
    ),
    "mean_churn_probability": lambda c: one(mean_churn_probability=c.people["churn_probability"].mean()),
    "high_risk_customers": lambda c: one(high_risk_customers=int(c.people["is_at_risk"].sum())),
    "high_risk_share": lambda c: one(high_risk_share=c.people["is_at_risk"].mean()),
    "risk_tiers": lambda c: by(c.people, "churn_risk_tier", "customers", "customer_id", "count"),
    "revenue_at_risk": lambda c: one(revenue_at_risk_usd=money(c.people, "revenue_at_risk_usd")),
    "revenue_at_risk_share": lambda c: one(
        revenue_at_risk_share=money(c.people, "revenue_at_risk_usd") / money(c.people, "revenue_30d_usd")
    ),
    "value_at_risk": lambda c: one(value_at_risk_usd=money(c.people, "value_at_risk_usd")),
    "expected_ltv": lambda c: one(mean_expected_ltv_12m_usd=c.people["expected_ltv_12m_usd"].mean()),
    "predicted_revenue": lambda c: one(predicted_revenue_30d_usd=money(c.people, "predicted_revenue_30d_usd")),
    "score_histogram": lambda c: records(
        c.people.assign(score_bin=(c.people["churn_probability"] * 20).astype(int).clip(upper=19))
        .groupby("score_bin")["customer_id"].count().reset_index(name="customers"),
        score_bin="score_bin", customers="customers",
    ),
    "most_valuable_customers": lambda c: records(
        c.people.sort_values(["expected_ltv_12m_usd", "customer_id"], ascending=[False, True]).head(c.k()),
        customer_id="customer_id", expected_ltv_12m_usd="expected_ltv_12m_usd",
    ),
    "top_at_risk_customers": lambda c: records(
        c.people[c.people["is_active_30d"]].sort_values("value_at_risk_usd", ascending=False).head(c.k()),
        customer_id="customer_id", value_at_risk_usd="value_at_risk_usd",
    ),
    "customer_explained": lambda c: customer(c, "churn_probability", "reason_1", "reason_2", "reason_3"),
    "customer_score": lambda c: customer(c, "churn_probability", "churn_risk_tier"),
    "customer_value": lambda c: customer(c, "expected_ltv_12m_usd", "predicted_revenue_30d_usd"),
    "customer_action": lambda c: customer(c, "recommended_action", "expected_action_value_usd"),
    # money
    "revenue_30d": lambda c: one(revenue_30d_usd=money(c.people, "revenue_30d_usd")),
    "revenue_per_customer": lambda c: one(revenue_per_customer_usd=c.people["revenue_30d_usd"].mean()),
    "revenue_per_active_customer": lambda c: one(
        revenue_per_active_customer_usd=money(c.people, "revenue_30d_usd") / c.people["is_active_30d"].sum()
    ),
    "top_decile_share": lambda c: one(
        revenue_share=money(c.people[c.people["revenue_decile"] == 1], "revenue_30d_usd")
        / money(c.people, "revenue_30d_usd")
    ),
    "revenue_deciles": lambda c: decile(c.people, "revenue_30d_usd"),
    "decile_risk": lambda c: sorted(
        decile(c.people, "revenue_at_risk_usd"), key=lambda row: -float(row["revenue_at_risk_usd"])
    ),
    "premium_vs_free": lambda c: by(c.people, "premium_tier", "customers", "customer_id", "count"),
    "premium_profile": lambda c: group_of(c.people, "premium_tier", c.given["premium"]),
    "paying_share": lambda c: one(paying_share=(c.people["premium_tier"] != "Free").mean()),
    "platforms_overview": lambda c: by(
        c.people, "platform_primary", "mean_churn_probability", "churn_probability", "mean"
    ),
    "platform_profile": lambda c: group_of(c.people, "platform_primary", c.given["platform"]),
    # segments and places
    "segments_overview": lambda c: by(c.people, "segment", "customers", "customer_id", "count"),
    "segment_profile": lambda c: group_of(c.people, "segment", c.given["segment"]),
    "segments_by_high_risk": lambda c: by(c.people, "segment", "high_risk_customers", "is_at_risk", "sum"),
    "segments_by_size": lambda c: by(c.people, "segment", "customers", "customer_id", "count", lowest=True),
    "segments_by_churn": lambda c: by(c.people, "segment", "mean_churn_probability", "churn_probability", "mean"),
    "segments_by_loyalty": lambda c: by(
        c.people, "segment", "mean_churn_probability", "churn_probability", "mean", lowest=True
    ),
    "segments_by_value_at_risk": lambda c: by(c.people, "segment", "value_at_risk_usd", "value_at_risk_usd", "sum"),
    "segments_by_ltv": lambda c: by(
        c.people, "segment", "mean_expected_ltv_12m_usd", "expected_ltv_12m_usd", "mean"
    ),
    "segments_by_revenue": lambda c: by(c.people, "segment", "revenue_30d_usd", "revenue_30d_usd", "sum"),
    "segments_by_engagement": lambda c: by(c.people, "segment", "mean_engagement_score", "engagement_score", "mean"),
    "locations_by_customers": lambda c: places(c, "customers", "customer_id", "count"),
    "locations_by_churn": lambda c: places(c, "mean_churn_probability", "churn_probability", "mean"),
    "locations_by_loyalty": lambda c: places(c, "mean_churn_probability", "churn_probability", "mean", lowest=True),
    "locations_by_revenue": lambda c: places(c, "revenue_30d_usd", "revenue_30d_usd", "sum"),
    "locations_by_revenue_at_risk": lambda c: places(c, "revenue_at_risk_usd", "revenue_at_risk_usd", "sum"),
    "location_profile": lambda c: group_of(c.people, "location", c.given["location"]),
    # actions
    "churn_drivers": lambda c: themes(c, c.people, "raises"),
    "churn_drivers_at_risk": lambda c: themes(c, c.people[c.people["is_at_risk"]], "raises"),
    "retention_drivers": lambda c: themes(c, c.people, "lowers"),
    "driver_theme": lambda c: [
        {"direction": direction, "customers": int(n)}
        for direction, n in sorted(
            reasons(c.people).query("theme == @c.given['theme']").groupby("direction")["customer_id"].count().items(),
            reverse=True,
        )
    ],
    "customers_to_contact": lambda c: one(customers_to_contact=len(c.contacted)),
    "actions_by_type": lambda c: by(
        c.people[c.people["recommended_action"] != "none"], "action_name", "customers", "customer_id", "count"
    ),
    "action_profile": lambda c: one(
        customers=int((c.people["recommended_action"] == c.given["action"]).sum()),
        action_cost_usd=money(c.contacted[c.contacted["recommended_action"] == c.given["action"]], "action_cost_usd"),
    ),
    "actions_by_cost": actions_by_cost,
    "actions_by_channel": lambda c: by(c.contacted, "channel", "customers", "customer_id", "count"),
    "action_cost": lambda c: one(action_cost_usd=money(c.contacted, "action_cost_usd")),
    "action_value": lambda c: one(expected_action_value_usd=money(c.contacted, "expected_action_value_usd")),
    "action_return": lambda c: one(
        net_value_per_dollar_usd=money(c.contacted, "expected_action_value_usd") / money(c.contacted, "action_cost_usd")
    ),
    "best_actions": lambda c: records(
        c.contacted.sort_values(["expected_action_value_usd", "customer_id"], ascending=[False, True]).head(c.k()),
        customer_id="customer_id", expected_action_value_usd="expected_action_value_usd",
    ),
    "holdout_customers": lambda c: one(holdout_customers=int(c.people["is_holdout"].sum())),
    "customers_without_action": lambda c: one(customers=int((c.people["recommended_action"] == "none").sum())),
    # trends
    "week_summary": lambda c: one(
        customers=len(c.people),
        expected_leavers=c.people["churn_probability"].sum(),
        revenue_30d_usd=money(c.people, "revenue_30d_usd"),
    ),
    "week_change": change,
    "customers_trend": lambda c: of_every_week(c, customers=len),
    "churn_trend": lambda c: of_every_week(c, expected_leavers=lambda people: people["churn_probability"].sum()),
    "revenue_trend": lambda c: of_every_week(c, revenue_30d_usd=lambda people: people["revenue_30d_usd"].sum()),
    "engagement_trend": lambda c: of_every_week(
        c, mean_engagement_score=lambda people: people["engagement_score"].mean()
    ),
    "actions_trend": lambda c: of_every_week(c, actions=lambda people: int(people["is_contacted"].sum())),
    "retention_rate": lambda c: one(
        retention_rate=(c.people["active_days"] > 0).mean(), active_customers=int((c.people["active_days"] > 0).sum())
    ),
    "cohort_profile": cohort,
    "best_cohorts": lambda c: cohorts(c, lowest=False),
    "worst_cohorts": lambda c: cohorts(c, lowest=True),
    "published_weeks": lambda c: [{"week": week, "published_weeks": len(WEEKS)} for week in reversed(WEEKS)],
    # trust
    "model_auc": lambda c: metric(c, "churn", "auc", "auc"),
    "model_calibration": lambda c: metric(c, "churn", "expected_calibration_error", "expected_calibration_error"),
    "reliability": lambda c: rows_of(
        c, "reliability", ["bin"], [True], predicted_probability="predicted", observed_share="observed"
    ),
    "model_metrics": lambda c: rows_of(
        c, "model_scorecard", ["model", "population", "metric"], [True] * 3, metric="metric", value="value"
    ),
    "revenue_model_error": lambda c: metric(c, "revenue", "mae", "mean_absolute_error_usd"),
    "engagement_model_error": lambda c: metric(c, "engagement", "mae", "mean_absolute_error"),
    "model_version": lambda c: one(
        model_version=c.people["model_version"].iloc[0], scored_at=c.people["scored_at"].max().to_pydatetime()
    ),
    "lift_at": lambda c: records(
        c.table("lift")[(c.table("lift")["share_contacted"] * 100).round(6) == c.given.get("percent", 10)],
        lift="lift", recall="recall",
    ),
    "lift_table": lambda c: rows_of(
        c, "lift", ["share_contacted"], [True], share_contacted="share_contacted", lift="lift"
    ),
    "important_features": lambda c: rows_of(
        c, "importance", ["model", "importance"], [True, False], label="label", importance="importance"
    )[: c.k()],
    "fairness_lowest": fairness,
    "groups_selected_most": lambda c: selected(c, lowest=False),
    "groups_selected_least": lambda c: selected(c, lowest=True),
    "fairness_by_attribute": lambda c: attribute(c, "group_metrics", "selection_rate_ratio", lowest=True),
    "offer_rates": lambda c: attribute(c, "offer_rates", "offer_rate", lowest=False),
    "gates_status": gate_states,
    "gates_not_passed": lambda c: records(
        c.table("gate_results").query("state != 'passed'"), gate="gate", state="state", message="message"
    ),
    "gate_result": lambda c: records(
        c.table("gate_results").query("gate == @c.given['gate']"), state="state", value="value", message="message"
    ),
    "score_drift": lambda c: records(c.table("score_drift").dropna(subset=["psi"]), psi="psi"),
    "quarantined_rows": lambda c: rows_of(
        c, "row_accounting", ["rows_quarantined", "source_table"], [False, True],
        source_table="source_table", rows_quarantined="rows_quarantined", rows_in="rows_in",
    ),
    "run_stages": lambda c: rows_of(c, "stage_usage", ["seconds"], [False], stage="stage", seconds="seconds"),
    "run_duration": lambda c: one(seconds=c.table("stage_usage")["seconds"].sum()),
    # watching
    "remaining_weeks": lambda c: one(mean_remaining_weeks=c.people["expected_remaining_weeks"].mean()),
    "segments_by_remaining_weeks": lambda c: by(
        c.people, "segment", "mean_remaining_weeks", "expected_remaining_weeks", "mean"
    ),
    "customer_remaining_weeks": lambda c: customer(c, "expected_remaining_weeks"),
    "survival_curve": lambda c: rows_of(
        c, "survival_curve", ["week_ahead"], [True], predicted_share="predicted", observed_share="observed"
    ),
    "drift_states": drift_states,
    "drifted_features": lambda c: records(
        c.table("drift").query("kind == 'feature'").sort_values(["psi", "name"], ascending=[False, True]).head(c.k()),
        name="name", psi="psi", state="state",
    ),
    "model_promises": lambda c: records(
        c.table("model_performance").dropna(subset=["realised_value"]).sort_values(["population", "metric"]),
        metric="metric", estimated_value="estimated_value", realised_value="realised_value",
    ),
    "model_estimates": lambda c: rows_of(
        c, "model_performance", ["population", "metric"], [True, True],
        metric="metric", estimated_value="estimated_value", estimated_upper="estimated_upper",
    ),
    "calibration_slices": lambda c: rows_of(
        c, "calibration_by_slice", ["calibration_error"], [False],
        slice_name="slice_name", calibration_error="calibration_error",
    )[: c.k()],
    "run_cost": lambda c: one(
        run_usd=of_run(c.table("engage_costs"))["usd"].sum(),
        per_thousand_customers_usd=of_run(c.table("engage_costs"))["usd"].sum() / CUSTOMERS * 1000,
    ),
    "run_cost_stages": lambda c: records(
        of_run(c.table("engage_costs")).sort_values("usd", ascending=False), stage="stage", stage_usd="usd"
    ),
    "assistant_cost": lambda c: one(
        questions_usd=c.table("engage_costs").query("stage == 'assistant'")["usd"].sum()
    ),
    "run_cost_trend": lambda c: [
        {"week": week, "run_usd": of_run(c.world.table("engage_costs", week))["usd"].sum()}
        for week in reversed(WEEKS) if week <= c.week
    ],
    "run_memory": lambda c: one(peak_memory_mb=c.table("stage_usage")["peak_memory_mb"].max()),
    "qa_sample_size": lambda c: one(sampled_customers=len(c.people.head(400))),
}  # fmt: skip
