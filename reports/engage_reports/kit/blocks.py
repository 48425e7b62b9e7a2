"""What pages are made of: headings with bookmarks, call-outs, bullet lists, tables, charts with captions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reportlab.lib.colors import HexColor
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, PageBreak, Paragraph, Spacer, Table, TableStyle

from engage_reports.kit import look
from engage_reports.kit.document import ChartSpot
from engage_reports.kit.plot import PIXELS_PER_POINT, Figure

Align = Literal["left", "right"]

SECTION_ROOM = 130.0
"""A section that does not begin a page needs at least this much of it, in points."""


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


class Bookmark(Flowable):  # type: ignore[misc]
    """An entry of the PDF's outline at this place."""

    def __init__(self, title: str, level: int = 0) -> None:
        super().__init__()
        self.title, self.level = title, level
        self.width = self.height = 0

    def draw(self) -> None:
        """Adds the entry; the key is unique by page and title."""
        key = f"{self.canv.getPageNumber()}-{self.title}"
        self.canv.bookmarkHorizontal(key, 0, 24)
        self.canv.addOutlineEntry(self.title, key, self.level, closed=False)


class ChartBox(Flowable):  # type: ignore[misc]
    """The space of a chart; remembers where it came to stand. Width and height in points."""

    def __init__(self, chart: str, height: float, width: float = look.WIDTH) -> None:
        super().__init__()
        self.chart, self.width, self.height = chart, width, height

    def wrap(self, *_available: float) -> tuple[float, float]:
        """The size is given, whatever is available."""
        return self.width, self.height

    def draw(self) -> None:
        """Records the spot; `embed_charts` fills it."""
        x, y = self.canv.absolutePosition(0, 0)
        page = self.canv.getPageNumber() - 1
        self.canv.chart_spots.append(ChartSpot(self.chart, page, x, y, self.width, self.height))


def title_block(title: str, subtitle: str) -> list[Flowable]:
    """The head of a report's first page."""
    return [Bookmark(title), Paragraph(look.safe(title), look.style("title")), text(subtitle, "subtitle")]


def section(name: str, takeaway: str, *, new_page: bool = True, room: float = SECTION_ROOM) -> list[Flowable]:
    """A section: bookmark under ``name``, the takeaway as its heading; ``room`` is what must be left of the page."""
    start: list[Flowable] = [PageBreak()] if new_page else [CondPageBreak(room), Spacer(0, 8)]
    return [*start, Bookmark(name), text(name.upper(), "figure-label"), text(takeaway, "section")]


def text(words: str, style: str = "text") -> Paragraph:
    """A paragraph of plain words (data included: it is escaped)."""
    return Paragraph(look.safe(words), look.style(style))


def bullets(items: Sequence[str]) -> list[Flowable]:
    """A list of short points."""
    return [Paragraph(look.safe(item), look.style("bullet"), bulletText="•") for item in items]


class Chart(KeepTogether):  # type: ignore[misc]
    """A full-width chart with its takeaway above and its caption (units, source) below, kept on one page.

    ``figure`` is a plotly figure of the house style; its layout gives the size.
    """

    def __init__(self, name: str, takeaway: str, caption: str, figure: Figure) -> None:
        height = figure["layout"]["height"] / PIXELS_PER_POINT
        super().__init__([text(takeaway, "heading"), ChartBox(name, height), text(caption, "caption")])
        self.name, self.figure = name, figure


def call_outs(figures: Sequence[tuple[str, str]]) -> Flowable:
    """Key figures side by side: (figure, what it is)."""
    columns = len(figures)
    cells = [[text(figure, "figure") for figure, _ in figures], [text(label, "figure-label") for _, label in figures]]
    gap = 6.0
    widths = [look.WIDTH / columns] * columns
    table = Table(cells, colWidths=widths)
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
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
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
    grid = Table(cells, colWidths=[gap if n % 2 else width for n in range(2 * across - 1)], rowHeights=heights)
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
    grid = Table([heads, *cells], colWidths=[look.WIDTH * c.share / total for c in columns], repeatRows=1)
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
    grid.spaceBefore, grid.spaceAfter = 3, 3 if caption else 8
    return [grid, *([text(caption, "caption")] if caption else [])]
