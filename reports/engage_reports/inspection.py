"""What must hold of a finished PDF: pages, size, embedded fonts, links that lead somewhere, text inside its area."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engage_reports.kit import look

LARGEST_BYTES = 3_000_000
PAGES: Mapping[str, tuple[int, int]] = {"engagement": (10, 14), "cost": (4, 9), "architecture": (4, 15)}
"""How many pages each report may have up to the one on which its appendix begins: fewer means that something is
missing, more that something overflows. The appendix lists the figures and grows with them; it is counted apart."""
APPENDIX = "Appendix: figures"
MOST_APPENDIX_PAGES = 6
SLACK = 4.0
"""Points that a glyph may stand out of the text area: side bearings, and the ends of error bars."""


@dataclass(frozen=True)
class Finding:
    """One check of one file."""

    check: str
    passed: bool
    message: str


CHECKS = ("page_count", "file_size", "fonts_embedded", "links_resolve", "text_inside_pages")


def inspect(path: Path) -> list[Finding]:
    """All checks of one report, in the order of `CHECKS`."""
    from pypdf import PdfReader

    reader = PdfReader(path)
    low, high = PAGES.get(path.stem, (1, 100))
    pages, size = len(reader.pages), path.stat().st_size
    body = body_pages(reader)
    rest = f" and {pages - body} of appendix; {low} to {high} and at most {MOST_APPENDIX_PAGES} are expected"
    strangers = sorted({name for page in reader.pages for name in _unembedded(page["/Resources"], set())})
    broken = [f"page {number}" for number, page in enumerate(reader.pages, start=1) for _ in _broken_links(page)]
    outside = list(_outside(path))
    return [
        Finding("page_count", low <= body <= high and pages - body <= MOST_APPENDIX_PAGES, f"{body} pages{rest}"),
        Finding("file_size", size < LARGEST_BYTES, f"{size:,} bytes; below {LARGEST_BYTES:,} is expected"),
        Finding("fonts_embedded", not strangers, f"not embedded: {', '.join(strangers) or 'none'}"),
        Finding("links_resolve", not broken, f"links that lead nowhere: {', '.join(broken) or 'none'}"),
        Finding("text_inside_pages", not outside, f"outside the text area: {'; '.join(outside[:5]) or 'nothing'}"),
    ]


def body_pages(reader: Any) -> int:
    """The pages up to the one on which the appendix begins; all of them without one."""
    starts = [reader.get_destination_page_number(each) for each in _sections(reader) if each.title == APPENDIX]
    return starts[0] + 1 if starts else len(reader.pages)


def preview(path: Path, *, width: int) -> bytes:
    """The first page as a PNG of ``width`` pixels."""
    import io

    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        page = document[0]
        target = io.BytesIO()
        page.render(scale=width / page.get_width()).to_pil().quantize(48).save(target, "PNG")
        return target.getvalue()
    finally:
        document.close()


def _sections(reader: Any) -> list[Any]:
    """The entries of the outline; those of deeper levels stand in lists."""
    return [each for each in reader.outline if not isinstance(each, list)]


def _outside(path: Path) -> Iterator[str]:
    """Lines of text that leave the text area sideways, or the page."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        for number, page in enumerate(document, start=1):
            width, height = page.get_size()
            left = (width - float(look.WIDTH)) / 2 - SLACK
            words = page.get_textpage()
            for place in range(words.count_rects()):
                x0, y0, x1, y1 = words.get_rect(place)
                if x0 < left or x1 > width - left or y0 < 0 or y1 > height:
                    yield f"page {number}: {words.get_text_bounded(x0, y0, x1, y1)[:40]!r}"
    finally:
        document.close()


def _broken_links(page: Any) -> Iterator[Any]:
    for note in page.get("/Annots", []):
        found = note.get_object()
        if found.get("/Subtype") != "/Link":
            continue
        target = found.get("/Dest") or found.get("/A", {}).get("/D") or found.get("/A", {}).get("/URI")
        if target is None or (isinstance(target, list) and target[0].get_object() is None):
            yield found


def _entries(resources: Any, kind: str) -> list[Any]:
    return [each.get_object() for each in resources[kind].get_object().values()] if kind in resources else []


def _unembedded(resources: Any, seen: set[int]) -> Iterator[str]:
    """Names of fonts without a font file, those of embedded charts included. reportlab declares Helvetica on every page
    and draws nothing with it.
    """
    resources = resources.get_object()
    for font in _entries(resources, "/Font"):
        owner = font["/DescendantFonts"].get_object()[0].get_object() if "/DescendantFonts" in font else font
        descriptor = owner.get("/FontDescriptor")
        files = () if descriptor is None else descriptor.get_object()
        known = font.get("/BaseFont") == "/Helvetica" or owner.get("/Subtype") == "/Type3"
        if not known and not any(key in files for key in ("/FontFile", "/FontFile2", "/FontFile3")):
            yield str(font.get("/BaseFont"))
    for form in _entries(resources, "/XObject"):
        if id(form) not in seen and "/Resources" in form:
            seen.add(id(form))
            yield from _unembedded(form["/Resources"], seen)
