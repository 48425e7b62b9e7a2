"""Pages: A4 with furniture (title, week, confidentiality, run, data as of, page x of y), outline and metadata."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from engage_reports.kit import look
from engage_reports.wording import day, shortened

CONFIDENTIALITY = "Confidential. For internal use."
_TOTAL = "total-pages"


@dataclass(frozen=True)
class Edition:
    """What the furniture of every page says."""

    title: str
    week: date
    run_id: str

    @property
    def as_of(self) -> date:
        """The data end here: the Monday after the week, 00:00 UTC."""
        return self.week + timedelta(days=7)


@dataclass(frozen=True)
class ChartSpot:
    """Where a chart belongs: zero-based page, lower left corner and size in points."""

    chart: str
    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class LaidOut:
    """A report without its charts: the file so far and where the charts go."""

    pdf: bytes
    spots: tuple[ChartSpot, ...]


class ReportCanvas(Canvas):  # type: ignore[misc]
    """Collects the chart spots, and writes the number of pages once it is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chart_spots: list[ChartSpot] = []

    def save(self) -> None:
        """Fills the form that every footer shows, then saves."""
        self.beginForm(_TOTAL, 0, -3, 30, 10)
        self.setFont(look.REGULAR, 6.5)
        self.setFillColor(HexColor(look.MUTED))
        self.drawString(0, 0, str(self.getPageNumber() - 1))
        self.endForm()
        super().save()


def lay_out(edition: Edition, story: Sequence[Flowable], *, subject: str) -> LaidOut:
    """Sets the story on pages. Charts leave their space empty; `embed_charts` fills it."""
    look.typefaces()
    target, spots = BytesIO(), list[ChartSpot]()

    def make_canvas(*args: Any, **kwargs: Any) -> ReportCanvas:
        canvas = ReportCanvas(*args, **kwargs)
        canvas.chart_spots = spots
        return canvas

    document = BaseDocTemplate(
        target,
        pagesize=look.PAGE,
        title=f"{edition.title}, week of {edition.week.isoformat()}",
        author="Engage",
        subject=subject,
        keywords=f"run {edition.run_id}; data as of {edition.as_of.isoformat()}",
        creator="engage_reports",
        lang="en",
    )
    frame = Frame(look.MARGIN, look.FOOT, look.WIDTH, look.PAGE[1] - look.HEAD - look.FOOT, 0, 0, 0, 0, id="page")
    document.addPageTemplates(PageTemplate("page", [frame], onPage=lambda canvas, _: _furnish(canvas, edition)))
    document.build(list(story), canvasmaker=make_canvas)
    return LaidOut(target.getvalue(), tuple(spots))


def _furnish(canvas: Any, edition: Edition) -> None:
    """Header and footer of one page."""
    left, right, top = look.MARGIN, look.PAGE[0] - look.MARGIN, look.PAGE[1] - 14 * mm
    canvas.saveState()
    canvas.setStrokeColor(HexColor(look.RULE))
    canvas.setLineWidth(0.5)
    canvas.line(left, top - 5, right, top - 5)
    canvas.line(left, 15.5 * mm, right, 15.5 * mm)
    canvas.setFillColor(HexColor(look.NAVY))
    canvas.setFont(look.BOLD, 7)
    canvas.drawString(left, top, edition.title)
    canvas.setFont(look.REGULAR, 7)
    canvas.setFillColor(HexColor(look.MUTED))
    canvas.drawRightString(right, top, f"Week of {day(edition.week)}")
    canvas.setFont(look.REGULAR, 6.5)
    canvas.drawString(left, 12 * mm, CONFIDENTIALITY)
    canvas.drawString(
        left,
        9 * mm,
        f"Data as of {edition.as_of.isoformat()} 00:00 UTC. Run {shortened(look.drawable(edition.run_id), 60)}",
    )
    number = f"Page {canvas.getPageNumber()} of "
    canvas.drawRightString(right - 8, 12 * mm, number)
    canvas.translate(right - 8, 12 * mm)
    canvas.doForm(_TOTAL)
    canvas.restoreState()
