"""The pages keep their look: first pages against kept pictures, small and grey, with a generous tolerance; and in grey
the series of a chart stay apart.

A page that is meant to look different: `ENGAGE_KEEP_PICTURES=1 pytest tests/engage_reports/test_looks.py`, then look at
the new pictures before they are committed.
"""

import os
from io import BytesIO
from itertools import combinations
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from engage_reports import ChartRenderer, build_reports
from engage_reports.kit import look
from tests.engage_reports.described_platform import architecture_facts
from tests.engage_reports.published_week import RUN_ID, WEEK, published_frames

PICTURES = Path(__file__).parent / "pictures"
PAGES = (("engagement", 0), ("engagement", 1), ("engagement", 4), ("engagement", 6), ("cost", 0), ("architecture", 0))
WIDTH = 300
TOLERANCE = 0.04
"""Mean difference of brightness in blocks of 6 pixels: fonts and versions move less than 0.01, a lost chart 0.06."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, charts: ChartRenderer) -> Path:
    out = tmp_path_factory.mktemp("looks")
    build_reports(published_frames(), out, week=WEEK, run_id=RUN_ID, architecture=architecture_facts(), charts=charts)
    return out


def picture(path: Path, page: int) -> Image.Image:
    sheet = pypdfium2.PdfDocument(path)[page]
    return sheet.render(scale=WIDTH / sheet.get_width()).to_pil().convert("L")


def difference(one: Image.Image, other: Image.Image) -> float:
    """The root of the mean squared difference of brightness (0 to 1), over blocks: shifts of a pixel do not count."""
    small = [
        np.asarray(each.resize((WIDTH // 6, WIDTH // 4), Image.Resampling.BOX), float) / 255 for each in (one, other)
    ]
    return float(np.sqrt(((small[0] - small[1]) ** 2).mean()))


@pytest.mark.browser
@pytest.mark.parametrize(("report", "page"), PAGES)
def test_a_page_looks_as_it_did(folder: Path, report: str, page: int) -> None:
    now, kept = picture(folder / f"{report}.pdf", page), PICTURES / f"{report}-{page + 1}.png"
    if os.environ.get("ENGAGE_KEEP_PICTURES"):
        now.quantize(16).save(kept)
    assert difference(now, Image.open(BytesIO(kept.read_bytes())).convert("L")) < TOLERANCE


def test_a_page_that_lost_a_chart_is_noticed() -> None:
    page = Image.open(PICTURES / "engagement-2.png").convert("L")
    page.paste(255, (0, 60, WIDTH, 240))
    assert difference(page, Image.open(PICTURES / "engagement-2.png").convert("L")) > TOLERANCE


def brightness(colour: str) -> float:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


@pytest.mark.parametrize(
    "series",
    [
        (look.GREY, look.SKY, look.BLUE),
        (look.GREY, look.VERMILLION),
        (look.BLUE, look.ORANGE),
        (look.BLUE, look.SKY),
        (look.GREY, look.GREEN),
    ],
)
def test_series_of_a_chart_differ_in_grey(series: tuple[str, ...]) -> None:
    for one, other in combinations(series, 2):
        assert abs(brightness(one) - brightness(other)) > 0.05, (one, other)
