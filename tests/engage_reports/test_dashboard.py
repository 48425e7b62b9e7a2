"""The dashboard page: what it holds, and how it behaves in a browser without any network."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from engage_reports import ReportError, find_browser
from engage_reports.dashboard.data import without_value
from engage_reports.dashboard.page import build_dashboard
from engage_reports.house_words import Words, spoken_in
from tests.engage_reports.hostile_weeks import (
    a_segment_of_zero,
    all_churned_and_negative_revenue,
    hostile_names,
    no_actions,
    no_previous_week,
    nobody,
    nobody_at_risk,
    nobody_leaves,
    one_customer,
    one_segment,
)
from tests.engage_reports.published_week import RUN_ID, WEEK, published_frames

Frames = dict[str, pd.DataFrame]


def page_of(frames: Frames) -> str:
    return build_dashboard(frames, week=WEEK, run_id=RUN_ID).decode("utf-8")


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def test_it_is_one_small_file_that_names_no_other_place(frames: Frames) -> None:
    html = page_of(frames)
    assert len(html.encode()) < 5_000_000
    shell = re.sub(r'<script type="application/octet-stream".*?</script>', "", html, flags=re.DOTALL)
    assert not re.findall(r"https?://|src=|@import|url\(", shell)
    assert "default-src 'none'" in html


def test_the_cells_add_up_to_the_week(frames: Frames) -> None:
    rows = data_of(page_of(frames))["cells"]["rows"]
    assert sum(row[5] for row in rows) == frames["analytics.weekly_summary"]["customers"][0]
    frames["analytics.customer_cells"].loc[0, "customers"] += 1
    with pytest.raises(ReportError, match=r"100,001 customers, .* 100,000; they must be the same"):
        page_of(frames)


def test_the_list_shows_ids_and_no_value_of_a_customer(frames: Frames) -> None:
    frames["analytics.at_risk_customers"]["reason_1"] = "Days since last seen: 91, high here"
    assert {row[6] for row in data_of(page_of(frames))["risky"]} == {"Days since last seen"}
    assert without_value("Failed payments: 3, high") == "Failed payments"


def test_names_cannot_break_out_of_the_data(frames: Frames) -> None:
    frames["analytics.customer_cells"]["segment"] = "</script><script>alert(1)</script>"
    assert "<script>alert" not in page_of(frames)


def test_a_figure_that_is_not_finite_is_refused(frames: Frames) -> None:
    frames["analytics.customer_cells"].loc[3, "revenue_30d_usd"] = float("inf")
    with pytest.raises(ReportError, match="customer_cells: revenue_30d_usd is inf"):
        page_of(frames)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(find_browser()), args=["--no-sandbox"])
        yield opened
        opened.close()


class Visit:
    """An opened page, and everything it said or asked for."""

    def __init__(self, browser: Browser, file: Path, **context: Any) -> None:
        self.page: Page = browser.new_context(offline=True, **context).new_page()
        self.requests: list[str] = []
        self.noise: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.noise.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.noise.append(str(error)))
        self.page.goto(file.as_uri())
        self.page.wait_for_selector("html[data-ready=true]", timeout=30_000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dashboard.html"
    path.write_text(page_of(published_frames()), encoding="utf-8")
    return path


@pytest.mark.browser
def test_it_opens_without_noise_and_without_requests(browser: Browser, file: Path) -> None:
    visit = Visit(browser, file)
    assert visit.noise == []
    assert visit.requests == [file.as_uri()]
    assert visit.page.locator(".chart .main-svg").count() >= 5
    assert visit.page.locator(".missing").count() == 0


@pytest.mark.browser
def test_filters_narrow_every_figure_and_reset(browser: Browser, file: Path) -> None:
    visit, cells = Visit(browser, file), published_frames()["analytics.customer_cells"]
    page = visit.page
    page.select_option("#segment", label="Fading creators")
    page.select_option("#tier", label="High")
    page.select_option("#location", label="Łódź")
    mine = cells[
        (cells["segment"] == "Fading creators") & (cells["engagement_tier"] == "High") & (cells["location"] == "Łódź")
    ]
    assert page.inner_text("#shown") == f"Showing {mine['customers'].sum():,} of 100,000 customers"
    assert page.locator(".card b").nth(1).inner_text() == f"{round(mine['expected_leavers'].sum()):,}"
    assert {cell.inner_text() for cell in page.locator("#risky tbody td:nth-child(3)").all()} == {"Fading creators"}
    page.click("text=Show all")
    expect(page.locator("#shown")).to_have_text("Showing 100,000 of 100,000 customers")
    assert visit.noise == []


@pytest.mark.browser
def test_the_keyboard_reaches_filters_and_tables(browser: Browser, file: Path) -> None:
    page = Visit(browser, file).page
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"skip", "theme", "segment", "tier", "location", "dimension"} <= set(reached)
    page.focus("#segment")
    page.keyboard.press("ArrowDown")
    assert page.inner_text("#shown") != "Showing 100,000 of 100,000 customers"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_violation_of_wcag_aa(browser: Browser, file: Path, scheme: Any) -> None:
    visit = Visit(browser, file, color_scheme=scheme)
    visit.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    results = Axe().run(
        visit.page, options={"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
    )
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(browser: Browser, file: Path, width: int) -> None:
    page = Visit(browser, file, viewport={"width": width, "height": 800}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


MEETING_TEXTS = """() => [...document.querySelectorAll(".chart")].flatMap((chart) => {
  const frame = chart.getBoundingClientRect();
  const level = (each) => !/rotate\\((?!0[,)])/.test(each.getAttribute("transform") || "");
  const texts = [...chart.querySelectorAll("svg text")].filter((each) => each.textContent.trim() && level(each))
    .map((each) => [each.textContent, each.getBoundingClientRect()]);
  const cut = texts.filter(([, box]) => box.left < frame.left - 1 || box.right > frame.right + 1);
  const over = (a, b) => a.left < b.right - 2 && b.left < a.right - 2 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
  const met = texts.filter(([, box], place) => texts.slice(place + 1).some(([, other]) => over(box, other)));
  return [...cut.map(([text]) => "cut: " + text), ...met.map(([text]) => "meets another: " + text)];
})"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 700, 1280])
def test_no_text_of_a_chart_is_cut_or_meets_another(browser: Browser, file: Path, width: int) -> None:
    page = Visit(browser, file, viewport={"width": width, "height": 800}).page
    assert page.evaluate(MEETING_TEXTS) == []


@pytest.mark.browser
def test_it_speaks_in_the_words_of_a_contract(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "dashboard.html"
    chosen = Words(
        currency="EUR",
        days=60,
        churn="no order in the 60 days after the week",
        customer="member",
        customers="members",
    )
    with spoken_in(chosen):
        path.write_text(page_of(published_frames()), encoding="utf-8")
    text = Visit(browser, path).page.inner_text("body")
    assert "expected to leave in 60 days" in text
    assert "members to contact" in text
    assert not re.search(r"\b[Cc]ustomers?\b", text)
    assert "Churn: no order in the 60 days after the week." in text
    assert "€" in text
    assert "$" not in text


def without_cells(frames: Frames) -> None:
    del frames["analytics.customer_cells"]


def nothing_to_show(frames: Frames) -> None:
    for name in frames:
        if name not in {"analytics.weekly_summary", "history.weekly_summary"}:
            frames[name] = frames[name].head(0)


def test_a_word_for_customers_cannot_break_out_of_the_page(frames: Frames) -> None:
    with spoken_in(Words(customer="<script>x", customers="<script>y", knows_days=False)):
        html = page_of(frames)
    assert html.count("<script>") == 0
    assert data_of(html)["words"]["within"] == ""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (one_customer, "Showing 1 of 1 customer<"),
        (nobody, "the cells of this week are not published"),
        (nobody_leaves, "0.0%"),
        (all_churned_and_negative_revenue, "90-100%"),
        (a_segment_of_zero, "Nobody yet"),
        (one_segment, "Fading creators"),
        (no_actions, "no action pays for itself this week"),
        (nobody_at_risk, "no active customer is on the list of this week"),
        (no_previous_week, "this is the first published week"),
        (without_cells, "the cells of this week are not published"),
        (nothing_to_show, "no action pays for itself this week"),
        (hostile_names, "مرحبا"),
    ],
)
def test_hostile_weeks_open_without_noise(browser: Browser, tmp_path: Path, damage: Any, says: str) -> None:
    frames = published_frames()
    damage(frames)
    path = tmp_path / "dashboard.html"
    path.write_text(page_of(frames), encoding="utf-8")
    visit = Visit(browser, path)
    assert visit.noise == []
    assert says in visit.page.content()
