"""Pages: A4 or Letter, furniture (title, week, confidentiality, run, data as of, page x of y), outline, metadata."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from engage_reports.kit import look
from engage_reports.kit.tagging import Mark, decoration
from engage_reports.wording import day, shortened

CONFIDENTIALITY = "Confidential. For internal use."
_TOTAL = "total-pages"


@dataclass(frozen=True)
class Edition:
    """What the furniture of every page says."""

    title: str
    week: date
    run_id: str
    paper: look.Paper = look.A4

    @property
    def as_of(self) -> date:
        """The data end here: the Monday after the week, 00:00 UTC."""
        return self.week + timedelta(days=7)


@dataclass(frozen=True)
class ChartSpot:
    """Where a chart belongs: zero-based page, lower left corner, size in points; ``mark`` is its place in the tags."""

    chart: str
    page: int
    x: float
    y: float
    width: float
    height: float
    mark: int


@dataclass(frozen=True)
class LaidOut:
    """A report without its charts: the file so far and where the charts go."""

    pdf: bytes
    spots: tuple[ChartSpot, ...]
    marks: tuple[Mark, ...]


class ReportCanvas(Canvas):  # type: ignore[misc]
    """Collects chart spots and tags, and writes the numbers of pages once they are known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chart_spots: list[ChartSpot] = []
        self.marks: list[Mark] = []
        self.inside_mark = False
        self.sections: dict[str, int] = {}

    def save(self) -> None:
        """Fills the forms that footers and the table of contents show, then saves."""
        self._number_form(_TOTAL, self.getPageNumber() - 1, 6.5, right=False)
        for key, page in self.sections.items():
            self._number_form(page_number_of(key), page, look.SMALL, right=True)
        super().save()

    def _number_form(self, name: str, number: int, size: float, *, right: bool) -> None:
        self.beginForm(name, -30 if right else 0, -3, 0 if right else 30, 10)
        self.setFont(look.REGULAR, size)
        self.setFillColor(HexColor(look.MUTED))
        (self.drawRightString if right else self.drawString)(0, 0, str(number))
        self.endForm()


def page_number_of(key: str) -> str:
    """The name of the form that shows the page of a section, known when the document ends."""
    return f"page-of-{key}"


def lay_out(edition: Edition, story: Sequence[Flowable], *, subject: str) -> LaidOut:
    """Sets the story on pages. Charts leave their space empty; `embed_charts` fills it."""
    look.typefaces()
    target, spots, marks = BytesIO(), list[ChartSpot](), list[Mark]()

    def make_canvas(*args: Any, **kwargs: Any) -> ReportCanvas:
        canvas = ReportCanvas(*args, **kwargs)
        canvas.chart_spots, canvas.marks = spots, marks
        return canvas

    document = BaseDocTemplate(
        target,
        pagesize=edition.paper.size,
        title=f"{edition.title}, week of {edition.week.isoformat()}",
        author="Engage",
        subject=subject,
        keywords=f"run {edition.run_id}; data as of {edition.as_of.isoformat()}",
        creator="engage_reports",
        lang="en",
    )
    paper = edition.paper
    frame = Frame(paper.margin, paper.foot, look.WIDTH, look.HEIGHT, 0, 0, 0, 0, id="page")
    document.addPageTemplates(PageTemplate("page", [frame], onPage=lambda canvas, _: _furnish(canvas, edition)))
    document.build(list(story), canvasmaker=make_canvas)
    return LaidOut(target.getvalue(), tuple(spots), tuple(marks))


def _furnish(canvas: Any, edition: Edition) -> None:
    """Header and footer of one page."""
    paper = edition.paper
    left, right, top = paper.margin, paper.margin + look.WIDTH, paper.header_line
    canvas.saveState()
    with decoration(canvas):
        canvas.setStrokeColor(HexColor(look.RULE))
        canvas.setLineWidth(0.5)
        canvas.line(left, top - 5, right, top - 5)
        canvas.line(left, paper.footer_line + 10, right, paper.footer_line + 10)
        canvas.setFillColor(HexColor(look.NAVY))
        canvas.setFont(look.BOLD, 7)
        canvas.drawString(left, top, edition.title)
        canvas.setFont(look.REGULAR, 7)
        canvas.setFillColor(HexColor(look.MUTED))
        canvas.drawRightString(right, top, f"Week of {day(edition.week)}")
        canvas.setFont(look.REGULAR, 6.5)
        canvas.drawString(left, paper.footer_line, CONFIDENTIALITY)
        run = shortened(look.drawable(edition.run_id), 60)
        as_of = f"Data as of {edition.as_of.isoformat()} 00:00 UTC. Run {run}"
        canvas.drawString(left, paper.footer_line - 8.5, as_of)
        canvas.drawRightString(right - 8, paper.footer_line, f"Page {canvas.getPageNumber()} of ")
        canvas.translate(right - 8, paper.footer_line)
        canvas.doForm(_TOTAL)
    canvas.restoreState()
