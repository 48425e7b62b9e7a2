"""The appendix of a report: each figure of its text with its formula, the columns behind tables and charts, the SQL."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from reportlab.platypus import Flowable

from engage_reports.binding import Entry, Ledger, read_marks
from engage_reports.draft import Draft, words_of
from engage_reports.house_words import words as house_words
from engage_reports.inspection import APPENDIX
from engage_reports.kit.blocks import Chart, Column, Grid, Words, contents, fine_table, loose_heading, section, text
from engage_reports.kit.document import Edition
from engage_reports.queries import QUERIES, statements, whole_table
from engage_reports.wording import plural, shortened

SNIPPET = 24
HEAD = 42
MOST_COLUMNS = 8
_KINDS = re.compile(r"\b(analytics|monitoring|fairness)\.(?=\w)")


def complete(
    name: str, edition: Edition, subject: str, ledger: Ledger, *, front: Sequence[Flowable], body: Sequence[Flowable]
) -> Draft:
    """A whole report: the first page with the table of contents, the pages, the appendix.

    Raises:
        ReportError: a page prints a number that is bound to no query.
    """
    ledger.know(f"{house_words().customer} {house_words().customers}")
    pages = Draft(name, edition, subject, [*front, *body], ledger)
    pages.verify()
    tail = appendix(pages, edition.week)
    return Draft(name, edition, subject, [*front, *contents([*body, *tail]), *body, *tail], ledger)


def appendix(draft: Draft, week: date) -> list[Flowable]:
    """The pages of the appendix, from a finished story."""
    ledger = draft.ledger
    figures = [
        (place, words, ledger.entries[entry])
        for place, words in words_of(_without_tables(draft.story))
        for entry in words.entries
    ]
    first: dict[tuple[str, str], list[str]] = {}
    for place, words, entry in figures:
        row = [place, entry.printed, _snippet(words, entry), _short(entry.formula)]
        first.setdefault((entry.printed, entry.formula), row)
    body = list(first.values())
    sources = [row for item in draft.story for row in _sources(item, draft)]
    names = sorted({_query(column) for entry in ledger.entries for column in entry.columns} & set(QUERIES))
    sql = statements(week, names)
    printed = ledger.counted(len(ledger.entries), "figures that this report prints")
    queries = ledger.counted(len(names), "queries behind them")
    return [
        *section(
            APPENDIX,
            f"All {printed:,.0f} figures of this report come from {plural(queries, 'query', 'queries')}",
            new_page=False,
        ),
        text(
            "Every number in the text, where it first stands, with the formula that made it from query.column; f(…) is "
            "a formula too long to print, of the queries in brackets. Numbers in tables and charts are listed by their "
            "columns; the file figures.csv beside this report lists each one at each of its places."
        ),
        *fine_table([Column("Section", 1.9), Column("Figure", 0.9), Column("In", 2.1), Column("Formula", 5.1)], body),
        *loose_heading("Tables and charts"),
        *fine_table([Column("Where", 0.6), Column("What", 3.1), Column("Columns", 6.2)], sources),
        *loose_heading("Queries"),
        *fine_table([Column("Name", 2.0), Column("SQL", 7.7)], _sql_lines(sql, week)),
    ]


def _sql_lines(sql: Mapping[str, str], week: date) -> list[list[str]]:
    """The SQL by name; tables that are read whole share one line."""
    whole = [name for name, text_ in sql.items() if text_ == whole_table(name).format(week=week)]
    shared = f"{whole_table('….<name>').format(week=week)}, for {', '.join(map(_short, whole))}"
    return [["<name>", shared], *([name, sql[name]] for name in sql if name not in whole)]


def figures_csv(drafts: Iterable[Draft]) -> bytes:
    """Every printed figure of every report: report, section, figure, text, formula, columns."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(("report", "section", "figure", "text", "formula", "columns"))
    for draft in drafts:
        for place, words in words_of(draft.story):
            for number in words.entries:
                entry = draft.ledger.entries[number]
                plain = read_marks(words.marked_text)[0]
                columns = " ".join(sorted(entry.columns))
                writer.writerow((draft.name, place, entry.printed, plain, entry.formula, columns))
    return target.getvalue().encode("utf-8")


def _without_tables(story: Sequence[Flowable]) -> list[Flowable]:
    """The story with the captions of its data tables in their place; call-outs and panels are text."""
    shown = [item.caption if isinstance(item, Grid) and item.is_data else item for item in story]
    return [item for item in shown if item is not None]


def _snippet(words: Words, entry: Entry) -> str:
    """The words around a figure."""
    plain = re.sub(r"\s+", " ", read_marks(words.marked_text)[0])
    place = max(0, plain.find(entry.printed))
    start = max(0, place - SNIPPET // 3)
    cut = plain[start:]
    return ("…" if start else "") + shortened(cut.split(" ", 1)[-1] if start else cut, SNIPPET)


def _sources(item: Flowable, draft: Draft) -> list[list[str]]:
    if isinstance(item, Chart):
        columns = {c for number in item.entries for c in draft.ledger.entries[number].columns} | item.columns
        return [["Chart", shortened(item.title, HEAD), _columns(columns)]] if columns else []
    if isinstance(item, Grid) and item.is_data:
        inside = [words for _, words in words_of([item])]
        columns = {c for words in inside for n in words.entries for c in draft.ledger.entries[n].columns}
        head = ", ".join(read_marks(words.marked_text)[0] for words in inside[: len(item._cellvalues[0])])
        return [["Table", shortened(head.strip(", "), HEAD), _columns(columns)]] if columns else []
    return []


def _columns(names: Iterable[str]) -> str:
    """Columns by query: analytics.segments (customers, mean_churn_probability)."""
    by_query: dict[str, list[str]] = {}
    for name in sorted(names):
        by_query.setdefault(_query(name), []).append(name.removeprefix(f"{_query(name)}."))
    return "; ".join(
        f"{_short(query)} ({', '.join(columns) if len(columns) <= MOST_COLUMNS else f'{len(columns)} of its columns'})"
        for query, columns in by_query.items()
    )


def _short(formula: str) -> str:
    """The formula without the kinds of its tables: the list of queries names them in full."""
    return _KINDS.sub("", formula)


def _query(column: str) -> str:
    """The query of a column: everything before its last dot."""
    return column.rpartition(".")[0]
