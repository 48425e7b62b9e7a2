"""The page in a headless Chromium: asking, refusing, charts, the fold, the history, and axe-core's findings."""

import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.serving import make_server

from engage_assets.assistant.history import History
from engage_assets.assistant.keeping import REDACTED
from engage_assets.assistant.page import build_page
from engage_assets.assistant.reading import TablesBusyError
from engage_assets.resources.lake import LocalLake
from tests.engage_assets.assistant.world import HOSTILE_PLACE, WEEKS

pytestmark = [pytest.mark.integration, pytest.mark.browser]

expect.set_options(timeout=30_000)
BROWSER_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Switchable:
    """The assistant, or the message of a run that is writing."""

    def __init__(self, assistant):
        self.assistant, self.is_busy = assistant, False

    def ask(self, question):
        if self.is_busy:
            raise TablesBusyError("a run is writing the tables right now. Ask again in a moment.")
        return self.assistant.ask(question)


@dataclass
class Served:
    address: str
    history: History
    switch: Switchable


@pytest.fixture(scope="module")
def served(assistant, tmp_path_factory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("page")
    report = home / "reports" / f"week={WEEKS[-1]}" / "engagement.pdf"
    report.parent.mkdir(parents=True)
    report.write_bytes(b"%PDF-1.4 a report")
    (home / "secret.txt").write_text("not for the page")
    (report.parent / "figures.csv").write_text("not shown on the page")
    history, switch = History(LocalLake(root=str(home / "lake"))), Switchable(assistant)
    reports = LocalLake(root=str(home / "reports"))
    app = build_page(
        switch, assistant.catalogue, history, reports, links=[("Dagster", "http://127.0.0.1:3000")],
        hosts=frozenset({"127.0.0.1"}),
    )  # fmt: skip
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Served(f"http://127.0.0.1:{server.server_port}", history, switch)
    server.shutdown()


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER_ARGUMENTS))
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.set_default_timeout(30_000)
        yield page
        browser.close()


@pytest.fixture
def page(served, browser_page) -> Page:
    served.switch.is_busy = False
    browser_page.goto(served.address)
    expect(browser_page.get_by_label("Your question")).to_be_visible(timeout=30_000)
    return browser_page


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()


def test_an_answer_has_a_sentence_a_chart_a_table_and_the_query_behind_a_fold(page, world):
    ask(page, "customers by segment")
    answer = page.locator("#answer")
    largest = world.week(WEEKS[-1])["segment"].value_counts()
    expect(answer.locator(".sentence")).to_contain_text(f"{largest.index[0]} with {largest.iloc[0]} customers")
    expect(answer.locator("table tbody tr")).to_have_count(6)
    expect(answer.locator(".js-plotly-plot svg").first).to_be_visible()
    expect(answer.locator(".js-plotly-plot .bars path")).to_have_count(6)
    expect(answer).to_contain_text("Gates: 6 passed, 1 insufficient")
    query = answer.locator("pre")
    expect(query).not_to_be_visible()
    answer.get_by_text("Query", exact=True).click()
    expect(query).to_contain_text("from segments")


def test_enter_asks_too_and_a_refusal_offers_questions_that_can_be_clicked(page):
    page.get_by_label("Your question").fill("average churn of unicorns")
    page.get_by_label("Your question").press("Enter")
    answer = page.locator("#answer")
    expect(answer).to_contain_text("No answer")
    offered = answer.locator("button.again")
    expect(offered).to_have_count(3)
    chosen = offered.first.inner_text()
    offered.first.click()
    expect(answer.locator("table caption")).to_have_text(chosen)


def test_the_history_is_shown_asked_again_and_kept_without_customers(page, served, world):
    customer = world.people["customer_id"].iloc[3]
    ask(page, f"why will customer {customer} leave")
    expect(page.locator("#answer .sentence")).to_contain_text(customer)
    expect(page.locator("#history")).to_contain_text(REDACTED)
    assert all(customer not in str(vars(entry)) for entry in served.history.last(1_000))
    ask(page, "total revenue")
    expect(page.locator("#answer .sentence")).to_contain_text("Revenue was")
    page.reload()
    page.locator("#history").get_by_role("button", name="total revenue").first.click()
    expect(page.locator("#answer .sentence")).to_contain_text("Revenue was")


def test_hostile_text_is_text(page):
    page.evaluate("window.hit = 0")
    ask(page, "<img src=x onerror='window.hit = 1'> total revenue <script>window.hit = 1</script>")
    expect(page.locator("#answer")).to_contain_text("No answer")
    ask(page, "customers by city")
    expect(page.locator("#answer table")).to_contain_text(HOSTILE_PLACE)
    assert page.evaluate("window.hit") == 0


def test_weeks_stand_in_their_distance_and_identifiers_in_one_line(page):
    ask(page, "churn over time")
    expect(page.locator("#answer .js-plotly-plot svg").first).to_be_visible()
    assert page.evaluate("document.querySelector('#answer .js-plotly-plot').layout.xaxis.type") == "date"
    page.set_viewport_size({"width": 390, "height": 900})
    ask(page, "top 5 customers at risk")
    expect(page.locator("#answer tbody tr")).to_have_count(5)
    first = page.locator("#answer tbody td").first
    assert first.evaluate("cell => getComputedStyle(cell).whiteSpace") == "nowrap"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1100, "height": 900})


def test_the_mark_of_an_entry_stands_at_its_first_line(page):
    ask(page, "churn of unicorns " * 20)
    button = page.locator("#history .again").first
    expect(button).to_contain_text("unicorns")
    assert button.evaluate("each => getComputedStyle(each).verticalAlign") == "top"


def test_a_run_in_progress_is_a_message_and_the_next_question_is_answered(page, served):
    served.switch.is_busy = True
    ask(page, "total revenue")
    expect(page.locator("#answer")).to_contain_text("a run is writing the tables")
    served.switch.is_busy = False
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#answer .sentence")).to_contain_text("Revenue was")


def test_reports_and_dagster_are_linked_and_nothing_else_is_served(page, served):
    assert page.get_by_role("link", name="Dagster").get_attribute("href") == "http://127.0.0.1:3000"
    link = page.get_by_role("link", name="engagement.pdf").get_attribute("href")
    with urllib.request.urlopen(served.address + link) as response:
        assert response.read() == b"%PDF-1.4 a report"
    hidden = (
        "week=2026-11-23/figures.csv",
        "week=2026-11-23/none.pdf",
        "%2e%2e/secret.txt",
        "week=2026-11-23/..%2f..%2fa.pdf",
    )
    for path in [link.replace("engagement.pdf", "figures.csv"), *(f"/reports/{each}" for each in hidden)]:
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(served.address + path)
    # A path that is no report is the page itself, as any other path.
    with urllib.request.urlopen(served.address + "/reports//etc/passwd") as response:
        assert b"Engage: questions" in response.read()


def test_another_host_name_is_refused(served):
    request = urllib.request.Request(served.address, headers={"Host": "attacker.example"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request)


@pytest.mark.parametrize(
    "question", ["", "customers by segment", "revenue over time", "how many unicorns", "did the gates pass"]
)
def test_axe_finds_nothing(page, question):
    if question:
        ask(page, question)
        expect(page.locator("#answer .sentence")).to_be_visible()
    page.get_by_text("What can be asked").click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_the_page_is_usable_by_keyboard_alone(page):
    page.get_by_label("Your question").focus()
    page.keyboard.type("total revenue")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "ask"
    page.keyboard.press("Enter")
    expect(page.locator("#answer .sentence")).to_contain_text("Revenue was")
