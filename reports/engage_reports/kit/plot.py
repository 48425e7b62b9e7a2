"""Plotly figures as plain dictionaries (no plotly import: the tests validate each against plotly's own schema)."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from engage_reports.charts.typeface import FAMILY
from engage_reports.kit import look
from engage_reports.wording import shortened

Figure = dict[str, Any]
Trace = dict[str, Any]

SHARE_AXIS: dict[str, Any] = {"tickformat": ".0%", "rangemode": "tozero"}

PIXELS_PER_POINT = 4 / 3
"""A browser pixel is 1/96 inch, a point 1/72: a figure of this many pixels prints at its own size."""


def figure(traces: Sequence[Trace], height: float, *, top: int = 26, **layout: Any) -> Figure:
    """A figure of the house style, as wide as the text. Height in points, room above the panels in pixels; extra layout
    keys replace or extend the style's.
    """
    base: dict[str, Any] = {
        "width": round(look.WIDTH * PIXELS_PER_POINT),
        "height": round(height * PIXELS_PER_POINT),
        "font": {"family": FAMILY, "size": 10, "color": look.INK},
        "paper_bgcolor": "#FFFFFF",
        "plot_bgcolor": "#FFFFFF",
        "margin": {"l": 8, "r": 12, "t": top},
        "showlegend": False,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 10}},
        "bargap": 0.28,
        "hovermode": False,
        "uniformtext": {"minsize": 8, "mode": "show"},
        "colorway": list(look.SERIES),
    }
    axes = {name: axis(value) for name, value in layout.items() if name.startswith(("xaxis", "yaxis"))}
    titled = any("title" in value for name, value in axes.items() if name.startswith("xaxis"))
    # plotly's automatic margin comes too late in a static export when there is a legend: the room below is given here.
    base["margin"]["b"] = 44 if titled else 32
    return {"data": [dict(trace) for trace in traces], "layout": {**base, **layout, **axes}}


def axis(given: Mapping[str, Any]) -> dict[str, Any]:
    """An axis of the house style: light grid, no box, labels that get their room."""
    title = given.get("title")
    words = (
        {"title": {"text": title, "font": {"size": 10, "color": look.MUTED}, "standoff": 6}}
        if isinstance(title, str)
        else {}
    )
    return {
        "automargin": True,
        "gridcolor": "#E6EBEF",
        "zerolinecolor": look.RULE,
        "linecolor": look.RULE,
        "ticks": "",
        "fixedrange": True,
        **given,
        **words,
    }


def note(words: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    """A text on the figure, in paper coordinates unless told otherwise."""
    return {
        "text": words,
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "showarrow": False,
        "font": {"size": 10, "color": look.INK},
        **more,
    }


def panel_title(words: str, x: float, y: float = 1.0) -> dict[str, Any]:
    """The name of one panel of a figure, above its left corner."""
    return note(f"<b>{words}</b>", x, y, xanchor="left", yanchor="bottom", yshift=4)


def line(**more: Any) -> dict[str, Any]:
    """A reference line."""
    return {"type": "line", "layer": "below", "line": {"color": look.MUTED, "width": 1, "dash": "dot"}, **more}


def label(words: str, limit: int = 26) -> str:
    """A name from data as an axis label: drawable, cut, without markup."""
    return escape(shortened(look.drawable(words), limit), quote=False)


def bars(x: Sequence[object], y: Sequence[object], colour: str, name: str) -> Trace:
    """A series of bars."""
    return {"type": "bar", "x": list(x), "y": list(y), "name": name, "marker": {"color": colour}}


def named_rows(names: Sequence[str], limit: int = 26) -> dict[str, Any]:
    """A vertical axis with a name at each of 0, 1, 2, ...: two names that are cut alike stay two rows."""
    return {"tickvals": list(range(len(names))), "ticktext": [label(name, limit) for name in names], "zeroline": False}
