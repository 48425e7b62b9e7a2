"""The structure of the pages for screen readers: headings, paragraphs, tables, figures with their alternative text.

reportlab draws no tags. Each block marks what it draws (BDC … EMC) with a number, and the structure tree over these
marks is added when the charts are embedded. A table is one element: its text is read in the order of its cells.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

Role = Literal["H1", "H2", "H3", "P", "L", "Table", "Figure", "Caption", "TOC"]


@dataclass(frozen=True)
class Mark:
    """One marked piece of a page: zero-based page, number on that page, role, alternative text of a figure."""

    page: int
    number: int
    role: Role
    alternative: str = ""


@contextmanager
def marked(canvas: Any, role: Role, alternative: str = "") -> Iterator[None]:
    """Marks what is drawn inside. A mark inside another one is left out: marks do not nest."""
    if canvas.inside_mark:
        yield
        return
    mark = next_mark(canvas, role, alternative)
    canvas.inside_mark = True
    canvas._code.append(f"/{role} <</MCID {mark.number}>> BDC")
    yield
    canvas._code.append("EMC")
    canvas.inside_mark = False


def next_mark(canvas: Any, role: Role, alternative: str = "") -> Mark:
    """The next mark of the canvas's page."""
    page = canvas.getPageNumber() - 1
    mark = Mark(page, sum(each.page == page for each in canvas.marks), role, alternative)
    canvas.marks.append(mark)
    return mark


@contextmanager
def decoration(canvas: Any) -> Iterator[None]:
    """Marks page furniture, which a screen reader skips."""
    canvas._code.append("/Artifact BMC")
    yield
    canvas._code.append("EMC")


def add_structure(writer: PdfWriter, marks: Sequence[Mark]) -> None:
    """Adds the structure tree over the marks, in reading order."""
    root = DictionaryObject({NameObject("/Type"): NameObject("/StructTreeRoot")})
    root_reference = writer._add_object(root)
    document = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/StructElem"),
            NameObject("/S"): NameObject("/Document"),
            NameObject("/P"): root_reference,
        }
    )
    document_reference = writer._add_object(document)
    elements, by_page = ArrayObject(), dict[int, ArrayObject]()
    for mark in marks:
        element = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/StructElem"),
                NameObject("/S"): NameObject(f"/{mark.role}"),
                NameObject("/P"): document_reference,
                NameObject("/Pg"): writer.pages[mark.page].indirect_reference,
                NameObject("/K"): NumberObject(mark.number),
            }
        )
        if mark.alternative:
            element[NameObject("/Alt")] = TextStringObject(mark.alternative)
        reference = writer._add_object(element)
        elements.append(reference)
        by_page.setdefault(mark.page, ArrayObject()).append(reference)
    document[NameObject("/K")] = elements
    numbers = ArrayObject()
    for page in sorted(by_page):
        writer.pages[page][NameObject("/StructParents")] = NumberObject(page)
        numbers += [NumberObject(page), by_page[page]]
    root[NameObject("/K")] = document_reference
    root[NameObject("/ParentTree")] = writer._add_object(DictionaryObject({NameObject("/Nums"): numbers}))
    root[NameObject("/ParentTreeNextKey")] = NumberObject(len(writer.pages))
    catalogue = writer._root_object
    catalogue[NameObject("/StructTreeRoot")] = root_reference
    catalogue[NameObject("/MarkInfo")] = DictionaryObject({NameObject("/Marked"): BooleanObject(True)})
