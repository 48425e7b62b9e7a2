"""Stand-ins for the project's macros, for sqlfluff: it renders Jinja without dbt, so it cannot dispatch to an adapter.

Each returns SQL of the same shape as the macro of the same name in ``macros/``. Variables are of ``dbt_project.yml``.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

WEEK = "date '2026-11-09'"

_VARIABLES: Mapping[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "dbt_project.yml").read_text())["vars"]


def var(name: str, default: Any = None) -> Any:
    return _VARIABLES.get(name, default)


def config(**_: Any) -> str:
    return ""


def ref(name: str) -> str:
    return name


def lake_source(source: str, table: str) -> str:
    return f"{source}_{table}"


def previous_published_run() -> str:
    return "select week, run_id from lake_published"


def scored_week() -> str:
    return WEEK


def this_week() -> str:
    return WEEK


def run_id() -> str:
    return "'run'"


def add_days(day: str, days: int | str) -> str:
    return f"date_add({day}, {days})"


def add_weeks(week: str, weeks: int) -> str:
    return add_days(week, 7 * weeks)


def days_between(start: str, end: str) -> str:
    return f"date_diff({start}, {end})"


def as_timestamp(expression: str) -> str:
    return f"cast({expression} as timestamp)"


def as_of(week: str, days: int = 0) -> str:
    return as_timestamp(add_days(week, 7 + days))


def complete_units(unit: str, start: str, end: str) -> str:
    return f"date_sub('{unit}', {start}, {end})"


def slice_predicate(replaces: str) -> str:
    return f"week = {WEEK} and run_id = {run_id()}" if replaces == "run" else f"week = {WEEK}"


def safe_divide(numerator: str, denominator: str, otherwise: str = "null") -> str:
    return f"coalesce({numerator} / nullif({denominator}, 0), {otherwise})"


def percent_of(part: str, whole: str) -> str:
    return f"least(100.0, {safe_divide(part, whole)})"


def text_hash(expression: str) -> str:
    return f"md5({expression})"


def total_revenue_month_usd() -> str:
    return "(monthly_subscription_usd + iap_spending_month_usd + ad_revenue_generated_month_usd)"


def engagement_score_week() -> str:
    return "round(active_days / 7.0, 6)"


def sum_before(column: str, weeks: int) -> str:
    return " + ".join(f"coalesce(before_{lag}.{column}, 0)" for lag in range(1, weeks + 1))


def trend_inputs() -> list[str]:
    return list(_VARIABLES["trend_behaviours"])


def last_seen_column_names(behaviours: Sequence[str]) -> list[str]:
    return [f"{x}_last_seen" for x in behaviours]


def trend_column_names(behaviours: Sequence[str]) -> list[str]:
    return [f"{x}_{suffix}" for x in behaviours for suffix in ("mean_4w", "delta_1w", "delta_4w", "ratio_4w")]


def trend_columns(behaviours: Sequence[str]) -> str:
    return "\n        ".join(f"now.{x} as {x}_mean_4w," for x in behaviours)


def last_seen_columns(behaviours: Sequence[str]) -> str:
    return "\n        ".join(f"now.{x} as {x}_last_seen," for x in behaviours)


def usd(expression: str) -> str:
    return f"round({expression}, 2)"


def mean(expression: str) -> str:
    return f"round(avg({expression}), 6)"


def rate(part: str, whole: str) -> str:
    return f"round({safe_divide(part, whole)}, 6)"


def share_of_run(aggregate: str) -> str:
    return rate(aggregate, f"sum({aggregate}) over ()")


def running_share_of_run(aggregate: str, order_by: str) -> str:
    return rate(f"sum({aggregate}) over (order by {order_by})", f"sum({aggregate}) over ()")


def mean_daily(active_days: str) -> str:
    return f"round(sum({active_days}) / 7.0, 6)"


def score_bin(probability: str) -> str:
    return f"least(floor(20 * {probability}), 19)"
