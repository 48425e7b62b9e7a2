"""What people ask after a week: how good is it, and why this customer."""

import re

import pytest

from tests.e2e.small_platform import WEEK, SmallPlatform, output_of

pytestmark = pytest.mark.integration


@pytest.fixture
def customer(platform: SmallPlatform) -> str:
    """The active customer at the highest risk."""
    [row] = platform.query(
        f"select customer_id from published.customer_scores where week = date '{WEEK}' and is_active_30d "
        "order by churn_probability desc, customer_id limit 1"
    ).to_pylist()
    return str(row["customer_id"])


def test_explain_says_why_and_what_was_weighed(platform: SmallPlatform, customer: str) -> None:
    page = platform.folder / "page.html"
    completed = platform.engage("explain", customer, "--html", str(page))
    assert completed.returncode == 0, output_of(completed)
    told = completed.stdout
    [row] = platform.query(
        f"select * from published.customer_scores where week = date '{WEEK}' and customer_id = '{customer}'"
    ).to_pylist()
    assert f"probability of leaving within 30 days: {row['churn_probability']:.1%}" in told
    assert re.search(r"Of \d+ held-out customers with a probability from [\d.]+% to [\d.]+%, [\d.]+% left \(95 %", told)
    # The reasons of the scores are the first of the explanation, in the same order and of the same size.
    for rank in (1, 2, 3):
        said = f"{row[f'reason_{rank}_contribution']:+.2f}  {row[f'reason_{rank}_theme'].replace('_', ' ')}"
        assert said in told, said
    assert f"action: {row['action_name']}" in told
    assert "not known yet" in told
    html = page.read_text()
    assert customer in html
    assert not re.search(r"(src|href)=|https?:|<script", html)


def test_explain_of_an_unknown_customer_is_one_line(platform: SmallPlatform) -> None:
    completed = platform.engage("explain", "nobody")
    assert completed.returncode == 2
    assert "'nobody' is not among the customers" in completed.stderr
    assert "Traceback" not in output_of(completed)


def test_the_scorecard_measures_the_truth_and_says_that_nothing_has_matured(platform: SmallPlatform) -> None:
    completed = platform.engage("scorecard")
    assert completed.returncode == 0, output_of(completed)
    figures = {
        name: float(value)
        for name, value in re.findall(r"^  (\w+) +(-?[\d.]+) \(", completed.stdout, flags=re.MULTILINE)
    }
    assert figures["skill_of_observable_history"] > 0.9
    assert figures["calibration_error"] < 0.03
    assert figures["reasons_name_the_driver"] > figures["reasons_name_the_driver_by_chance"] + 0.2
    assert "no published week has matured yet" in completed.stdout
    assert "drift alarms: none" in completed.stdout


def test_the_published_tables_hold_what_the_week_promises(platform: SmallPlatform) -> None:
    rows = platform.query("select * from published.model_performance").to_pylist()
    assert {row["population"] for row in rows} == {"active", "all"}
    for row in rows:
        assert row["estimated_lower"] <= row["estimated_value"] <= row["estimated_upper"], row["metric"]
        assert row["realised_value"] is None
    tests = platform.query("select * from published.drift where kind = 'feature'").to_pylist()
    assert len(tests) > 100
    assert {test["state"] for test in tests} == {"steady"}
