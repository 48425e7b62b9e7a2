"""Figures of the cost report: what was measured, what is estimated."""

from collections.abc import Sequence

from engage_reports.cost.estimate import Stage, StageCost, Variant
from engage_reports.cost.facts import Scenario
from engage_reports.cost.prices import EarlierEstimate
from engage_reports.kit import look
from engage_reports.kit.plot import Figure, Trace, bars, figure, named_rows
from engage_reports.wording import plain


def measured(stages: Sequence[Stage], height: float) -> Figure:
    """Elapsed and processor seconds by stage."""
    shown = list(reversed(stages))
    series = (
        ("Elapsed", look.BLUE, [stage.seconds for stage in shown]),
        ("Processor", look.SKY, [stage.cpu_seconds for stage in shown]),
    )
    traces: list[Trace] = [
        {**bars(values, list(range(len(shown))), colour, name), "orientation": "h"} for name, colour, values in series
    ]
    return figure(
        traces,
        height,
        barmode="group",
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={"title": "Seconds", "rangemode": "tozero"},
        yaxis=named_rows([plain(stage.name) for stage in shown]),
    )


def estimated(stages: Sequence[StageCost], height: float) -> Figure:
    """USD of one run by stage, split by what is paid for."""
    shown = list(reversed(stages))
    series = (
        ("Fargate", look.BLUE, [stage.compute for stage in shown]),
        ("Athena", look.ORANGE, [stage.athena for stage in shown]),
        ("S3 requests", look.GREEN, [stage.requests for stage in shown]),
        ("Logs", look.GREY, [stage.logs for stage in shown]),
    )
    traces: list[Trace] = [
        {**bars(values, list(range(len(shown))), colour, name), "orientation": "h"} for name, colour, values in series
    ]
    return figure(
        traces,
        height,
        barmode="stack",
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={"title": "USD for one run", "tickprefix": "$", "tickformat": ".4~f", "rangemode": "tozero"},
        yaxis=named_rows([plain(stage.name) for stage in shown], 30),
    )


def month(variants: Sequence[Variant], height: float) -> Figure:
    """USD a month of each variant, split by what is paid for."""
    shown = list(reversed(variants))
    series = (
        ("Runs", look.BLUE, [each.runs for each in shown]),
        ("Storage", look.GREY, [each.storage for each in shown]),
        ("Standing", look.ORANGE, [each.standing for each in shown]),
    )
    traces: list[Trace] = [
        {**bars(values, list(range(len(shown))), colour, name), "orientation": "h"} for name, colour, values in series
    ]
    return figure(
        traces,
        height,
        barmode="stack",
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={"title": "USD a month", "tickprefix": "$", "rangemode": "tozero"},
        yaxis=named_rows([each.name for each in shown], 34),
    )


def scale(found: Sequence[Scenario], earlier: Sequence[EarlierEstimate], height: float) -> Figure:
    """USD a month by number of customers, in the two ways to run the orchestrator, beside the earlier estimates."""
    sizes = [each.customers for each in found]
    series = (
        ("Off between the runs", look.BLUE, "circle", [each.estimate.variants[0].total for each in found]),
        ("Always on", look.ORANGE, "square", [each.estimate.variants[2].total for each in found]),
    )
    traces: list[Trace] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": sizes,
            "y": values,
            "name": name,
            "line": {"color": colour, "width": 2},
            "marker": {"symbol": symbol, "size": 7},
        }
        for name, colour, symbol, values in series
    ]
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [each.customers for each in earlier],
            "y": [each.month for each in earlier],
            "name": "Earlier estimates",
            "marker": {"color": look.VERMILLION, "symbol": "diamond", "size": 9},
        }
    )
    return figure(
        traces,
        height,
        showlegend=True,
        xaxis={"title": "Customers", "type": "log", "dtick": 1, "tickformat": ",~s"},
        yaxis={"title": "USD a month", "type": "log", "dtick": 1, "tickprefix": "$", "tickformat": ",~s"},
    )
