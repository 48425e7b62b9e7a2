"""Figures of the cost report: what was measured, what is estimated."""

from collections.abc import Sequence

from engage_reports.cost.estimate import Stage, StageCost
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
