"""The monthly cost of a deployment: within its budget, reckoned by hand, and as the page shows it."""

from pathlib import Path

import pytest
import yaml

from engage_reports import ReportError
from engage_reports.cost.monthly import FILE, Figures, extras, load_figures, render, scaled_to_zero, task_seconds, total

PAGE = Path(__file__).resolve().parents[2] / "docs" / "deploy.md"
BUDGET_USD = 5.0


def line(name, lines):
    [found] = [each for each in lines if each.name == name]
    return found.usd


def test_scaled_to_zero_is_within_the_budget():
    assert 0 < total(scaled_to_zero(load_figures())) <= BUDGET_USD


def test_the_page_shows_what_the_price_list_gives():
    assert render(load_figures()) in PAGE.read_text(), "python -m engage_reports.cost.monthly prints the tables"


def test_lines_by_hand():
    lines = scaled_to_zero(load_figures())
    # An hour and a half in each of 52/12 weeks: one vCPU, four GB, one address.
    assert line("orchestrator", lines) == pytest.approx(1.5 * 52 / 12 * (0.04048 + 4 * 0.004445 + 0.005))
    assert line("secret", lines) == 0.4
    assert line("Athena", lines) == pytest.approx(6 * 52 / 12 / 1000 * 5)
    # Scoring is billed a minute, Fargate's least; training its start and 13.94 s.
    assert line("training and scoring", lines) == pytest.approx(
        (60 + 60) * 52 / 12 / 3600 * (2 * 0.04048 + 4 * 0.004445 + 0.005)
    )


def test_endpoints_cost_by_the_hour():
    assert line('`egress = "endpoints"`', extras(load_figures())) == pytest.approx(22 * 0.01 * 730)


def test_more_customers_than_were_measured_are_refused():
    with pytest.raises(ReportError, match="no run of 7"):
        task_seconds(7)


@pytest.mark.parametrize("value", [None, -1, "free", True, float("nan")])
def test_an_impossible_number_is_named(value):
    found = yaml.safe_load(FILE.read_text())
    found["prices"]["kms_key_month"] = value
    with pytest.raises(ReportError, match="kms_key_month"):
        scaled_to_zero(Figures(found, FILE))
