"""What a reader of a draft sees: the words of its story (fast) or of its pages, and the figures as data."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from reportlab.platypus import KeepTogether, Paragraph, Table

from engage_reports.binding import Bound, Ledger, read_marks
from engage_reports.draft import Draft
from engage_reports.kit.document import lay_out


def bound(value: float) -> Bound:
    """A number that can be printed, bound to a table of the tests."""
    return Ledger().bind(value, "tests.table.column")


def seen(words: str) -> str:
    """A text as the reader sees it, without the marks of its figures."""
    return read_marks(words)[0]


def words(draft: Draft) -> str:
    """The text of the story in one line, without furniture, drawings and charts."""
    return re.sub(r"\s+", " ", " ".join(_texts(draft.story)))


def page_words(draft: Draft) -> str:
    """The text of all pages in one line, as a PDF reader finds it; without the charts."""
    pages = PdfReader(BytesIO(lay_out(draft.edition, draft.story, subject=draft.subject).pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def everything(draft: Draft) -> str:
    """The words and the figures."""
    return words(draft) + json.dumps(draft.figures, allow_nan=False, sort_keys=True)


def _texts(items: Any) -> Iterator[str]:
    for item in items:
        if isinstance(item, str):
            yield item
        elif isinstance(item, list | tuple):
            yield from _texts(item)
        elif isinstance(item, Paragraph):
            yield item.getPlainText()
        elif isinstance(item, KeepTogether):
            yield from _texts(item._content)
        elif isinstance(item, Table):
            yield from _texts(item._cellvalues)
