"""The web interface in a real browser: the lineage, *Materialize all*, green checks, and a planted defect in red."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from engage_assets.checks.gates import GATES
from tests.e2e.small_platform import NEXT_WEEK, WEEK, SmallPlatform
from tests.e2e.web_interface import WebInterface, web_interface

pytestmark = [pytest.mark.integration, pytest.mark.browser]

GROUPS = (
    "sources", "staging", "features", "models", "scores", "decisions", "results", "analytics", "monitoring",
    "fairness", "reports",
)  # fmt: skip
BROWSER_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MS = 90_000
DEFECT = f"dirty_rows:from={NEXT_WEEK}"
"""One web interface serves both: the defect is not in force in the week that is published."""


@pytest.fixture(scope="module")
def platform_of_the_module(first_week: SmallPlatform) -> SmallPlatform:
    first_week.restore()
    return first_week


@pytest.fixture(scope="module")
def web(platform_of_the_module: SmallPlatform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebInterface]:
    log = tmp_path_factory.mktemp("web") / "engage-ui.log"
    with web_interface(platform_of_the_module, log, defects=DEFECT) as started:
        # The first visitor of an instance is offered a newsletter, in a dialog that covers the page.
        started.ask("mutation { setNuxSeen }")
        yield started


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER_ARGUMENTS))
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        yield page
        browser.close()


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screenshots")


def test_the_asset_graph_shows_every_group(web: WebInterface, page: Page, screenshots: Path) -> None:
    page.goto(f"{web.address}/asset-groups", wait_until="domcontentloaded")
    for group in GROUPS:
        # Once in the list at the side, and once as a node of the graph.
        expect(page.get_by_text(group, exact=True)).not_to_have_count(1, timeout=PATIENCE_MS)
        expect(page.get_by_text(group, exact=True).last).to_be_visible()
    page.screenshot(path=screenshots / "graph.png")


def test_materialize_all_succeeds_and_every_check_is_green(
    web: WebInterface, page: Page, platform_of_the_module: SmallPlatform, screenshots: Path
) -> None:
    before = set(web.runs())
    page.goto(f"{web.address}/asset-groups", wait_until="domcontentloaded")
    page.get_by_role("button", name="Materialize all").click()
    dialog = page.get_by_role("dialog")
    older = dialog.get_by_role("button", name="Show all partitions")
    expect(dialog.get_by_text("Partition selection")).to_be_visible()
    if older.is_visible():
        older.click()
    weeks = dialog.locator("input[type=text]").first
    weeks.fill(WEEK)
    weeks.press("Enter")
    launch = dialog.get_by_role("button", name="Launch 1 run")
    page.screenshot(path=screenshots / "dialog.png")
    launch.click()
    expect(dialog).to_have_count(0, timeout=PATIENCE_MS)

    run = web.wait_for_new_run(before)
    page.goto(f"{web.address}/runs/{run['runId']}", wait_until="domcontentloaded")
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()
    page.screenshot(path=screenshots / "materialized.png")
    assert (run["status"], run["week"]) == ("SUCCESS", WEEK)
    checks = web.check_results(run["runId"])
    assert {gate.name for gate in GATES} - checks.keys() <= {"champion_comparison", "score_drift"}
    assert all(checks.values()), checks
    [row] = platform_of_the_module.query(
        f"select any_value(run_id) as run_id from published.customer_scores where week = date '{WEEK}'"
    ).to_pylist()
    assert row["run_id"] == run["runId"]
    assert platform_of_the_module.superseded_rows() == []


def test_a_planted_defect_is_red_and_changes_nothing_that_is_published(
    web: WebInterface, page: Page, platform_of_the_module: SmallPlatform, screenshots: Path
) -> None:
    state, before = platform_of_the_module.published_state(), set(web.runs())
    web.launch("weekly", NEXT_WEEK)
    run = web.wait_for_new_run(before)
    assert (run["status"], run["week"]) == ("FAILURE", NEXT_WEEK)
    checks = web.check_results(run["runId"])
    assert checks["row_accounting"] is False

    page.goto(
        f"{web.address}/assets/accepted/customers?view=checks&checkDetail=row_accounting",
        wait_until="domcontentloaded",
    )
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    page.screenshot(path=screenshots / "refused.png")
    assert platform_of_the_module.published_state() == state


def test_the_alarms_of_aws_find_the_publication_and_the_failure_in_the_log(web: WebInterface) -> None:
    """The metric filters of terraform/ look for all their words in one line of what the orchestrator prints, and for
    none of those with a minus."""
    watch = Path(__file__).parents[2] / "terraform" / "modules" / "observability" / "main.tf"
    [filters] = re.findall(r"^  log_metrics = \{\n(.*?)^  \}", watch.read_text(), re.M | re.S)
    found = {
        name: [
            line
            for line in web.log.read_text().splitlines()
            if all((word in line) is not bool(minus) for minus, word in re.findall(r"(-?)(\w+)", pattern))
        ]
        for name, pattern in re.findall(r'^    (\w+)\s*= "(.*)"$', filters, re.M)
    }
    assert found.keys() == {"RunFailures", "PublishedWeeks"}
    assert {name: len(lines) for name, lines in found.items()} == {"RunFailures": 1, "PublishedWeeks": 1}, found


def test_ctrl_c_ends_it_and_everything_it_started(web: WebInterface, platform_of_the_module: SmallPlatform) -> None:
    web.press_ctrl_c()
    assert platform_of_the_module.wait_for_survivors(30) == []
