"""What pages are made of: headings with bookmarks, call-outs, bullet lists, tables, charts with captions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reportlab.lib.colors import HexColor
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, PageBreak, Paragraph, Spacer, Table, TableStyle

from engage_reports import house_words
from engage_reports.binding import read_marks, unbound
from engage_reports.kit import look
from engage_reports.kit.document import ChartSpot, page_number_of
from engage_reports.kit.plot import PIXELS_PER_POINT, Figure
from engage_reports.kit.tagging import Role, marked, next_mark
from engage_reports.wording import shortened

Align = Literal["left", "right"]

SECTION_ROOM = 130.0
"""A section that does not begin a page needs at least this much of it, in points."""


CAPTION_GAP = 3.0
"""Points between a table and its caption."""


@dataclass(frozen=True)
class Column:
    """One column of a table: its head, its share of the width, how its cells align."""

    head: str
    share: float
    align: Align = "left"


@dataclass(frozen=True)
class Band:
    """A row of a table that names the rows under it."""

    title: str


ROLES: dict[str, Role] = {"title": "H1", "section": "H2", "heading": "H3", "caption": "Caption", "bullet": "L"}
"""The role of a paragraph style in the structure for screen readers; any other is a paragraph."""


class Words(Paragraph):  # type: ignore[misc]
    """A paragraph that knows which figures of the ledger it prints (``entries``) and its digits (``marked_text``)."""

    def __init__(self, words: str, style: str, **more: Any) -> None:
        words = house_words.words().said(words)
        plain, self.entries, _ = read_marks(words)
        self.marked_text, self.role = words, ROLES.get(style, "P")
        super().__init__(look.safe(plain), look.style(style), **more)

    def split(self, *_available: float) -> list[Flowable]:
        """A paragraph moves to the next page whole: none is longer than a few lines."""
        return []

    def draw(self) -> None:
        """Draws the paragraph as one element of the structure."""
        with marked(self.canv, self.role):
            super().draw()


class Grid(Table):  # type: ignore[misc]
    """A table that is one element of the structure; ``is_data`` tells it from call-outs and panels.

    Its caption stands under the last row, on the same page: what does not fit moves with the rows before it.
    """

    is_data = False
    caption: Words | None = None

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The size with the caption."""
        wide, high = super().wrap(width, height)
        return wide, high + self._below(width)

    def split(self, width: float, height: float) -> list[Flowable]:
        """The parts of a table that is too long; the last one has the caption."""
        below = self._below(width)
        high = super().wrap(width, height)[1]
        parts: list[Flowable] = super().split(width, height - below if high <= height else height)
        if parts:
            parts[-1].caption = self.caption
        return parts

    def draw(self) -> None:
        """Draws the table as one element of the structure, and its caption as another."""
        below = self._below(look.WIDTH)
        self.canv.saveState()
        self.canv.translate(0, below)
        with marked(self.canv, "Table"):
            super().draw()
        self.canv.restoreState()
        if self.caption:
            self.caption.drawOn(self.canv, 0, 0)

    def _below(self, width: float) -> float:
        """The room for the caption, in points."""
        return self.caption.wrap(width, look.HEIGHT)[1] + CAPTION_GAP if self.caption else 0.0


class Bookmark(Flowable):  # type: ignore[misc]
    """An entry of the PDF's outline at this place, and of the table of contents."""

    def __init__(self, title: str, level: int = 0) -> None:
        super().__init__()
        self.title, self.level = title, level
        self.width = self.height = 0

    @property
    def key(self) -> str:
        """The name of the place: links lead to it."""
        return "section-" + re.sub(r"\W+", "-", self.title)

    def draw(self) -> None:
        """Adds the entry and records its page."""
        self.canv.bookmarkHorizontal(self.key, 0, 24)
        self.canv.addOutlineEntry(self.title, self.key, self.level, closed=False)
        self.canv.sections[self.key] = self.canv.getPageNumber()


class Contents(Flowable):  # type: ignore[misc]
    """The table of contents in two columns: each line leads to its section and shows its page."""

    LINE = 12.0
    GAP = 16.0

    def __init__(self, sections: Sequence[Bookmark]) -> None:
        super().__init__()
        self.sections, self.width = list(sections), look.WIDTH
        self.depth = -(-len(self.sections) // 2)
        self.height = self.LINE * self.depth + 4

    def wrap(self, *_available: float) -> tuple[float, float]:
        """The size is given by the number of sections."""
        return self.width, self.height

    def draw(self) -> None:
        """One line a section: name, dots, page."""
        column = (self.width - self.GAP) / 2
        with marked(self.canv, "TOC"):
            for place, section_ in enumerate(self.sections):
                x = (place // self.depth) * (column + self.GAP)
                y = self.height - self.LINE * (place % self.depth + 1) + 3
                self._line(section_, x, y, column)

    def _line(self, entry: Bookmark, x: float, y: float, width: float) -> None:
        canvas = self.canv
        canvas.setFont(look.REGULAR, look.SMALL + 0.6)
        canvas.setFillColor(HexColor(look.BLUE))
        canvas.drawString(x, y, look.drawable(entry.title))
        words = canvas.stringWidth(look.drawable(entry.title), look.REGULAR, look.SMALL + 0.6)
        canvas.setStrokeColor(HexColor(look.RULE))
        canvas.setLineWidth(0.5)
        canvas.setDash(0.6, 2)
        canvas.line(x + words + 4, y + 1, x + width - 16, y + 1)
        canvas.setDash()
        canvas.saveState()
        canvas.translate(x + width, y)
        canvas.doForm(page_number_of(entry.key))
        canvas.restoreState()
        canvas.linkRect("", entry.key, (x, y - 3, x + width, y + 8), relative=1, thickness=0)


class ChartBox(Flowable):  # type: ignore[misc]
    """The space of a chart; remembers where it came to stand. Width and height in points."""

    def __init__(self, chart: str, height: float, alternative: str, width: float = look.WIDTH) -> None:
        super().__init__()
        self.chart, self.width, self.height, self.alternative = chart, width, height, alternative

    def wrap(self, *_available: float) -> tuple[float, float]:
        """The size is given, whatever is available."""
        return self.width, self.height

    def draw(self) -> None:
        """Records the spot; `embed_charts` fills it."""
        x, y = self.canv.absolutePosition(0, 0)
        mark = next_mark(self.canv, "Figure", self.alternative)
        self.canv.chart_spots.append(ChartSpot(self.chart, mark.page, x, y, self.width, self.height, mark.number))


def title_block(title: str, subtitle: str) -> list[Flowable]:
    """The head of a report's first page."""
    return [Bookmark(title), text(title, "title"), text(subtitle, "subtitle")]


def section(name: str, takeaway: str, *, new_page: bool = True, room: float = SECTION_ROOM) -> list[Flowable]:
    """A section: bookmark under ``name``, the takeaway as its heading; ``room`` is what must be left of the page."""
    start: list[Flowable] = [PageBreak()] if new_page else [CondPageBreak(room), Spacer(0, 8)]
    return [*start, Bookmark(name), text(name.upper(), "figure-label"), text(takeaway, "section")]


def text(words: str, style: str = "text") -> Words:
    """A paragraph of plain words (data included: it is escaped)."""
    return Words(words, style)


def contents(story: Sequence[Flowable]) -> list[Flowable]:
    """The table of contents of a story: its sections, without the report's own title."""
    sections = [item for item in story if isinstance(item, Bookmark)]
    return [text("In this report", "heading"), Contents(sections)] if sections else []


def bullets(items: Sequence[str]) -> list[Flowable]:
    """A list of short points."""
    return [Words(item, "bullet", bulletText="•") for item in items]


class Chart(KeepTogether):  # type: ignore[misc]
    """A full-width chart with its takeaway above and its caption (units, source) below, kept on one page.

    ``figure`` is a plotly figure of the house style; its layout gives the size.
    """

    def __init__(self, name: str, takeaway: str, caption: str, figure: Figure) -> None:
        height = figure["layout"]["height"] / PIXELS_PER_POINT
        said = house_words.words().said
        alternative = f"{read_marks(takeaway)[0]}. {read_marks(caption)[0]}"
        spot = ChartBox(name, height, said(alternative))
        super().__init__([text(takeaway, "heading"), spot, text(caption, "caption")])
        places: list[int] = []
        self.columns: set[str] = set()
        self.name, self.figure = name, _spoken(unbound(figure, places, self.columns))
        self.entries, self.title = tuple(places), shortened(said(read_marks(takeaway)[0]), 70)


def _spoken(value: Any) -> Any:
    """A chart's data with the user's words, drawable, in each of its texts; the names of its parts stay."""
    if isinstance(value, Mapping):
        return {name: _spoken(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_spoken(each) for each in value]
    return look.drawable(house_words.words().said(value)) if isinstance(value, str) else value


def call_outs(figures: Sequence[tuple[str, str]]) -> Flowable:
    """Key figures side by side: (figure, what it is)."""
    columns = len(figures)
    cells = [[text(figure, "figure") for figure, _ in figures], [text(label, "figure-label") for _, label in figures]]
    gap = 6.0
    widths = [look.WIDTH / columns] * columns
    table = Grid(cells, colWidths=widths)
    commands: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, -1), HexColor(look.PANEL)),
        ("LEFTPADDING", (0, 0), (-1, -1), gap),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, 0), 7),
        ("BOTTOMPADDING", (0, 0), (-1, 0), 2),
        ("TOPPADDING", (0, 1), (-1, 1), 0),
        ("BOTTOMPADDING", (0, 1), (-1, 1), 7),
        ("LINEBEFORE", (0, 0), (0, -1), 2, HexColor(look.BLUE)),
        *[("LINEBEFORE", (column, 0), (column, -1), 0.5, HexColor(look.RULE)) for column in range(1, columns)],
    ]
    table.setStyle(TableStyle(commands))
    table.spaceBefore, table.spaceAfter = 2, 9
    return table


def panels(boxes: Sequence[tuple[str, Sequence[str], str]], *, across: int = 2, gap: float = 12.0) -> Flowable:
    """Tinted boxes side by side, equal in height within a row: (heading, points, colour of the upper edge)."""
    width = (look.WIDTH - gap * (across - 1)) / across
    cells: list[list[Any]] = []
    commands: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ("LEFTPADDING", (0, 0), (-1, -1), 7),
        ("RIGHTPADDING", (0, 0), (-1, -1), 7),
    ]
    for place, (heading, items, colour) in enumerate(boxes):
        line, spot = 2 * (place // across), 2 * (place % across)
        if place % across == 0:
            cells += [[""] * (2 * across - 1), [""] * (2 * across - 1)]
        cells[line][spot] = [text(heading, "heading"), *bullets(items)]
        commands.append(("BACKGROUND", (spot, line), (spot, line), HexColor(look.PANEL)))
        commands.append(("LINEABOVE", (spot, line), (spot, line), 1.6, HexColor(colour)))
    heights = [gap * 0.7 if number % 2 else None for number in range(len(cells))]
    grid = Grid(cells, colWidths=[gap if n % 2 else width for n in range(2 * across - 1)], rowHeights=heights)
    grid.setStyle(TableStyle(commands))
    return grid


def table(columns: Sequence[Column], body: Sequence[Sequence[str] | Band], caption: str = "") -> list[Flowable]:
    """A table that breaks over pages with its head repeated; cells wrap, numbers align right."""
    heads = [text(c.head, "cell-head-right" if c.align == "right" else "cell-head") for c in columns]
    styles = ["cell-right" if c.align == "right" else "cell" for c in columns]
    cells = [
        [text(row.title, "cell-head")] + [""] * (len(columns) - 1)
        if isinstance(row, Band)
        else [text(cell, name) for cell, name in zip(row, styles, strict=True)]
        for row in body
    ]
    total = sum(c.share for c in columns)
    grid = Grid([heads, *cells], colWidths=[look.WIDTH * c.share / total for c in columns], repeatRows=1)
    commands: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.9, HexColor(look.NAVY)),
        ("LINEBELOW", (0, 1), (-1, -1), 0.35, HexColor(look.RULE)),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
    ]
    for line in (number for number, row in enumerate(body, start=1) if isinstance(row, Band)):
        commands += [
            ("SPAN", (0, line), (-1, line)),
            ("BACKGROUND", (0, line), (-1, line), HexColor(look.PANEL)),
            ("NOSPLIT", (0, line), (0, line + 1)),
        ]
    grid.setStyle(TableStyle(commands))
    grid.spaceBefore, grid.spaceAfter, grid.is_data = 3, 8, True
    grid.caption = text(caption, "caption") if caption else None
    return [grid]


def loose_heading(words: str) -> list[Flowable]:
    """A heading above a table that may begin on this page and end on another."""
    return [CondPageBreak(80), text(words, "loose-heading")]


def fine_table(columns: Sequence[Column], body: Sequence[Sequence[str]]) -> list[Flowable]:
    """A dense table of the appendix, in the smallest type."""
    heads = [text(column.head, "fine-head") for column in columns]
    cells = [[text(cell, "fine") for cell in row] for row in body]
    total = sum(column.share for column in columns)
    grid = Grid([heads, *cells], colWidths=[look.WIDTH * c.share / total for c in columns], repeatRows=1)
    commands: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.7, HexColor(look.NAVY)),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, HexColor(look.RULE)),
        ("LEFTPADDING", (0, 0), (-1, -1), 1),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 0.8),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.2),
    ]
    grid.setStyle(TableStyle(commands))
    grid.spaceBefore, grid.spaceAfter = 2, 6
    return [grid]
