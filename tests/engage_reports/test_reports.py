"""The three files together: charts embedded as vectors, fonts embedded, furniture, outline, metadata, written whole."""

import re
from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader

from engage_reports import (
    ArchitectureFacts,
    ChartRenderer,
    ReportError,
    build_architecture_report,
    build_cost_report,
    build_engagement_report,
    build_reports,
)
from tests.engage_reports.published_week import RUN_ID, WEEK

pytestmark = pytest.mark.browser

Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, charts: ChartRenderer) -> dict[str, Path]:
    from tests.engage_reports.described_platform import architecture_facts
    from tests.engage_reports.published_week import published_frames

    made = build_reports(
        published_frames(),
        tmp_path_factory.mktemp("reports"),
        week=WEEK,
        run_id=RUN_ID,
        architecture=architecture_facts(),
        charts=charts,
    )
    for file in made:
        assert file.pages == len(PdfReader(file.path).pages)
        assert file.bytes == file.path.stat().st_size < 3_000_000
    return {file.name: file.path for file in made}


def fonts_of(resources: object) -> list[object]:
    """All fonts of a page, those of its embedded charts included."""
    resources = resources.get_object()  # type: ignore[attr-defined]
    declared = resources["/Font"].get_object().values() if "/Font" in resources else []
    found = [font.get_object() for font in declared]
    for form in resources["/XObject"].get_object().values() if "/XObject" in resources else []:
        if "/Resources" in form.get_object():
            found += fonts_of(form.get_object()["/Resources"])
    return found


def is_embedded(font: object) -> bool:
    descendants = font.get("/DescendantFonts")  # type: ignore[attr-defined]
    owner = descendants.get_object()[0].get_object() if descendants is not None else font
    if owner.get("/Subtype") == "/Type3":
        return True
    descriptor = owner.get("/FontDescriptor")
    return descriptor is not None and any(
        key in descriptor.get_object() for key in ("/FontFile", "/FontFile2", "/FontFile3")
    )


def test_three_reports_of_the_expected_length(files: dict[str, Path]) -> None:
    pages = {name: len(PdfReader(path).pages) for name, path in files.items()}
    assert list(pages) == ["engagement", "cost", "architecture"]
    assert 6 <= pages["engagement"] <= 11
    assert 3 <= pages["cost"] <= 4
    assert 3 <= pages["architecture"] <= 5


def test_all_fonts_that_draw_are_embedded(files: dict[str, Path]) -> None:
    for path in files.values():
        for page in PdfReader(path).pages:
            for font in fonts_of(page["/Resources"]):
                # reportlab declares Helvetica on every page and draws nothing with it
                assert is_embedded(font) or font["/BaseFont"] == "/Helvetica", font  # type: ignore[index]


def test_charts_are_vectors_with_readable_text(files: dict[str, Path]) -> None:
    reader = PdfReader(files["engagement"])
    assert not any(len(page.images) for page in reader.pages)
    text = " ".join(page.extract_text() for page in reader.pages)
    for axis in ("Probability of leaving within 30 days", "Share contacted", "Mean engagement score (0 to 1)"):
        assert axis in text


def test_furniture_on_every_page(files: dict[str, Path]) -> None:
    for name, path in files.items():
        pages = PdfReader(path).pages
        for number, page in enumerate(pages, start=1):
            text = re.sub(r"\s+", " ", page.extract_text())
            assert f"Engage: {name} report" in text
            assert "Week of 9 November 2026" in text
            assert "Confidential" in text
            assert f"Page {number} of {len(pages)}" in text
            assert f"Data as of 2026-11-16 00:00 UTC. Run {RUN_ID}" in text


def test_outline_and_metadata(files: dict[str, Path]) -> None:
    reader = PdfReader(files["engagement"])
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles[0] == "Engagement report"
    assert {"Who is leaving", "Why they leave", "Fairness", "Recommended actions", "Method and limits"} <= set(titles)
    places = [reader.get_destination_page_number(entry) for entry in reader.outline if not isinstance(entry, list)]
    assert places == sorted(places)
    assert places[-1] == len(reader.pages) - 1
    assert reader.metadata is not None
    assert reader.metadata.title == "Engage: engagement report, week of 2026-11-09"
    assert RUN_ID in str(reader.metadata["/Keywords"])


def test_no_page_is_nearly_empty(files: dict[str, Path]) -> None:
    for path in files.values():
        for page in PdfReader(path).pages:
            assert len(page.extract_text()) > 600, f"{path.name}, page {page.page_number}"


def test_each_report_alone_and_nothing_left_beside_it(
    tmp_path: Path, frames: Frames, platform: ArchitectureFacts, charts: ChartRenderer
) -> None:
    build_engagement_report(frames, tmp_path, week=WEEK, run_id=RUN_ID, charts=charts)
    build_cost_report(frames, tmp_path, week=WEEK, run_id=RUN_ID, charts=charts)
    build_architecture_report(platform, frames, tmp_path, week=WEEK, run_id=RUN_ID, charts=charts)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["architecture.pdf", "cost.pdf", "engagement.pdf"]


def test_a_refused_figure_leaves_the_old_report_in_place(tmp_path: Path, frames: Frames, charts: ChartRenderer) -> None:
    old = build_engagement_report(frames, tmp_path, week=WEEK, run_id=RUN_ID, charts=charts).path.read_bytes()
    frames["analytics.weekly_summary"]["customers"] = float("nan")
    with pytest.raises(ReportError, match="customers is nan"):
        build_engagement_report(frames, tmp_path, week=WEEK, run_id=RUN_ID, charts=charts)
    assert (tmp_path / "engagement.pdf").read_bytes() == old
