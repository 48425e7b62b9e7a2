"""Places the rendered charts into the laid-out pages, as vector graphics."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, RectangleObject

from engage_reports.errors import ReportError
from engage_reports.kit.document import ChartSpot, LaidOut
from engage_reports.kit.tagging import add_structure


def embed_charts(laid_out: LaidOut, charts: Mapping[str, bytes]) -> tuple[bytes, int]:
    """The finished file and its number of pages. ``charts`` maps a chart's name to a one-page PDF.

    Each chart becomes a form object, drawn once at its spot and scaled to it. (pypdf's own page merge parses every
    drawing command of both pages; this copies them.)

    Raises:
        ReportError: a chart of the layout was not rendered.
    """
    writer = PdfWriter(clone_from=BytesIO(laid_out.pdf))
    for number, spot in enumerate(laid_out.spots):
        if spot.chart not in charts:
            raise ReportError(f"Chart {spot.chart!r} stands on page {spot.page + 1} but was not rendered.")
        _place(writer, spot, charts[spot.chart], f"/Chart{number}")
    add_structure(writer, laid_out.marks)
    target = BytesIO()
    writer.write(target)
    return target.getvalue(), len(writer.pages)


def _place(writer: PdfWriter, spot: ChartSpot, chart: bytes, name: str) -> None:
    drawn = PdfReader(BytesIO(chart)).pages[0]
    content = drawn.get_contents()
    if content is None:
        raise ReportError(f"Chart {spot.chart!r} was rendered as an empty page.")
    box = drawn.mediabox
    plain = DecodedStreamObject()
    plain.set_data(content.get_data())
    form = plain.flate_encode()
    form.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): RectangleObject((box.left, box.bottom, box.right, box.top)),
            NameObject("/Resources"): drawn["/Resources"].clone(writer),
        }
    )
    across, up = spot.width / float(box.width), spot.height / float(box.height)
    command = DecodedStreamObject()
    placed = f"q {across:.6f} 0 0 {up:.6f} {spot.x:.3f} {spot.y:.3f} cm {name} Do Q"
    command.set_data(f"/Figure <</MCID {spot.mark}>> BDC {placed} EMC\n".encode("ascii"))
    page: Any = writer.pages[spot.page]
    resources = page["/Resources"].get_object()
    if "/XObject" not in resources:
        resources[NameObject("/XObject")] = DictionaryObject()
    resources["/XObject"].get_object()[NameObject(name)] = writer._add_object(form)
    contents = page["/Contents"].get_object()
    parts = list(contents) if isinstance(contents, ArrayObject) else [page.raw_get("/Contents")]
    page[NameObject("/Contents")] = ArrayObject([*parts, writer._add_object(command)])
