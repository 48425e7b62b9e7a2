"""The three files together: charts embedded as vectors, fonts embedded, furniture, outline, metadata, written whole."""

import csv
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pypdf import PdfReader

from engage_reports import (
    PAPERS,
    ArchitectureFacts,
    ChartRenderer,
    ReportError,
    ReportFile,
    build_reports,
)
from engage_reports.inspection import body_pages, inspect
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
    made = [file for file in made if file.path.suffix == ".pdf"]
    for file in made:
        assert [finding for finding in inspect(file.path) if not finding.passed] == []
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
    pages = {name: body_pages(PdfReader(path)) for name, path in files.items()}
    assert list(pages) == ["engagement", "cost", "architecture"]
    assert 10 <= pages["engagement"] <= 14
    assert 5 <= pages["cost"] <= 9
    assert 4 <= pages["architecture"] <= 10


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
    assert reader.metadata is not None
    assert reader.metadata.title == "Engage: engagement report, week of 2026-11-09"
    assert RUN_ID in str(reader.metadata["/Keywords"])


def test_no_page_is_nearly_empty(files: dict[str, Path]) -> None:
    for path in files.values():
        reader = PdfReader(path)
        appendix = next(e for e in reader.outline if e.title == "Appendix: figures")
        for page in reader.pages[: reader.get_destination_page_number(appendix)]:
            assert len(page.extract_text()) > 600, f"{path.name}, page {page.page_number}"


def build(
    frames: Frames, out: Path, platform: ArchitectureFacts, charts: ChartRenderer, **more: Any
) -> list[ReportFile]:
    return build_reports(frames, out, week=WEEK, run_id=RUN_ID, architecture=platform, charts=charts, **more)


def test_nothing_is_left_beside_the_reports(files: dict[str, Path]) -> None:
    names = {path.name for path in files["cost"].parent.iterdir()}
    assert names == {"engagement.pdf", "cost.pdf", "architecture.pdf", "figures.csv", "dashboard.html"}


def test_a_refused_figure_leaves_the_old_reports_in_place(
    tmp_path: Path, frames: Frames, platform: ArchitectureFacts, charts: ChartRenderer
) -> None:
    [old, *_] = build(frames, tmp_path, platform, charts)
    content = old.path.read_bytes()
    frames["analytics.weekly_summary"]["customers"] = float("nan")
    with pytest.raises(ReportError, match="customers is nan"):
        build(frames, tmp_path, platform, charts)
    assert old.path.read_bytes() == content


def test_letter_breaks_into_the_same_pages_as_a4(
    tmp_path: Path, frames: Frames, platform: ArchitectureFacts, charts: ChartRenderer, files: dict[str, Path]
) -> None:
    for file in build(frames, tmp_path, platform, charts, paper=PAPERS["letter"])[:3]:
        letter, a4 = PdfReader(file.path), PdfReader(files[file.name])
        assert [round(float(side)) for side in letter.pages[0].mediabox[2:]] == [612, 792]
        assert [round(float(side)) for side in a4.pages[0].mediabox[2:]] == [595, 842]
        assert len(letter.pages) == len(a4.pages)


def test_links_of_the_contents_lead_to_their_sections_and_show_their_pages(files: dict[str, Path]) -> None:
    for path in files.values():
        reader = PdfReader(path)
        outline = {entry.title: reader.get_destination_page_number(entry) for entry in reader.outline}
        links = [note.get_object() for note in reader.pages[0].get("/Annots", [])]
        assert len(links) == len(outline) - 1
        pages = {page.indirect_reference.idnum: page.page_number for page in reader.pages}
        leads_to = [pages[link["/Dest"][0].idnum] for link in links]
        assert sorted(leads_to) == sorted(list(outline.values())[1:])
        shown = re.search(r"In this report(.*)", reader.pages[0].extract_text(), re.DOTALL)
        assert shown is not None
        for page in leads_to:
            assert re.search(rf"\b{page + 1}\b", shown.group(1))


def test_figures_have_alternative_text_and_every_page_a_structure(files: dict[str, Path]) -> None:
    for path in files.values():
        reader = PdfReader(path)
        tree = reader.trailer["/Root"]["/StructTreeRoot"]
        elements = [each.get_object() for each in tree["/K"].get_object()["/K"]]
        charts_drawn = sum(
            form.startswith("/Chart") for page in reader.pages for form in page["/Resources"].get("/XObject", {})
        )
        figures = [each for each in elements if each["/S"] == "/Figure"]
        assert len(figures) >= charts_drawn
        assert all(len(each["/Alt"]) > 40 for each in figures)
        assert {each["/Pg"].get_object()["/StructParents"] for each in elements} == set(range(len(reader.pages)))
        for page in reader.pages:
            content = page.get_contents().get_data()
            marked = [int(number) for number in re.findall(rb"/MCID (\d+)>> BDC", content)]
            assert sorted(marked) == list(range(len(marked)))
            assert content.count(b"BDC") + content.count(b"/Artifact BMC") == content.count(b"EMC")


def test_every_printed_figure_is_listed_with_its_columns(files: dict[str, Path]) -> None:
    lines = list(csv.DictReader((files["cost"].parent / "figures.csv").open(encoding="utf-8")))
    assert {line["report"] for line in lines} == set(files)
    assert all(line["columns"] and line["formula"] and line["figure"] in line["text"] for line in lines)
    leavers = [line for line in lines if line["columns"] == "analytics.weekly_summary.expected_leavers_active"]
    assert leavers
    text = " ".join(page.extract_text() for page in PdfReader(files["engagement"]).pages)
    assert all(line["figure"] in text for line in leavers)
