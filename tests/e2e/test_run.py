"""One command publishes a week; the same week again changes nothing; the next week follows it."""

import csv
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from engage_assets.checks.gates import GATES
from tests.e2e.small_platform import NEXT_WEEK, PER_RUN_COLUMNS, PER_RUN_TABLES, WEEK, SmallPlatform, output_of

pytestmark = pytest.mark.integration


def action_list(platform: SmallPlatform) -> list[dict[str, str]]:
    """The exported rows, without the columns that name the run."""
    with (platform.home / "exports" / f"week={WEEK}" / "actions.csv").open() as file:
        return [{name: row[name] for name in row.keys() - PER_RUN_COLUMNS} for row in csv.DictReader(file)]


def test_the_first_run_publishes_and_says_where(platform: SmallPlatform) -> None:
    lines = platform.first_run.stdout.splitlines()
    told = "\n".join(lines[lines.index(next(line for line in lines if line.startswith("published weeks"))) :])
    assert f"published weeks: 1, newest {WEEK}" in told
    assert f"week {WEEK}: published " in told
    for file in ("engagement.pdf", "cost.pdf", "architecture.pdf", "actions.csv"):
        assert str(next(platform.home.glob(f"*/week={WEEK}/{file}"))) in told
    assert "Traceback" not in output_of(platform.first_run)


def test_nothing_but_its_own_lines_is_printed(platform: SmallPlatform) -> None:
    assert platform.first_run.stderr == ""


@pytest.mark.parametrize("name", ["engagement", "cost", "architecture"])
def test_the_reports_are_pdfs_of_the_week(platform: SmallPlatform, name: str) -> None:
    report = PdfReader(platform.home / "reports" / f"week={WEEK}" / f"{name}.pdf")
    text = "\n".join(page.extract_text() for page in report.pages)
    assert len(report.pages) >= 2
    assert WEEK in text or "2 November 2026" in text or "02 November 2026" in text


def test_the_reports_are_drawn_again_as_they_were_and_say_what_it_took(platform: SmallPlatform, tmp_path: Path) -> None:
    drawn = platform.engage("reports", "--out", str(tmp_path))
    assert drawn.returncode == 0, output_of(drawn)
    assert re.search(r"[\d.]+ s since the process began, [\d,]+ MB in all its processes", drawn.stdout)
    for name in ("engagement", "cost", "architecture"):
        kept = PdfReader(platform.home / "reports" / f"week={WEEK}" / f"{name}.pdf")
        again = PdfReader(tmp_path / f"{name}.pdf")
        assert [page.extract_text() for page in again.pages] == [page.extract_text() for page in kept.pages]


def test_a_week_without_questions_to_a_model_records_that_they_cost_nothing(platform: SmallPlatform) -> None:
    [row] = platform.query("select usd from published.engage_costs where stage = 'assistant'").to_pylist()
    assert row["usd"] == 0


def test_the_action_list_has_no_held_out_customer(platform: SmallPlatform) -> None:
    listed = [row["customer_id"] for row in action_list(platform)]
    scores = platform.query(f"select * from published.customer_scores where week = date '{WEEK}'").to_pylist()
    wanted = {row["customer_id"] for row in scores if row["recommended_action"] != "none" and not row["is_holdout"]}
    assert len(listed) == len(set(listed)) > 0
    assert set(listed) == wanted


def test_every_customer_has_one_score_and_reasons(platform: SmallPlatform) -> None:
    [counted] = platform.query(
        "select count(*) as scored, count(distinct customer_id) as customers, count(reason_1) as reasons, "
        "count(recommended_action) as actions, "
        f"(select count(*) from staging.customers where week = date '{WEEK}') as known "
        f"from published.customer_scores where week = date '{WEEK}'"
    ).to_pylist()
    assert counted["known"] > 0
    assert set(counted.values()) == {counted["known"]}


def test_every_gate_has_its_verdict_beside_the_week(platform: SmallPlatform) -> None:
    verdicts = platform.query("select gate, state from published.gate_results").to_pylist()
    assert {each["gate"] for each in verdicts} == {gate.name for gate in GATES}
    assert {each["gate"] for each in verdicts if each["state"] != "passed"} <= {"champion_comparison", "score_drift"}


def test_a_query_prints_published_rows(platform: SmallPlatform) -> None:
    answer = platform.engage("query", "select week, churn_risk_tier from customer_scores limit 3", "--format", "csv")
    assert answer.returncode == 0, output_of(answer)
    assert [line.partition(",")[0] for line in answer.stdout.split()] == ["week", WEEK, WEEK, WEEK]


def test_the_same_week_again_is_identical_and_the_next_week_follows(platform: SmallPlatform) -> None:
    first = platform.published_rows(WEEK, without=PER_RUN_COLUMNS)
    exported = action_list(platform)

    again = platform.run(WEEK)
    assert again.returncode == 0, output_of(again)
    assert "history" not in again.stdout
    second = platform.published_rows(WEEK, without=PER_RUN_COLUMNS)
    assert second.keys() == first.keys()
    for table in first.keys() - PER_RUN_TABLES:
        assert second[table] == first[table], table
    # The second training is compared with the first, and a re-run may write fewer bytes: as many rows, not the same.
    for table in PER_RUN_TABLES:
        assert second[table][0] == first[table][0], table
    assert action_list(platform) == exported
    assert platform.superseded_rows() == []
    assert platform.leftovers() == []

    before = platform.published_rows(WEEK)
    later = platform.run(NEXT_WEEK)
    assert later.returncode == 0, output_of(later)
    assert f"published weeks: 2, newest {NEXT_WEEK}" in later.stdout
    assert platform.published_rows(WEEK) == before
    [drift] = platform.query(
        f"select state, value from published.gate_results where gate = 'score_drift' and week = date '{NEXT_WEEK}'"
    ).to_pylist()
    assert drift["state"] == "passed"
    assert drift["value"] is not None
    assert platform.superseded_rows() == []
    assert platform.leftovers() == []
