"""Writes dashboard.html: the data of one published week, the styles, the script and plotly in one file.

plotly's full bundle is 4.8 MB and ships with no smaller one, so it is packed (deflate, base64) and unpacked by the
browser. The page's content policy forbids every request, and every script but its own.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from html import escape
from importlib.resources import files

import pandas as pd

from engage_reports.binding import Ledger, unbound
from engage_reports.dashboard.data import dashboard_data
from engage_reports.frames import Tables
from engage_reports.house_words import Words, words


def build_dashboard(frames: Mapping[str, pd.DataFrame], *, week: date, run_id: str) -> bytes:
    """The page of one published week.

    Raises:
        ReportError: a table or column is missing, a figure is not finite, or the cells do not add up to the week.
    """
    figures = unbound(dashboard_data(Tables(frames, Ledger()), week), [], set())
    content = json.dumps(figures, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    parts: dict[str, str] = {
        "STYLE": _file("style.css"),
        "SCRIPT": _file("page.js"),
        "WEEK": week.isoformat(),
        "AS_OF": (week + timedelta(days=7)).isoformat(),
        "RUN_ID": escape(run_id),
        "NONCE": hashlib.sha256(f"{run_id}{week}".encode()).hexdigest()[:24],
        "PLOTLY": packed_plotly(),
        # A "<" in the data could end the script element that holds it.
        "DATA": content.replace("<", "\\u003c"),
    }
    page = escaped_words().said(_file("page.html"))
    for name, text in parts.items():
        page = page.replace(f"__{name}__", text)
    return page.encode("utf-8")


def escaped_words() -> Words:
    """The words as they may stand in HTML."""
    return replace(words(), customer=escape(words().customer), customers=escape(words().customers))


@cache
def packed_plotly() -> str:
    """plotly's bundle, packed for `DecompressionStream("deflate")`."""
    bundle: bytes = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    return base64.b64encode(zlib.compress(bundle, 4)).decode("ascii")


@cache
def _file(name: str) -> str:
    text: str = files("engage_reports.dashboard").joinpath(name).read_text(encoding="utf-8")
    return text
