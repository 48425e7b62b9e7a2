"""Figures of the week as a whole: scores, segments, revenue, cohorts, published weeks."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from engage_reports.engagement.facts import ScoreBin
from engage_reports.engagement.groups import Decile, Retention, Segment
from engage_reports.engagement.headline import Headline
from engage_reports.frames import ratio
from engage_reports.house_words import words
from engage_reports.kit import look
from engage_reports.kit.plot import SHARE_AXIS, Figure, Trace, bars, figure, label, note, panel_title
from engage_reports.wording import count, pct

WEEKS_NAMED = 4
"""So many weeks fit under a small panel by name; of more, some."""
WHITE_EDGE = {"color": "#FFFFFF", "width": 1.5}


def score_distribution(bins: Sequence[ScoreBin], height: float) -> Figure:
    """Share of customers by churn probability: bars this week, line the week before."""
    total = sum(each.customers for each in bins)
    width = 1 / (bins[-1].index + 1)
    middles = [(each.index + 0.5) * width for each in bins]
    traces: list[Trace] = [
        {
            "type": "bar",
            "x": middles,
            "y": [ratio(each.customers, total) for each in bins],
            "marker": {"color": look.BLUE},
            "name": "This week",
            "width": width * 0.86,
        }
    ]
    previous = [each.previous for each in bins if each.previous is not None]
    if len(previous) == len(bins) and sum(previous) > 0:
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": middles,
                "y": [each / sum(previous) for each in previous],
                "line": {"color": look.ORANGE, "width": 2, "shape": "hvh"},
                "name": "Previous published week",
            }
        )
    return figure(
        traces,
        height,
        showlegend=len(traces) > 1,
        xaxis={"title": f"Probability of leaving{words().over('within')}", "tickformat": ".0%", "range": [0, 1]},
        yaxis={"title": "Share of customers", **SHARE_AXIS},
    )


def segment_bubbles(segments: Sequence[Segment], height: float) -> Figure:
    """Engagement against churn probability; the area is the number of customers. Names stand beside their bubbles.

    Where no activity is known, and so no engagement, the lifetime value takes its place.
    """
    across = [segment.engagement_score if words().knows_days else segment.ltv_usd for segment in segments]
    scale = 1.0 if words().knows_days else max(map(float, across)) or 1.0
    named = "Mean engagement score (0 to 1)" if words().knows_days else f"Mean LTV of 12 months ({words().currency})"
    largest = max(segment.customers for segment in segments)
    trace: Trace = {
        "type": "scatter",
        "mode": "markers",
        "x": across,
        "y": [segment.churn_probability for segment in segments],
        "marker": {
            "size": [segment.customers for segment in segments],
            "sizemode": "area",
            "sizeref": 2 * largest / 62**2,
            "sizemin": 7,
            "color": [look.SERIES[place % len(look.SERIES)] for place in range(len(segments))],
            "opacity": 0.72,
            "line": {"color": "#FFFFFF", "width": 1},
        },
        "cliponaxis": False,
    }
    top = max(segment.churn_probability for segment in segments)
    names, lines = _names(segments, across, scale, top, height)
    return figure(
        [trace],
        height,
        annotations=names,
        shapes=lines,
        xaxis={"title": named, "range": [-0.06 * scale, 1.06 * scale]},
        yaxis={
            "title": f"Mean churn probability{words().over(',')}",
            "tickformat": ".0%",
            "range": [-0.14 * top - 0.005, top * 1.5 + 0.01],
        },
    )


def _names(
    segments: Sequence[Segment], across: Sequence[float], scale: float, top: float, height: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A label for each bubble with a line to it; a label that would meet another one, or a bubble, moves up.

    across: where the bubbles stand on their axis, of which ``scale`` is the length.
    """
    notes: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    taken: list[tuple[float, float]] = []
    largest, rise = max(segment.customers for segment in segments), 1.64 * top / (height * 4 / 3 - 70)
    bubbles = [
        (float(x) / scale, float(each.churn_probability), radius * 0.002, radius * float(rise))
        for each, x in zip(segments, across, strict=True)
        for radius in [31 * (float(each.customers) / float(largest)) ** 0.5]
    ]
    for place, segment in enumerate(segments, start=1):
        x, y = float(across[place - 1]) / scale, float(segment.churn_probability)
        lift = 0.17 * top
        while _meets(x, y + lift, taken, bubbles, top):
            lift += 0.03 * top
        taken.append((x, y + lift))
        style = {
            "xref": "x",
            "yref": "y",
            "xanchor": "center",
            "yanchor": "bottom",
            "bgcolor": "rgba(255,255,255,0.85)",
        }
        notes.append(note(f"<b>{place}</b> {label(segment.name, 22)}", x * scale, y + lift, **style))
        edge = {"color": look.MUTED, "width": 0.8}
        lines.append({"type": "line", "x0": x * scale, "x1": x * scale, "y0": y, "y1": y + lift, "line": edge})
    return notes, lines


def _meets(
    x: float,
    y: float,
    taken: Sequence[tuple[float, float]],
    bubbles: Sequence[tuple[float, float, float, float]],
    top: float,
) -> bool:
    """Whether a label at this place meets another label, or a bubble (centre, half width, half height)."""
    return any(abs(x - left) < 0.24 and abs(y - up) < 0.085 * top for left, up in taken) or any(
        abs(x - left) < 0.09 + across and -up_by - 0.06 * top < y - up < up_by for left, up, across, up_by in bubbles
    )


def concentration(deciles: Sequence[Decile], height: float) -> Figure:
    """Revenue share by decile of customers, and the running total."""
    names = [str(decile.decile) for decile in deciles]
    columns = bars(names, [decile.revenue_share for decile in deciles], look.BLUE, "Share of revenue")
    running: Trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": names,
        "y": [decile.cumulative_share for decile in deciles],
        "line": {"color": look.ORANGE, "width": 2},
        "name": "Running total",
    }
    return figure(
        [{**columns, "text": [pct(d.revenue_share, 0) for d in deciles], "textposition": "auto"}, running],
        height,
        showlegend=True,
        xaxis={"title": "Tenth of customers by revenue (1 = top)", "type": "category"},
        yaxis={"title": f"Share of revenue{words().over(',')}", "tickformat": ".0%", "rangemode": "tozero"},
    )


def retention_map(retention: Retention, height: float) -> Figure:
    """Share of each sign-up cohort active in each week, as stacks of equal bars: plotly's heat map is a bitmap."""
    cohorts = [
        f"{label(cohort)} ({count(size)})" for cohort, size in zip(retention.cohorts, retention.customers, strict=True)
    ]
    found = [rate for rates in retention.rates for rate in rates if rate is not None]
    low, high = min(found), max(found)
    traces: list[Trace] = []
    for place in range(len(retention.weeks)):
        rates = [row[place] for row in retention.rates]
        depth = [None if rate is None else (rate - low) / (high - low or 1.0) for rate in rates]
        traces.append(
            {
                **bars([1] * len(cohorts), cohorts, look.BLUE, ""),
                "orientation": "h",
                "marker": {"color": ["#FFFFFF" if d is None else _shade(d) for d in depth], "line": WHITE_EDGE},
                "text": ["" if rate is None else f"{rate * 100:.0f}" for rate in rates],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "insidetextfont": {"size": 9, "color": [look.INK if (d or 0) < 0.55 else "#FFFFFF" for d in depth]},
            }
        )
    one_year = len({week.year for week in retention.weeks}) == 1
    return figure(
        traces,
        height,
        top=6,
        barmode="stack",
        bargap=0.06,
        xaxis={
            "title": "Week beginning",
            "showgrid": False,
            "zeroline": False,
            "range": [0, len(retention.weeks)],
            "tickvals": [place + 0.5 for place in range(len(retention.weeks))],
            "ticktext": [f"{week:%d %b}" if one_year else f"{week:%d %b %y}" for week in retention.weeks],
            "tickfont": {"size": 8 if len(retention.weeks) > 10 else 10},
        },
        yaxis={"autorange": "reversed", "showgrid": False, "type": "category"},
    )


def _shade(depth: float) -> str:
    """A blue from pale (0) to dark (1)."""
    pale, dark = (242, 247, 251), (0, 70, 110)
    return "#" + "".join(f"{round(a + (b - a) * depth):02X}" for a, b in zip(pale, dark, strict=True))


def weeks(history: Sequence[tuple[date, Headline]], height: float) -> Figure:
    """Three small panels over the published weeks: daily actives, expected churn of actives, revenue at risk."""
    days = [day.isoformat() for day, _ in history]
    series = (
        ("Daily actives (customers)", [each.daily_active_users for _, each in history], ",.0f")
        if words().knows_days
        else ("Customers", [each.customers for _, each in history], ",.0f"),
        ("Expected leavers, of actives", [each.active_churn_rate for _, each in history], ".2%"),
        (f"Revenue at risk ({words().currency})", [each.revenue_at_risk_usd for _, each in history], ",.3s"),
    )
    traces: list[Trace] = []
    layout: dict[str, Any] = {}
    notes = []
    for number, (title, values, tick) in enumerate(series, start=1):
        suffix, start = "" if number == 1 else str(number), (number - 1) * 0.36
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": days,
                "y": values,
                "line": {"color": look.BLUE, "width": 2},
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
            }
        )
        room = (max(values) - min(values)) * 0.25 or abs(max(values)) * 0.1 or 1.0
        layout[f"xaxis{suffix}"] = {
            "domain": [start, start + 0.28],
            "anchor": f"y{suffix}",
            "tickformat": "%d %b",
            **({"tickvals": days} if len(days) <= WEEKS_NAMED else {"nticks": WEEKS_NAMED}),
        }
        layout[f"yaxis{suffix}"] = {
            "anchor": f"x{suffix}",
            "tickformat": tick,
            "nticks": 5,
            "range": [min(values) - room, max(values) + room],
        }
        notes.append(panel_title(title, start))
    return figure(traces, height, annotations=notes, **layout)
