"""The rows of engage_costs: every stage priced, what was measured and what is estimated in columns of their own."""

from datetime import date

import pytest

from engage_assets.records.costs import COST_SCHEMA, as_table
from engage_assets.records.questions import QuestionUsage
from engage_assets.records.usage import StageUsage

WEEK = date(2026, 11, 16)
STAGES = [
    StageUsage("features", seconds=6.0, cpu_seconds=9.0, peak_memory_mb=800.0, rows=0, bytes_scanned=60_000_000),
    StageUsage("training", seconds=9.0, cpu_seconds=14.0, peak_memory_mb=900.0, rows=60_000),
    StageUsage("scoring", seconds=2.0, cpu_seconds=3.0, peak_memory_mb=900.0, rows=100_000, bytes_written=12_000_000),
]


def test_every_stage_is_priced_with_the_customers_of_the_run() -> None:
    rows = as_table(STAGES, WEEK, "r1").to_pylist()
    assert as_table(STAGES, WEEK, "r1").schema == COST_SCHEMA
    assert {row["stage"] for row in rows} == {"orchestrator start", "features", "training", "scoring"}
    assert {row["customers"] for row in rows} == {100_000}
    assert sum(row["seconds"] for row in rows) == pytest.approx(17.0)
    for row in rows:
        parts = row["compute_usd"] + row["scan_usd"] + row["requests_usd"] + row["logs_usd"]
        assert row["usd"] == pytest.approx(parts)
        assert row["price_list"].startswith("AWS us-east-1 20")


def test_the_questions_of_the_week_are_a_row_of_tokens_times_the_listed_price() -> None:
    asked = QuestionUsage(questions=3, calls=7, input_tokens=2_000_000, output_tokens=100_000)
    [*_, row] = as_table(STAGES, WEEK, "r1", asked).to_pylist()
    assert (row["stage"], row["seconds"], row["compute_usd"]) == ("assistant", 0, 0)
    assert row["usd"] == pytest.approx(2 * 1.00 + 0.1 * 5.00)
    assert as_table(STAGES, WEEK, "r1", QuestionUsage()).to_pylist()[-1]["usd"] == 0


def test_a_run_without_stages_has_no_cost() -> None:
    assert as_table([], WEEK, "r1").num_rows == 0
