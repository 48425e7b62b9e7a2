"""One customer on one self-contained HTML page: no script, no request, readable without a mouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from engage_reports.house_words import words
from engage_reports.kit.look import BLUE, INK, MUTED, PANEL, RULE, VERMILLION

WIDTH, HEIGHT = 640, 160
BAR = 150


@dataclass(frozen=True)
class CustomerFacts:
    """What the page shows; texts are plain, shares are 0 to 1, contributions are log-odds.

    history: week and probability, oldest first. reasons: words and contribution. what_ifs: theme, probability and
    what changes. options: one line for each action. Said in the ``words()`` of the moment.
    """

    customer_id: str
    week: str
    summary: str
    probability: float
    interval: str
    history: Sequence[tuple[str, float]]
    reasons: Sequence[tuple[str, Sequence[str], float]]
    what_ifs: Sequence[tuple[str, float, Sequence[str]]]
    action: str
    options: Sequence[str]


def customer_page(facts: CustomerFacts) -> str:
    """The page."""
    title = f"{escape(words().said('Customer'))} {escape(facts.customer_id)}"
    within = escape(words().over("within"))
    means = f" {escape(words().churn_means)}" if words().churn else ""
    options = "".join(f"<li>{escape(text)}</li>" for text in facts.options)
    sections = {
        "History": _history(facts.history),
        "Reasons": _reasons(facts.reasons),
        "What if": _what_ifs(facts.what_ifs),
        "Action": f"<p>{escape(facts.action)}</p><ul>{options}</ul>",
    }
    body = "".join(f"<section><h2>{name}</h2>{content}</section>" for name, content in sections.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f"<h1>{title}</h1><p>Week {escape(facts.week)}. {escape(facts.summary)}</p>"
        f'<p class="figure">{facts.probability:.1%}</p><p>probability of leaving{within}. '
        f"{escape(facts.interval)}{means}</p>{body}</main></body></html>\n"
    )


def _history(points: Sequence[tuple[str, float]]) -> str:
    if not points:
        return "<p>There is no week before.</p>"
    top = max(0.05, *(probability for _, probability in points))
    step = WIDTH / max(len(points) - 1, 1)
    places = [(i * step, HEIGHT - 20 - (HEIGHT - 40) * value / top) for i, (_, value) in enumerate(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{BLUE}"><title>{escape(week)}: {value:.1%}</title></circle>'
        for (x, y), (week, value) in zip(places, points, strict=True)
    )
    shown = f"Probability from {points[0][1]:.1%} in week {points[0][0]} to {points[-1][1]:.1%} in week {points[-1][0]}"
    return (
        f'<svg role="img" aria-label="{escape(shown)}" viewBox="-6 0 {WIDTH + 12} {HEIGHT}">'
        f'<polyline points="{line}" fill="none" stroke="{BLUE}" stroke-width="2"/>{dots}'
        f'<text x="0" y="12">{top:.1%}</text><text x="0" y="{HEIGHT - 2}">{escape(points[0][0])}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT - 2}" text-anchor="end">{escape(points[-1][0])}</text></svg>'
        f"<p>{escape(shown)}, by today's model.</p>"
    )


def _reasons(reasons: Sequence[tuple[str, Sequence[str], float]]) -> str:
    largest = max((abs(size) for *_, size in reasons), default=0.0) or 1.0
    rows = []
    for theme, details, size in reasons:
        colour = VERMILLION if size > 0 else BLUE
        bar = f'<svg width="{BAR}" height="12" aria-hidden="true"><rect width="{BAR * abs(size) / largest:.0f}" '
        bar += f'height="12" fill="{colour}"/></svg>'
        said = "<br>".join(escape(detail) for detail in details)
        word = "raises" if size > 0 else "lowers"
        rows.append(
            f"<tr><th scope='row'>{escape(theme)}</th><td>{word}</td><td class='n'>{size:+.2f}</td><td>{bar}</td>"
            f"<td>{said}</td></tr>"
        )
    against = escape(words().said("Against customers of the same kind."))
    return _table(("Theme", "Risk", "Log-odds", "", "Signs"), rows) + (
        f"<p>{against} They explain the model's figure; they are not proof of cause.</p>"
    )


def _what_ifs(what_ifs: Sequence[tuple[str, float, Sequence[str]]]) -> str:
    if not what_ifs:
        nothing = words().said("No action that is open to this customer answers one of the reasons.")
        return f"<p>{escape(nothing)}</p>"
    rows = [
        f"<tr><th scope='row'>{escape(theme)}</th><td class='n'>{probability:.1%}</td>"
        f"<td>{'<br>'.join(escape(change) for change in changes)}</td></tr>"
        for theme, probability, changes in what_ifs
    ]
    return _table(("If as with a typical peer", "Probability", "What changes"), rows) + (
        "<p>The model's answer. Whether an action gets there is measured by the holdout.</p>"
    )


def _table(head: Sequence[str], rows: Sequence[str]) -> str:
    names = "".join(f"<th scope='col'>{escape(name)}</th>" for name in head)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


_RULES: Mapping[str, str] = {
    "body": f"margin:0;background:{PANEL};color:{INK};font:16px/1.5 system-ui,sans-serif",
    "main": "max-width:720px;margin:0 auto;padding:24px;background:#fff",
    "h1": "font-size:1.3em;overflow-wrap:anywhere",
    "h2": f"font-size:1.05em;border-top:1px solid {RULE};padding-top:12px",
    ".figure": "font-size:2.4em;margin:0",
    "table": "border-collapse:collapse;width:100%;font-size:.9em",
    "th,td": f"text-align:left;vertical-align:top;padding:4px 8px 4px 0;border-bottom:1px solid {RULE}",
    ".n": "text-align:right;font-variant-numeric:tabular-nums",
    "svg text": f"font-size:11px;fill:{MUTED}",
}
_STYLE = "".join(f"{selector}{{{rule}}}" for selector, rule in _RULES.items())
