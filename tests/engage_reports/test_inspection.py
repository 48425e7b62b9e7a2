"""The checks of a finished PDF: each passes on the reports, and each has a file that it refuses."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from engage_reports.inspection import APPENDIX, CHECKS, MOST_APPENDIX_PAGES, inspect, preview
from engage_reports.kit import look


def write(path: Path, draw: Any, *, pages: int = 12) -> Path:
    canvas = Canvas(str(path), pagesize=look.A4.size)
    look.typefaces()
    for _ in range(pages):
        canvas.setFont(look.REGULAR, 9)
        canvas.drawString(80, 500, "A line inside the text area")
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def failed(path: Path) -> set[str]:
    return {finding.check for finding in inspect(path) if not finding.passed}


def test_a_sound_file_passes_every_check(tmp_path: Path) -> None:
    path = write(tmp_path / "engagement.pdf", lambda canvas: None)
    assert tuple(finding.check for finding in inspect(path)) == CHECKS
    assert failed(path) == set()


def test_too_few_pages(tmp_path: Path) -> None:
    assert failed(write(tmp_path / "engagement.pdf", lambda canvas: None, pages=2)) == {"page_count"}


def test_text_that_leaves_the_text_area(tmp_path: Path) -> None:
    path = write(tmp_path / "engagement.pdf", lambda canvas: canvas.drawString(500, 300, "a label that is clipped"))
    assert failed(path) == {"text_inside_pages"}


def test_a_typeface_that_is_not_in_the_file(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 9)
        canvas.drawString(80, 300, "borrowed")

    assert failed(write(tmp_path / "engagement.pdf", draw)) == {"fonts_embedded"}


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject

    writer = PdfWriter(clone_from=PdfReader(write(tmp_path / "sound.pdf", lambda canvas: None)))
    link = DictionaryObject({NameObject("/Subtype"): NameObject("/Link")})
    link[NameObject("/Rect")] = ArrayObject([FloatObject(0)] * 4)
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(link)])
    path = tmp_path / "engagement.pdf"
    writer.write(path)
    assert failed(path) == {"links_resolve"}


def test_a_file_that_is_too_large_to_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engage_reports.inspection.LARGEST_BYTES", 1000)
    assert failed(write(tmp_path / "engagement.pdf", lambda canvas: None)) == {"file_size"}


def test_the_preview_is_a_picture_of_the_first_page(tmp_path: Path) -> None:
    from PIL import Image

    picture = Image.open(BytesIO(preview(write(tmp_path / "cost.pdf", lambda canvas: None), width=300)))
    assert picture.format == "PNG"
    assert picture.size == (300, 425)
    assert len(picture.convert("RGB").getcolors(100_000) or []) > 1


def test_the_appendix_is_counted_apart(tmp_path: Path) -> None:
    def with_appendix(pages: int) -> Path:
        path = write(tmp_path / "engagement.pdf", lambda canvas: None, pages=pages)
        writer = PdfWriter(clone_from=path)
        writer.add_outline_item(APPENDIX, 11)
        writer.write(path)
        return path

    assert failed(with_appendix(12 + MOST_APPENDIX_PAGES)) == set()
    assert failed(with_appendix(13 + MOST_APPENDIX_PAGES)) == {"page_count"}
    assert failed(write(tmp_path / "engagement.pdf", lambda canvas: None, pages=15)) == {"page_count"}
