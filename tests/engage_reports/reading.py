"""What a reader of a draft sees: the words on the pages, and the figures as data."""

import json
import re
from io import BytesIO

from pypdf import PdfReader

from engage_reports.draft import Draft
from engage_reports.kit.document import lay_out


def words(draft: Draft) -> str:
    """The text of all pages, in one line, without the charts."""
    pages = PdfReader(BytesIO(lay_out(draft.edition, draft.story, subject=draft.subject).pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def everything(draft: Draft) -> str:
    """The words and the figures."""
    return words(draft) + json.dumps(draft.figures, allow_nan=False, sort_keys=True)
