"""The named queries: one for each table that the reports read, and the only way in which they get figures.

``{week}`` is the Monday of the published week. A query that need not have rows, or whose table may not exist yet, is in
`OPTIONAL`: what it would show is then said to be not available.
"""

import re
from collections.abc import Iterable, Set
from datetime import date

_TABLES = re.compile(r"published\.(\w+)")


def whole_table(name: str) -> str:
    """The SQL that reads the week's rows of the published table ``name`` (kind.table)."""
    return f"select * from published.{name.rpartition('.')[2]} where week = date '{{week}}'"


_ANALYTICS = (
    *("weekly_summary", "engagement_tiers", "tenure_engagement", "cohort_retention", "at_risk_customers"),
    *("revenue_concentration", "segments", "churn_drivers", "locations", "platforms", "creators"),
    *("premium_vs_free", "recommended_actions", "model_scorecard", "reliability", "lift", "importance"),
)
_MONITORING = ("score_drift", "score_distribution", "row_accounting", "gate_results", "stage_usage")
_FAIRNESS = ("group_metrics", "offer_rates")

QUERIES: dict[str, str] = {
    **{f"analytics.{table}": whole_table(table) for table in _ANALYTICS},
    **{f"monitoring.{table}": whole_table(table) for table in _MONITORING},
    **{f"fairness.{table}": whole_table(table) for table in _FAIRNESS},
    "analytics.initiatives": """
        select
            actions.recommended_action, actions.action_name, actions.channel, scores.segment,
            count(*) as customers,
            sum(actions.action_cost_usd) as cost_usd,
            sum(actions.expected_action_value_usd) as value_usd,
            sum(actions.churn_probability) as expected_leavers,
            sum(
                (actions.expected_action_value_usd + actions.action_cost_usd) / nullif(scores.expected_ltv_12m_usd, 0)
            ) as expected_saved
        from published.action_list as actions
        inner join published.customer_scores as scores
            on actions.week = scores.week and actions.run_id = scores.run_id
            and actions.customer_id = scores.customer_id
        where actions.week = date '{week}'
        group by actions.recommended_action, actions.action_name, actions.channel, scores.segment""",
    "analytics.contact_list": """
        with ranked as (
            select
                churn_probability, expected_ltv_12m_usd,
                row_number() over (order by churn_probability desc, customer_id) as place, count(*) over () as active
            from published.customer_scores where week = date '{week}' and is_active_30d
        )
        select
            steps.share_contacted,
            count(*) as customers,
            sum(ranked.churn_probability) as expected_leavers,
            sum(ranked.churn_probability * ranked.expected_ltv_12m_usd) as value_at_risk_usd
        from ranked
        inner join (values (0.01), (0.05), (0.1), (0.2), (0.3), (1.0)) as steps (share_contacted)
            on ranked.place <= ranked.active * steps.share_contacted
        group by steps.share_contacted order by steps.share_contacted""",
    "analytics.customer_cells": whole_table("analytics.customer_cells"),
    "analytics.survival_curve": whole_table("analytics.survival_curve"),
    "monitoring.drift": whole_table("monitoring.drift"),
    "monitoring.truth_scorecard": whole_table("monitoring.truth_scorecard"),
    "history.model_performance": """
        select * from published.model_performance where week <= date '{week}' and realised_value is not null""",
    "history.engage_costs": """
        select week, run_id, max(customers) as customers, sum(seconds) as seconds, sum(usd) as usd
        from published.engage_costs where week <= date '{week}' and stage <> 'assistant'
        group by week, run_id order by week""",
    "history.weekly_summary": "select * from published.weekly_summary where week <= date '{week}' order by week",
}
"""SQL by name; the name's first part says what kind of table it is."""

FRAMES = tuple(QUERIES)
"""The names of the results that `build_reports` is given."""


OPTIONAL = frozenset(
    {
        *("analytics.customer_cells", "analytics.initiatives", "analytics.contact_list", "analytics.survival_curve"),
        *("monitoring.drift", "monitoring.truth_scorecard", "history.model_performance", "history.engage_costs"),
    }
)
"""Queries that may have no result, or no table yet."""


def answerable(tables: Set[str]) -> tuple[str, ...]:
    """The queries whose tables of the schema ``published`` are all there; an optional one is left out otherwise."""
    return tuple(name for name, sql in QUERIES.items() if name not in OPTIONAL or set(_TABLES.findall(sql)) <= tables)


def statements(week: date, names: Iterable[str] = FRAMES) -> dict[str, str]:
    """The SQL of these queries for a week, by name."""
    return {name: " ".join(QUERIES[name].format(week=week.isoformat()).split()) for name in names}
