"""Figures of the cost report: what was measured, what is estimated."""

from collections.abc import Mapping, Sequence

from engage_reports.cost.estimate import Stage, StageCost, Variant
from engage_reports.cost.facts import Scenario
from engage_reports.cost.prices import EarlierEstimate
from engage_reports.kit import look
from engage_reports.kit.plot import Figure, Trace, bars, figure, named_rows
from engage_reports.wording import plain


def measured(stages: Sequence[Stage], height: float) -> Figure:
    """Elapsed and processor seconds by stage."""
    series = (
        ("Elapsed", look.BLUE, [stage.seconds for stage in stages]),
        ("Processor", look.SKY, [stage.cpu_seconds for stage in stages]),
    )
    return _rows([plain(stage.name) for stage in stages], series, height, "group", {"title": "Seconds"})


def estimated(stages: Sequence[StageCost], height: float) -> Figure:
    """USD of one run by stage, split by what is paid for."""
    series = (
        ("Fargate", look.BLUE, [stage.compute for stage in stages]),
        ("Athena", look.ORANGE, [stage.athena for stage in stages]),
        ("S3 requests", look.GREEN, [stage.requests for stage in stages]),
        ("Logs", look.GREY, [stage.logs for stage in stages]),
    )
    axis = {"title": "USD for one run", "tickprefix": "$", "tickformat": ".4~f"}
    return _rows([plain(stage.name) for stage in stages], series, height, "stack", axis)


def month(variants: Sequence[Variant], height: float) -> Figure:
    """USD a month of each variant, split by what is paid for."""
    series = (
        ("Runs", look.BLUE, [each.runs for each in variants]),
        ("Storage", look.GREY, [each.storage for each in variants]),
        ("Standing", look.ORANGE, [each.standing for each in variants]),
    )
    axis = {"title": "USD a month", "tickprefix": "$"}
    return _rows([each.name for each in variants], series, height, "stack", axis)


def _rows(
    names: Sequence[str],
    series: Sequence[tuple[str, str, Sequence[float]]],
    height: float,
    barmode: str,
    axis: Mapping[str, str],
) -> Figure:
    """Horizontal bars, one row a name from the top; several series side by side (group) or one after the other."""
    places = list(range(len(names)))
    traces: list[Trace] = [
        {**bars(list(reversed(values)), places, colour, name), "orientation": "h"} for name, colour, values in series
    ]
    return figure(
        traces,
        height,
        barmode=barmode,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={**axis, "rangemode": "tozero"},
        yaxis=named_rows(list(reversed(names)), 34),
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
