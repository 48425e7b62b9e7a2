"""Figures about the model and what is done with it: reliability, contacting, fairness, actions."""

from collections.abc import Sequence

from engage_reports.engagement.evidence import Contacting, FairnessGroup, ReliabilityBin
from engage_reports.engagement.reasons_and_actions import ActionLine
from engage_reports.house_words import words
from engage_reports.kit import look
from engage_reports.kit.plot import Figure, Trace, figure, line, named_rows, panel_title
from engage_reports.wording import plain, shortened, usd


def quality(bins: Sequence[ReliabilityBin], contacting: Sequence[Contacting], height: float) -> Figure:
    """Left: predicted against observed share of leavers, with intervals. Right: leavers reached by share contacted."""
    top = max([1e-3, *(each.upper for each in bins), *(each.predicted for each in bins)]) * 1.06
    observed: Trace = {
        "type": "scatter",
        "mode": "markers+lines",
        "x": [each.predicted for each in bins],
        "y": [each.observed for each in bins],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [max(0.0, each.upper - each.observed) for each in bins],
            "arrayminus": [max(0.0, each.observed - each.lower) for each in bins],
            "color": look.BLUE,
            "thickness": 1,
            "width": 3,
        },
        "marker": {"color": look.BLUE, "size": 6},
        "line": {"color": look.BLUE, "width": 1.2},
    }
    reached: Trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [0.0, *(each.share for each in contacting)],
        "y": [0.0, *(each.recall for each in contacting)],
        "line": {"color": look.VERMILLION, "width": 2},
        "xaxis": "x2",
        "yaxis": "y2",
    }
    return figure(
        [observed, reached],
        height,
        xaxis={"domain": [0, 0.44], "title": "Predicted share of leavers", "tickformat": ".0%", "range": [0, top]},
        yaxis={"title": "Observed share of leavers", "tickformat": ".0%", "range": [0, top]},
        xaxis2={
            "domain": [0.58, 1],
            "anchor": "y2",
            "title": "Share contacted",
            "tickformat": ".0%",
            "range": [0, 1.02],
        },
        yaxis2={"anchor": "x2", "title": "Share of leavers reached", "tickformat": ".0%", "range": [0, 1.04]},
        shapes=[
            line(x0=0, y0=0, x1=top, y1=top, xref="x", yref="y"),
            line(x0=0, y0=0, x1=1, y1=1, xref="x2", yref="y2"),
        ],
        annotations=[
            panel_title("Are the probabilities right?", 0),
            panel_title("Does the ranking find leavers?", 0.58),
        ],
    )


def fairness(groups: Sequence[FairnessGroup], height: float) -> Figure:
    """Selection-rate ratio by group with its interval; the dotted line is equal treatment."""
    shown = [group for group in reversed(groups) if group.ratio is not None]
    names = [f"{shortened(group.group, 26)} · {plain(group.attribute).lower()}" for group in shown]
    ratios = [group.ratio or 0.0 for group in shown]
    colours = {"passed": look.BLUE, "failed": look.VERMILLION}
    trace: Trace = {
        "type": "scatter",
        "mode": "markers",
        "x": ratios,
        "y": list(range(len(shown))),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [max(0.0, (group.ratio_upper or r) - r) for group, r in zip(shown, ratios, strict=True)],
            "arrayminus": [max(0.0, r - (group.ratio_lower or r)) for group, r in zip(shown, ratios, strict=True)],
            "thickness": 1,
            "width": 3,
            "color": look.MUTED,
        },
        "marker": {
            "size": 8,
            "color": [colours.get(group.state, look.GREY) for group in shown],
            "symbol": ["circle" if group.state == "passed" else "diamond" for group in shown],
        },
    }
    return figure(
        [trace],
        height,
        xaxis={"title": "Selection rate against that of all customers, turned to be at most 1"},
        yaxis={**named_rows(names, 52), "tickfont": {"size": 9}},
        shapes=[line(x0=1, x1=1, y0=0, y1=1, xref="x", yref="paper")],
        top=8,
    )


def actions(lines: Sequence[ActionLine], height: float) -> Figure:
    """Cost and expected value after cost of each action."""
    shown = list(reversed(lines))
    traces: list[Trace] = [
        {
            "type": "bar",
            "orientation": "h",
            "x": values,
            "y": list(range(len(shown))),
            "name": name,
            "marker": {"color": colour},
            "text": [usd(value) for value in values],
            "textposition": "outside",
            "cliponaxis": False,
        }
        for name, colour, values in (
            ("Cost", look.GREY, [action.cost_usd for action in shown]),
            ("Expected value after cost", look.GREEN, [action.value_usd for action in shown]),
        )
    ]
    top = max([1.0, *(action.value_usd for action in lines), *(action.cost_usd for action in lines)])
    return figure(
        traces,
        height,
        barmode="group",
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={"title": f"{words().currency} this week", "tickprefix": words().sign, "range": [0, top * 1.14]},
        yaxis=named_rows([action.name for action in shown], 34),
    )
