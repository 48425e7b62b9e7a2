"""Figures about groups of customers: tiers, who leaves, why."""

from collections.abc import Sequence
from typing import Any

from engage_reports.engagement.groups import Group, Tier
from engage_reports.engagement.reasons_and_actions import Driver
from engage_reports.frames import ratio
from engage_reports.house_words import words
from engage_reports.kit import look
from engage_reports.kit.plot import SHARE_AXIS, Figure, Trace, bars, figure, label, line, named_rows, note, panel_title
from engage_reports.wording import count, pct, plain


def tier_shares(tiers: Sequence[Tier], height: float) -> Figure:
    """Each tier's share of customers, daily actives and revenue; beside it each tier's churn probability."""
    names = [label(tier.name) for tier in tiers]
    actives, revenue = sum(t.daily_active_users for t in tiers), sum(t.revenue_30d_usd for t in tiers)
    daily = ("Daily actives", look.SKY, [ratio(tier.daily_active_users, actives) for tier in tiers])
    series = [
        ("Customers", look.GREY, [tier.customer_share for tier in tiers]),
        *([daily] if words().knows_days else []),
        (f"Revenue{words().over(',')}", look.BLUE, [ratio(tier.revenue_30d_usd, revenue) for tier in tiers]),
    ]
    traces: list[Trace] = [bars(names, values, colour, name) for name, colour, values in series]
    churn = [tier.churn_probability for tier in tiers]
    traces.append({**bars(names, churn, look.VERMILLION, "churn"), "xaxis": "x2", "yaxis": "y2", "showlegend": False})
    return figure(
        traces,
        height,
        barmode="group",
        showlegend=True,
        top=44,
        legend={"orientation": "h", "x": 0, "y": 1.09, "yanchor": "bottom"},
        xaxis={"domain": [0, 0.62]},
        yaxis={"title": "Share of the total", **SHARE_AXIS},
        xaxis2={"domain": [0.74, 1], "anchor": "y2"},
        yaxis2={"title": f"Churn probability{words().over(',')}", "anchor": "x2", **SHARE_AXIS},
        annotations=[panel_title("Shares by engagement tier", 0), panel_title("Risk by tier", 0.74)],
    )


def leaving(panels: Sequence[tuple[str, Sequence[Group]]], overall: float, height: float) -> Figure:
    """Up to four panels of horizontal bars, two in a row: mean churn probability by group; dotted: all customers.

    The values stand in a column beside the bars, where no bar or line runs through them.
    """
    highest = max([group.churn_probability for _, groups in panels for group in groups] + [overall, 0.01])
    traces: list[Trace] = []
    layout: dict[str, Any] = {}
    notes, shapes = [], []
    for number, (title, groups) in enumerate(panels, start=1):
        suffix = "" if number == 1 else str(number)
        left = 0.17 if number % 2 else 0.7
        up = (0.0, 0.88) if len(panels) < 3 else (0.57, 0.94) if number < 3 else (0.0, 0.37)
        shown = list(reversed(groups))
        colours = [_risk_colour(group.churn_probability, overall) for group in shown]
        traces.append(
            {
                **bars([group.churn_probability for group in shown], list(range(len(shown))), look.SKY, title),
                "orientation": "h",
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
                "marker": {"color": colours},
            }
        )
        axis = {"domain": [left, left + 0.17], "anchor": f"y{suffix}", "tickformat": ".0%", "nticks": 4}
        layout[f"xaxis{suffix}"] = {**axis, "range": [0, highest * 1.05]}
        names = named_rows([plain(group.name) for group in shown], 17)
        layout[f"yaxis{suffix}"] = {**names, "domain": list(up), "anchor": f"x{suffix}", "automargin": False}
        notes.append(panel_title(title, left, up[1]))
        for row, group in enumerate(shown):
            words = f"{pct(group.churn_probability)}, {count(group.expected_leavers)}"
            place = {"xref": "paper", "yref": f"y{suffix}", "xanchor": "right", "yanchor": "middle"}
            notes.append(note(words, left + 0.295, row, **place))
        shapes.append(line(x0=overall, x1=overall, y0=0, y1=1, xref=f"x{suffix}", yref=f"y{suffix} domain"))
    return figure(traces, height, annotations=notes, shapes=shapes, top=8, **layout)


def drivers(everyone: Sequence[Driver], at_risk: Sequence[Driver], height: float) -> Figure:
    """Share of customers for whom a theme is among the three reasons: all against at-risk, raising against lowering."""
    traces: list[Trace] = []
    for place, direction in enumerate(("raises", "lowers")):
        themes = _themes([*at_risk, *everyone], direction)
        for name, colour, found in (("All customers", look.GREY, everyone), ("At risk", look.VERMILLION, at_risk)):
            share = {driver.theme: driver.customer_share for driver in found if driver.direction == direction}
            traces.append(
                {
                    **bars(
                        [share.get(theme, 0.0) for theme in themes], [label(plain(t)) for t in themes], colour, name
                    ),
                    "orientation": "h",
                    "xaxis": "x" if place == 0 else "x2",
                    "yaxis": "y" if place == 0 else "y2",
                    "showlegend": place == 0,
                    "legendgroup": name,
                }
            )
    return figure(
        traces,
        height,
        barmode="group",
        showlegend=True,
        top=46,
        legend={"orientation": "h", "x": 0, "y": 1.08, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={"domain": [0, 0.4], "title": "Share of customers", **SHARE_AXIS},
        yaxis={"type": "category"},
        xaxis2={"domain": [0.6, 1], "anchor": "y2", "title": "Share of customers", **SHARE_AXIS},
        yaxis2={"anchor": "x2", "type": "category"},
        annotations=[panel_title("Raises the risk", 0), panel_title("Lowers the risk", 0.6)],
    )


def _risk_colour(probability: float, overall: float) -> str:
    """Above the average in vermillion, else blue: lighter and darker in grey too."""
    return look.VERMILLION if probability > overall else look.SKY


def _themes(found: Sequence[Driver], direction: str) -> list[str]:
    """Themes of one direction, least frequent first (plotly draws bars upwards)."""
    share: dict[str, float] = {}
    for driver in found:
        if driver.direction == direction:
            share[driver.theme] = max(share.get(driver.theme, 0.0), driver.customer_share)
    return sorted(share, key=lambda theme: share[theme])[-9:]
