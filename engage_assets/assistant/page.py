"""The page: a box to ask in, the answer with its chart and table, the query behind a fold, and the history.

It is built over an assistant and knows nothing of where that reads. Data and questions are shown as text,
never as HTML.
"""

import mimetypes
import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, Protocol

import dash
from dash import Input, Output, State, dcc, html
from flask import Response, abort, request

from engage_assets.assistant.answer import SHARE_ENDINGS, Answer, Assistant, formatted, headed
from engage_assets.assistant.catalogue import Catalogue
from engage_assets.assistant.history import History, HistoryEntry
from engage_assets.errors import EngageError

SERVED = (".pdf", ".html", ".md")
REPORT = re.compile(r"week=\d{4}-\d{2}-\d{2}/[^/]+")
SHOWN_ROWS = 50
SHOWN_HISTORY = 12
BARS = 20
INK, ACCENT, QUIET = "#1d2733", "#0b5c8a", "#4a5562"
FIGURE_INK, FIGURE_ACCENT, FIGURE_GRID = "#6b7683", "#3d8fc4", "rgba(128, 140, 152, .35)"
"""Colours of a chart on a transparent ground, legible on the light and on the dark page."""
STYLE = f"""
:root {{ color-scheme: light dark; --ink: {INK}; --quiet: {QUIET}; --accent: {ACCENT}; --on-accent: #fff;
  --ground: #f6f7f9; --card: #fff; --line: #d4d9df; --code: #eef1f4; --field: #66707c; --focus: #d98200; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e4e9ee; --quiet: #a9b4bf; --accent: #7cc0ec;
  --on-accent: #0d1620; --ground: #11181f; --card: #1a232c; --line: #34404c; --code: #0d141a; --field: #8a96a3;
  --focus: #f0b429; }} }}
body {{ margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }}
main, header, footer {{ max-width: 60rem; margin: 0 auto; padding: 0 1rem; }}
header {{ padding-top: 1.5rem; }} h1 {{ font-size: 1.5rem; margin: 0 0 .25rem; }} h2 {{ font-size: 1.1rem; }}
h3 {{ font-size: 1rem; margin: 1rem 0 .25rem; }}
a {{ color: var(--accent); }} nav {{ display: flex; flex-wrap: wrap; gap: .25rem 1rem; }}
label {{ display: block; font-weight: 600; margin: 1rem 0 .25rem; }}
.asking {{ display: flex; flex-wrap: wrap; gap: .5rem; }}
.asking > .dash-input-container {{ flex: 1 1 20rem; width: auto; border: 0; background: none; }}
#question {{ box-sizing: border-box; flex: 1 1 20rem; width: 100%; padding: .6rem; font: inherit; color: var(--ink);
  height: 100%; background: var(--card); border: 1px solid var(--field); border-radius: 4px; }}
button {{ font: inherit; cursor: pointer; }}
#ask {{ padding: .5rem 1.25rem; color: var(--on-accent); background: var(--accent); border: 0; border-radius: 4px; }}
button:focus-visible, input:focus-visible, summary:focus-visible,
a:focus-visible {{ outline: 3px solid var(--focus); outline-offset: 2px; }}
.answer {{ background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 1rem; margin: 1rem 0; }}
.sentence {{ font-size: 1.15rem; margin: 0 0 .5rem; }} .facts {{ color: var(--quiet); margin: .25rem 0; }}
figure {{ margin: 1rem 0; }} figcaption {{ color: var(--quiet); }}
.rows {{ overflow-x: auto; margin: .75rem 0; }} table {{ border-collapse: collapse; }}
caption {{ text-align: left; color: var(--quiet); }}
th, td {{ padding: .25rem .75rem; border-bottom: 1px solid var(--line); text-align: left; }}
td.figure, th.figure {{ text-align: right; font-variant-numeric: tabular-nums; }}
td.figure, td.whole {{ white-space: nowrap; }}
pre {{ white-space: pre-wrap; background: var(--code); padding: .75rem; border-radius: 4px; }}
summary {{ cursor: pointer; }} details {{ margin: .5rem 0; }} #history li {{ margin-bottom: .4rem; }}
.again {{ background: none; border: 0; padding: 0; color: var(--accent); text-align: left; vertical-align: top;
  text-decoration: underline; }}
"""
INDEX = """<!DOCTYPE html>
<html lang="en"><head>{%metas%}<title>{%title%}</title>{%favicon%}{%css%}<style>STYLE</style></head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body></html>""".replace("STYLE", STYLE)


class Reports(Protocol):
    """The published reports: a folder a week, files in it."""

    def names(self, folder: str) -> list[str]: ...

    def read_bytes(self, path: str) -> bytes: ...


def build_page(
    assistant: Assistant,
    catalogue: Catalogue,
    history: History,
    reports: Reports,
    *,
    links: Sequence[tuple[str, str]] = (),
    hosts: frozenset[str] | None = None,
) -> dash.Dash:
    """The page as a Dash application.

    reports: the published reports, served below ``/reports/``.
    links: what else to point to, as (text, address).
    hosts: the host names it answers to; a browser that was sent here under another name is refused. None: any.
    """
    app = dash.Dash(__name__, title="Engage: questions", update_title="", index_string=INDEX, assets_folder="")
    app.layout = lambda: _layout(catalogue, history, reports, links)
    _serve_reports(app, reports)
    if hosts is not None:
        _refuse_other_hosts(app, hosts)

    @app.callback(
        Output("answer", "children"),
        Output("history", "children"),
        Output("question", "value"),
        Input("ask", "n_clicks"),
        Input("question", "n_submit"),
        Input({"again": dash.ALL}, "n_clicks"),
        State("question", "value"),
        State({"again": dash.ALL}, "title"),
        prevent_initial_call=True,
    )
    def ask(_clicks: int, _submits: int, again: list[int | None], typed: str | None, titles: list[str]) -> Any:
        trigger = dash.ctx.triggered_id
        question = typed or ""
        if isinstance(trigger, dict):
            if not any(again):
                raise dash.exceptions.PreventUpdate
            question = titles[[each["id"] for each in dash.ctx.inputs_list[2]].index(trigger)]
        if not question.strip():
            raise dash.exceptions.PreventUpdate
        return (*_answered(assistant, history, question), question)

    return app


def _answered(assistant: Assistant, history: History, question: str) -> tuple[Any, Any]:
    try:
        answer = assistant.ask(question)
    except EngageError as error:
        return html.Div([html.P(f"No answer: {error}", className="sentence")], className="answer"), _history(history)
    try:
        history.append(answer)
    except Exception as error:  # whatever the store says, the answer is there
        return [_answer(answer), html.P(f"The history cannot be written ({error}).")], _history(history)
    return _answer(answer), _history(history)


def _layout(catalogue: Catalogue, history: History, reports: Reports, links: Sequence[tuple[str, str]]) -> html.Div:
    weeks = sorted((name for name in reports.names("") if name.startswith("week=")), reverse=True)
    files = sorted(reports.names(weeks[0])) if weeks else []
    shown = [(name, f"/reports/{weeks[0]}/{name}") for name in files if name.endswith(SERVED)]
    ask = html.Div(
        [
            html.Label("Your question", htmlFor="question"),
            html.Div(
                [
                    dcc.Input(id="question", type="text", maxLength=500, debounce=False, autoComplete="off", value=""),
                    html.Button("Ask", id="ask", n_clicks=0),
                ],
                className="asking",
            ),
        ]
    )
    return html.Div(
        [
            html.Header(
                [
                    html.H1("Questions about the published weeks"),
                    html.Nav(
                        [html.A(text, href=address) for text, address in [*links, *shown]], **_aria(label="Reports")
                    ),
                ]
            ),
            html.Main(
                [
                    ask,
                    html.Div(id="answer", role="region", **_aria(live="polite", label="Answer")),
                    html.H2("History"),
                    html.Div(_history(history), id="history"),
                    html.Details([html.Summary("What can be asked"), *_questions(catalogue)]),
                ]
            ),
        ]
    )


def _answer(answer: Answer) -> html.Div:
    parts: list[Any] = [html.P(answer.sentence, className="sentence")]
    if answer.note:
        parts.append(html.P(answer.note, className="note"))
    if answer.status == "refused":
        if answer.nearest:
            parts += [
                html.P("Nearest questions:"),
                html.Ul([html.Li(_again(each, "nearest")) for each in answer.nearest]),
            ]
        return html.Div(parts, className="answer")
    if answer.chart and answer.rows:
        parts.append(_chart(answer))
    if answer.rows:
        parts.append(_table(answer))
    parts.append(
        html.P(f"Week {answer.week}. Gates: {answer.gates or 'none recorded'}.", className="facts", id="gates")
    )
    parts.append(html.P(f"{answer.definition} Unit: {answer.unit}.", className="facts"))
    parts.append(html.Details([html.Summary("Query"), html.Pre(answer.sql, tabIndex="0")]))
    return html.Div(parts, className="answer")


def _table(answer: Answer) -> html.Div:
    figures = [isinstance(value, int | float) for value in answer.rows[0]]
    head = html.Tr(
        [
            html.Th(headed(name, answer), scope="col", className="figure" if is_figure else "")
            for name, is_figure in zip(answer.columns, figures, strict=True)
        ]
    )
    body = [
        html.Tr(
            [
                html.Td(
                    formatted(name, value, answer.currency),
                    className=_cell_class(value),
                )
                for name, value in zip(answer.columns, row, strict=True)
            ]
        )
        for row in answer.rows[:SHOWN_ROWS]
    ]
    cut = f" (the first {SHOWN_ROWS} of {len(answer.rows)} rows)" if len(answer.rows) > SHOWN_ROWS else ""
    table = html.Table([html.Caption(f"{answer.title}{cut}"), html.Thead(head), html.Tbody(body)])
    return html.Div(table, className="rows", tabIndex="0", role="region", **_aria(label="Table"))


def _cell_class(value: Any) -> str:
    """Figures stand right; what has no spaces, such as an identifier, is not broken into lines."""
    if isinstance(value, int | float):
        return "figure"
    return "" if " " in str(value) else "whole"


def _chart(answer: Answer) -> html.Figure:
    import plotly.graph_objects as go

    assert answer.chart is not None
    x, y = answer.columns.index(answer.chart.x), answer.columns.index(answer.chart.y)
    rows = answer.rows[:BARS] if answer.chart.kind == "bar" else sorted(answer.rows, key=lambda row: str(row[x]))
    labels, values = [str(row[x]) for row in rows], [row[y] for row in rows]
    trace: Callable[..., Any] = go.Bar if answer.chart.kind == "bar" else go.Scatter
    name = headed(answer.chart.y, answer)
    figure = go.Figure(trace(x=labels, y=values, marker={"color": FIGURE_ACCENT}))
    transparent, lines = "rgba(0, 0, 0, 0)", {"gridcolor": FIGURE_GRID, "zerolinecolor": FIGURE_GRID}
    figure.update_layout(
        template="plotly_white", height=320, margin={"l": 60, "r": 20, "t": 10, "b": 60}, font={"color": FIGURE_INK},
        plot_bgcolor=transparent, paper_bgcolor=transparent,
        xaxis={**_axis(answer.chart.x), **lines}, yaxis={"title": name, **lines, **_ticks(answer.chart.y)},
    )  # fmt: skip
    graph = dcc.Graph(figure=figure, config={"displayModeBar": False, "staticPlot": True})
    return html.Figure(
        [graph, html.Figcaption(f"{name} by {headed(answer.chart.x, answer)}; the table has the figures")]
    )


def _axis(column: str) -> dict[str, Any]:
    """Weeks in their distance from each other, so that one that is not published leaves a gap; all else by name."""
    return {"type": "date", "tickformat": "%Y-%m-%d"} if column == "week" else {"type": "category"}


def _ticks(column: str) -> dict[str, Any]:
    """Shares as percentages, as the sentence and the table show them."""
    return {"tickformat": ".1%"} if column.endswith(SHARE_ENDINGS) else {}


def _history(history: History) -> Any:
    entries = history.last(SHOWN_HISTORY)
    if not entries:
        return html.P("Nothing was asked yet.")
    return html.Ol([html.Li(_entry(entry, number)) for number, entry in enumerate(entries)])


def _entry(entry: HistoryEntry, number: int) -> list[Any]:
    return [_again(entry.question, f"history-{number}"), html.Br(), html.Span(entry.sentence, className="facts")]


def _again(question: str, place: str) -> html.Button:
    """A button that asks a question again."""
    return html.Button(question, id={"again": f"{place}:{question}"}, title=question, className="again")


def _questions(catalogue: Catalogue) -> list[Any]:
    parts: list[Any] = []
    for topic, questions in groupby(catalogue.questions, key=lambda question: question.topic):
        items = [html.Li(f"{each.title} For example: {each.asks[0]}") for each in questions]
        parts += [html.H3(topic.capitalize()), html.Ul(items)]
    return parts


def _aria(**attributes: str) -> dict[str, Any]:
    """Attributes for assistive technology, under the names that HTML has for them."""
    return {f"aria-{name}": value for name, value in attributes.items()}


def _serve_reports(app: dash.Dash, reports: Reports) -> None:
    def report(path: str) -> Response:
        if not REPORT.fullmatch(path) or not path.endswith(SERVED):
            abort(404)
        try:
            content = reports.read_bytes(path)
        except FileNotFoundError:
            abort(404)
        return Response(content, mimetype=mimetypes.guess_type(path)[0] or "text/plain")

    app.server.add_url_rule("/reports/<path:path>", "report", report)


def _refuse_other_hosts(app: dash.Dash, hosts: frozenset[str]) -> None:
    def refuse() -> None:
        if request.host.rsplit(":", 1)[0] not in hosts:
            abort(403, "This page answers to this machine only.")

    app.server.before_request(refuse)
