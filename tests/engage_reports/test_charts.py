"""The child process that renders: overlap, isolation of a bad figure, the wall-clock limit, nothing left behind."""

import time
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
import pytest
from pypdf import PdfReader

from engage_reports import ChartRenderer, ChartsFailed, ReportError
from engage_reports.kit.plot import bars, figure, label

pytestmark = pytest.mark.browser


def small(title: str = "Łódź") -> dict[str, Any]:
    return figure(
        [bars([label(title), "b"], [1, 2], "#0072B2", "one")], 90, xaxis={"title": "Customers", "type": "category"}
    )


def child_of(charts: ChartRenderer) -> psutil.Process:
    assert charts._process is not None
    return psutil.Process(charts._process.pid)


def fake_browser(tmp_path: Path, script: str) -> Path:
    path = tmp_path / "browser"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_figures_come_back_as_vector_pages_with_the_embedded_typeface(charts: ChartRenderer) -> None:
    charts.submit("a", small())
    page = PdfReader(BytesIO(charts.collect(["a"])["a"])).pages[0]
    fonts = [font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values()]
    assert fonts
    assert all("BitstreamVeraSans" in font for font in fonts)
    assert "Łódz" in page.extract_text()
    assert "/XObject" not in page["/Resources"]


def test_a_figure_is_the_same_whatever_was_drawn_before_it(charts: ChartRenderer) -> None:
    for name in ("first", "between", "last"):
        charts.submit(name, small("x" if name == "between" else "a"))
    images = charts.collect(["first", "between", "last"])
    first, last = (PdfReader(BytesIO(images[name])).pages[0].get_contents() for name in ("first", "last"))
    assert first is not None
    assert last is not None
    assert first.get_data() == last.get_data()


def test_a_figure_that_cannot_be_drawn_is_named_and_the_others_are_drawn(charts: ChartRenderer) -> None:
    charts.submit("bad", {"data": "nothing", "layout": {"width": -5}})
    charts.submit("good", small())
    with pytest.raises(ChartsFailed, match="1 of 2 figures could not be drawn: bad"):
        charts.collect(["bad", "good"])
    assert charts.collect(["good"])["good"].startswith(b"%PDF")


def test_a_figure_with_a_number_that_is_not_finite_is_refused(charts: ChartRenderer) -> None:
    with pytest.raises(ReportError, match="'odd' holds a number that is not finite"):
        charts.submit("odd", {"data": [{"y": [float("nan")]}], "layout": {}})


def test_starting_and_handing_over_do_not_wait_for_the_browser() -> None:
    began = time.monotonic()
    with ChartRenderer() as charts:
        for number in range(12):
            charts.submit(f"figure {number}", {**small(), "note": "x" * 20_000})  # more than a pipe holds
        assert time.monotonic() - began < 1.0
        assert len(charts.collect(["figure 0", "figure 11"])) == 2


def test_a_browser_that_never_answers_is_killed_at_the_limit(tmp_path: Path) -> None:
    browser = fake_browser(tmp_path, "sleep 300")
    with ChartRenderer(browser, limit_seconds=2.5) as charts:
        child = child_of(charts)
        time.sleep(1.5)
        family = [child, *child.children(recursive=True)]
        with pytest.raises(ChartsFailed, match=r"self-test was not done after \d+ s.*BROWSER_PATH"):
            charts.check()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive


def test_a_browser_that_dies_is_an_error_with_its_name(tmp_path: Path) -> None:
    browser = fake_browser(tmp_path, "echo cannot open display >&2; exit 3")
    with ChartRenderer(browser, limit_seconds=30) as charts, pytest.raises(ChartsFailed, match=str(browser)):
        charts.check()


def test_a_browser_killed_between_figures_does_not_hang() -> None:
    with ChartRenderer() as own:
        own.check()
        own.limit_seconds = 5.0
        for process in child_of(own).children(recursive=True):
            process.kill()
        own.submit("one", small())
        own.submit("two", small())
        with pytest.raises(ChartsFailed):
            own.collect(["one", "two"])


def test_closing_leaves_no_process_and_no_folder() -> None:
    charts = ChartRenderer()
    charts.start()
    charts.check()
    child = child_of(charts)
    family = [child, *child.children(recursive=True)]
    assert charts._folder is not None
    folder = Path(charts._folder.name)
    charts.close()
    charts.close()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    assert not folder.exists()


def test_the_limit_must_be_positive() -> None:
    with pytest.raises(ReportError, match="limit_seconds is 0"):
        ChartRenderer(Path("/bin/true"), limit_seconds=0)
