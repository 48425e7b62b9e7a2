"""Figures of the cost report: what was measured, what is estimated."""

from collections.abc import Sequence

from engage_reports.cost.estimate import Stage, StageCost
from engage_reports.kit import look
from engage_reports.kit.plot import Figure, Trace, bars, figure, label, panel_title
from engage_reports.wording import plain


def measured(stages: Sequence[Stage], height: float) -> Figure:
    """Left: seconds and processor seconds by stage. Right: peak memory."""
    shown = list(reversed(stages))
    names = [label(plain(stage.name)) for stage in shown]
    series = (
        ("Elapsed", look.BLUE, [stage.seconds for stage in shown], ""),
        ("Processor", look.SKY, [stage.cpu_seconds for stage in shown], ""),
        ("Peak memory", look.PURPLE, [stage.peak_memory_mb for stage in shown], "2"),
    )
    traces: list[Trace] = [
        {
            **bars(values, names, colour, name),
            "orientation": "h",
            "xaxis": f"x{axis}",
            "yaxis": f"y{axis}",
            "showlegend": not axis,
        }
        for name, colour, values, axis in series
    ]
    return figure(
        traces,
        height,
        top=46,
        barmode="group",
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.1, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={"domain": [0, 0.5], "title": "Seconds", "rangemode": "tozero"},
        yaxis={"type": "category"},
        xaxis2={"domain": [0.62, 1], "anchor": "y2", "title": "MB", "rangemode": "tozero"},
        yaxis2={"type": "category", "anchor": "x2", "showticklabels": False},
        annotations=[panel_title("Time", 0), panel_title("Peak memory", 0.62)],
    )


def estimated(stages: Sequence[StageCost], height: float) -> Figure:
    """USD of one run by stage, split by what is paid for."""
    shown = list(reversed(stages))
    names = [label(plain(stage.name), 30) for stage in shown]
    series = (
        ("Fargate", look.BLUE, [stage.compute for stage in shown]),
        ("Athena", look.ORANGE, [stage.athena for stage in shown]),
        ("S3 requests", look.GREEN, [stage.requests for stage in shown]),
        ("Logs", look.GREY, [stage.logs for stage in shown]),
    )
    traces: list[Trace] = [{**bars(values, names, colour, name), "orientation": "h"} for name, colour, values in series]
    return figure(
        traces,
        height,
        barmode="stack",
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        xaxis={"title": "USD for one run", "tickprefix": "$", "tickformat": ".4~f", "rangemode": "tozero"},
        yaxis={"type": "category"},
    )
