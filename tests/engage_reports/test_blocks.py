"""Tables on pages: a caption is never alone, and no row is lost where a table is torn."""

from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader

from engage_reports.kit.blocks import Column, table
from engage_reports.kit.document import Edition, lay_out

CAPTION = "What the columns mean."
EDITION = Edition("Engage: a report", date(2026, 11, 9), "run")


def pages_of(rows: int) -> list[str]:
    story = table([Column("Name", 1), Column("Place", 1)], [[f"row{n}.", "here"] for n in range(rows)], CAPTION)
    return [page.extract_text() for page in PdfReader(BytesIO(lay_out(EDITION, story, subject="a table").pdf)).pages]


@pytest.mark.parametrize("rows", range(40, 60))
def test_a_caption_stands_under_a_row_of_its_table(rows: int) -> None:
    pages = pages_of(rows)
    assert all(f"row{number}." in "".join(pages) for number in range(rows))
    [captioned] = [page for page in pages if CAPTION in page]
    assert captioned is pages[-1]
    assert f"row{rows - 1}." in captioned


def test_some_of_these_tables_fit_a_page_only_without_their_caption() -> None:
    """Otherwise the test above shows nothing."""
    lengths = [len(pages_of(rows)) for rows in range(40, 60)]
    assert {1, 2} <= set(lengths)
