"""The figures of the dashboard, from the same tables and the same reading as the reports."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from engage_reports.engagement import evidence, reasons_and_actions
from engage_reports.engagement.groups import TIER_ORDER
from engage_reports.engagement.headline import PreviousWeek, headline, previous_week, weeks_so_far
from engage_reports.errors import ReportError
from engage_reports.frames import Tables, number, rows, text
from engage_reports.house_words import words
from engage_reports.wording import plain

RISKY_KEPT = 500
CELLS = "analytics.customer_cells"
SUMS = (
    *("customers", "active_customers", "expected_leavers", "revenue_30d_usd", "revenue_at_risk_usd"),
    *("value_at_risk_usd", "contacts", "action_cost_usd", "expected_action_value_usd"),
)


def dashboard_data(tables: Tables, week: date) -> dict[str, Any]:
    """Everything that the page shows; a table that is honestly empty is an empty list.

    Raises:
        ReportError: a table, a column or a figure is missing or not finite, or the cells do not add up to the week.
    """
    now, before = headline(tables), previous_week(tables, week)
    cells = customer_cells(tables)
    counted = sum(row[5] for row in cells["rows"])
    if cells["rows"] and counted != now.customers:
        raise ReportError(
            f"{CELLS} holds {float(counted):,.0f} customers, analytics.weekly_summary {float(now.customers):,.0f}; "
            "they must be the same. Build both of the same run."
        )
    previous = (
        {
            "week": before.week.isoformat(),
            "customers": before.headline.customers,
            "leavers": before.headline.expected_leavers,
        }
        if isinstance(before, PreviousWeek)
        else None
    )
    return {
        "words": {
            "sign": words().sign,
            "churn": words().churn_means,
            "within": words().over("in"),
            "window": words().over(","),
            "revenue": words().over("of"),
            "one": words().customer,
            "many": words().customers,
        },
        "cells": cells,
        "previous": previous,
        "risky": [
            [
                each.rank,
                each.customer_id,
                each.segment,
                round(float(each.churn_probability), 4),
                each.ltv_usd,
                each.value_at_risk_usd,
                without_value(each.reason),
                plain(each.action),
            ]
            for each in reasons_and_actions.at_risk(tables)[:RISKY_KEPT]
        ],
        "actions": [
            [each.name, plain(each.channel), each.contacted, each.holdout, each.cost_usd, each.value_usd]
            for each in reasons_and_actions.actions(tables)
        ],
        "reliability": [
            [each.predicted, each.observed, each.lower, each.upper, each.customers]
            for each in evidence.reliability(tables)
        ],
        "scorecard": [
            [plain(each.model), each.population, plain(each.name), each.value, each.lower, each.upper]
            for each in evidence.scorecard(tables)
        ],
        "fairness": [
            [
                plain(each.attribute).lower(),
                each.group,
                each.customers,
                each.ratio,
                each.ratio_lower,
                each.ratio_upper,
                each.state,
            ]
            for each in evidence.fairness(tables)
        ],
        "weeks": [
            [
                day.isoformat(),
                each.daily_active_users,
                each.active_churn_rate,
                each.revenue_at_risk_usd,
                each.customers,
            ]
            for day, each in weeks_so_far(tables, week)
        ],
        "gates": [[each.gate, each.asset, each.state, words().said(each.message)] for each in evidence.gates(tables)],
    }


def customer_cells(tables: Tables) -> dict[str, Any]:
    """The cells as rows of numbers: places of segment, tier and location in their lists, the two bands, the sums."""
    if not tables.has_rows(CELLS):
        return {"segments": [], "tiers": [], "locations": [], "rows": []}
    keys = ("segment", "engagement_tier", "location", "churn_band", "value_band")
    found = rows(tables, CELLS, (*keys, *SUMS))
    segments, locations = (sorted({text(row, name) for row in found}) for name in ("segment", "location"))
    tiers = sorted({text(row, "engagement_tier") for row in found}, key=_tier_place)
    return {
        "segments": segments,
        "tiers": tiers,
        "locations": locations,
        "rows": [
            [
                segments.index(text(row, "segment")),
                tiers.index(text(row, "engagement_tier")),
                locations.index(text(row, "location")),
                int(number(row, "churn_band", CELLS)),
                int(number(row, "value_band", CELLS)),
                *(_short(number(row, name, CELLS)) for name in SUMS),
            ]
            for row in found
        ],
    }


def without_value(reason: str) -> str:
    """The reason without the customer's own value: "Days since last seen: 91, high" becomes "Days since last seen"."""
    return reason.split(":", 1)[0]


def _short(value: float) -> float:
    """Two decimals: a cell needs no more, and the file stays small."""
    rounded = round(float(value), 2)
    return int(rounded) if rounded == int(rounded) else rounded


def _tier_place(name: str) -> tuple[int, str]:
    known: Sequence[str] = TIER_ORDER
    return (known.index(name) if name in known else len(known), name)
