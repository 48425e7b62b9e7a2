"""The cost report: the estimate by hand, the price list's errors, measured and estimated kept apart."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest
import yaml

from engage_reports import ReportError
from engage_reports.binding import Ledger
from engage_reports.cost.estimate import Stage, estimate
from engage_reports.cost.prices import DEFAULT_PRICES, load_prices
from engage_reports.cost.report import draft_cost
from engage_reports.cost.scaling import Benchmark, fit, grown, load_benchmark
from tests.engage_reports.published_week import RUN_ID, WEEK, published_frames
from tests.engage_reports.reading import everything, words

Frames = dict[str, pd.DataFrame]

BASE = everything(draft_cost(published_frames(), week=WEEK, run_id=RUN_ID))
HOURLY_2_VCPU_4_GB = 2 * 0.04048 + 4 * 0.004445 + 0.005
HOURLY_1_VCPU_2_GB = 1 * 0.04048 + 2 * 0.004445 + 0.005


def test_a_task_of_its_own_pays_its_start_and_the_minimum() -> None:
    long = Stage("training", seconds=100, cpu_seconds=150, peak_memory_mb=900, rows=1, bytes_written=0, bytes_scanned=0)
    cost = estimate([long], load_prices(Ledger())).stages[1]
    assert (cost.vcpu, cost.gb, cost.billed_seconds) == (2, 4, 140)
    assert cost.compute == pytest.approx(140 / 3600 * HOURLY_2_VCPU_4_GB)
    short = Stage("scoring", seconds=3, cpu_seconds=5, peak_memory_mb=6100, rows=1, bytes_written=0, bytes_scanned=0)
    cost = estimate([short], load_prices(Ledger())).stages[1]
    assert (cost.gb, cost.billed_seconds) == (10, 60)


def test_a_sql_stage_pays_the_scan_or_the_minimum_of_its_queries() -> None:
    for scanned, billed in ((1e6, 20 * 1e7), (3e12, 4 * 3e12)):
        stage = Stage("features", 10, 10, 500, 1, bytes_written=33e6, bytes_scanned=scanned)
        cost = estimate([stage], load_prices(Ledger())).stages[1]
        assert cost.athena == pytest.approx(billed / 1e12 * 5)
        assert cost.compute == pytest.approx(10 / 3600 * HOURLY_1_VCPU_2_GB)
        gets = -(-scanned // 16e6)
        assert cost.requests == pytest.approx((3 * 0.005 + gets * 0.0004) / 1000)


def test_the_month_adds_storage_and_what_is_always_on() -> None:
    stage = Stage("decisions", 10, 10, 500, 1, bytes_written=1e9, bytes_scanned=0)
    priced = estimate([stage], load_prices(Ledger()))
    off, off_spot, on, on_spot = priced.variants
    stage_only = priced.stages[1].total_without_compute + priced.stages[0].total_without_compute
    hourly = HOURLY_1_VCPU_2_GB + 0.5 * 0.12
    assert off.runs == on.runs == pytest.approx(stage_only * 52 / 12)
    assert off.storage == pytest.approx(52 * 0.023 + 2 * 0.10 + 1 * 1.0)
    assert off.standing == pytest.approx(52 / 12 * 1.5 * hourly)
    assert on.standing == pytest.approx(730 * hourly)
    assert off_spot.total == pytest.approx(off.total)
    assert on_spot.total == pytest.approx(on.total)


def test_spot_lowers_vcpu_and_memory_of_the_tasks_only() -> None:
    stage = Stage("training", 100, 150, 900, 1, bytes_written=0, bytes_scanned=0)
    on_demand, spot, *_ = estimate([stage], load_prices(Ledger())).variants
    saved = 0.7 * 140 / 3600 * (2 * 0.04048 + 4 * 0.004445)
    assert on_demand.runs - spot.runs == pytest.approx(saved * 52 / 12)


def test_the_growth_is_a_fixed_part_and_a_part_for_each_customer() -> None:
    assert fit([(10_000, 3.0), (30_000, 5.0), (100_000, 12.0)]) == pytest.approx((2.0, 0.0001), rel=1e-6)
    assert fit([(10_000, 1.0), (100_000, 20.0)]).fixed == 0
    assert fit([(10_000, 5.0), (100_000, 4.0)]).slope == 0
    assert fit([(10_000, 5.0)]).at(1e6) == 5


def test_a_scenario_scales_what_this_run_used_by_the_measured_growth() -> None:
    points = {"scoring": {"cpu_seconds": [(10_000, 1.0), (100_000, 10.0)], "peak_memory_mb": [(10_000, 500.0)]}}
    benchmark = Benchmark("a machine", WEEK, (10_000, 100_000), points)
    stage = Stage("scoring", 4.0, 6.0, 900.0, 1e5, 1e7, 2e7)
    big = grown(stage, here=100_000, customers=1_000_000, benchmark=benchmark, ledger=Ledger())
    assert big.seconds == pytest.approx(40.0)
    assert big.peak_memory_mb == pytest.approx(900.0)
    assert big.bytes_written == pytest.approx(1e8)
    unknown = grown(replace(stage, name="new"), here=1e5, customers=3e5, benchmark=benchmark, ledger=Ledger())
    assert unknown.cpu_seconds == pytest.approx(18.0)


def test_the_measured_benchmark_is_read_and_knows_the_stages_of_a_week(frames: Frames) -> None:
    benchmark = load_benchmark()
    assert len(benchmark.sizes) >= 3
    assert set(frames["monitoring.stage_usage"]["stage"]) <= set(benchmark.points)


def test_scenarios_earlier_estimates_and_what_ifs_are_printed(frames: Frames) -> None:
    text = words(draft_cost(frames, week=WEEK, run_id=RUN_ID))
    for size in ("100,000", "1,000,000", "10,000,000", "60,000,000"):
        assert size in text
    assert "$0.2200" in text
    assert "$1.48" in text
    assert "$247.9k" in text
    assert "The run is daily, not weekly" in text
    assert "customers that its actions are expected to keep" in text
    assert "Every run so far" in text


def test_the_weeks_questions_are_measured_and_priced(frames: Frames) -> None:
    text = words(draft_cost(frames, week=WEEK, run_id=RUN_ID))
    assert "7 questions to a language model in 19 calls, 41,230 input tokens and 2,904 output tokens" in text
    assert "listed price of Claude Haiku 4.5 on Bedrock, global endpoint (us-east-1, 31 March 2026): $0.055" in text
    asked = frames["records.questions"]
    asked[["questions", "calls", "input_tokens", "output_tokens"]], asked["models"] = 0, ""
    text = words(draft_cost(frames, week=WEEK, run_id=RUN_ID))
    assert "0 questions to a language model in 0 calls, 0 input tokens and 0 output tokens." in text
    asked["unreadable"] = 2
    text = words(draft_cost(frames, week=WEEK, run_id=RUN_ID))
    assert "2 transcripts of the week could not be read" in text
    del frames["records.questions"]
    assert "the record of the week's questions was not handed over" in words(
        draft_cost(frames, week=WEEK, run_id=RUN_ID)
    )


def test_no_actions_and_no_earlier_runs_are_said(frames: Frames) -> None:
    del frames["analytics.initiatives"], frames["history.engage_costs"]
    text = words(draft_cost(frames, week=WEEK, run_id=RUN_ID))
    assert "Cost per saved customer not available" in text
    assert "Earlier runs not available" in text


def test_nobody_in_the_week_still_makes_a_report(frames: Frames) -> None:
    for column in frames["analytics.weekly_summary"].select_dtypes("number").columns:
        frames["analytics.weekly_summary"][column] = 0
    assert "Other sizes of population are not available" in words(draft_cost(frames, week=WEEK, run_id=RUN_ID))


def test_the_simulation_is_measured_but_not_priced() -> None:
    stage = Stage("simulate", 50, 50, 500, 1, 1e9, 0)
    assert estimate([stage], load_prices(Ledger())).run == 0


@pytest.mark.parametrize(
    "column", ["seconds", "cpu_seconds", "peak_memory_mb", "rows", "bytes_written", "bytes_scanned"]
)
def test_a_changed_use_changes_the_report(frames: Frames, column: str) -> None:
    frames["monitoring.stage_usage"][column] = frames["monitoring.stage_usage"][column] * 3.7
    assert everything(draft_cost(frames, week=WEEK, run_id=RUN_ID)) != BASE


@pytest.mark.parametrize("name", list(yaml.safe_load(DEFAULT_PRICES.read_text())["prices"]))
def test_a_changed_price_changes_the_report(frames: Frames, tmp_path: Path, name: str) -> None:
    listed = yaml.safe_load(DEFAULT_PRICES.read_text())
    listed["prices"][name] = listed["prices"][name] * 0.5
    path = tmp_path / "prices.yaml"
    path.write_text(yaml.safe_dump(listed))
    assert everything(draft_cost(frames, week=WEEK, run_id=RUN_ID, prices=path)) != BASE


def test_measured_and_estimated_are_labelled() -> None:
    draft = draft_cost(published_frames(), week=WEEK, run_id=RUN_ID)
    text = words(draft)
    assert "Measured here" in text
    assert "Estimated on AWS" in text
    assert "us-east-1, list prices as of 31 March 2026" in text
    assert "What the estimate leaves out" in text
    for figure in draft.figures.values():
        go.Figure(figure)


def test_a_run_without_recorded_use_says_so(frames: Frames) -> None:
    frames["monitoring.stage_usage"] = frames["monitoring.stage_usage"].head(0)
    assert "Not available: this run recorded no use of any stage" in words(draft_cost(frames, week=WEEK, run_id=RUN_ID))


@pytest.mark.parametrize(
    ("section", "name", "value", "says"),
    [
        ("prices", "s3_gb_month", -1, "s3_gb_month is -1; a number of at least 0"),
        ("prices", "s3_gb_month", "free", "s3_gb_month is 'free'"),
        ("prices", "s3_gb_mnth", 1, "s3_gb_mnth missing or unknown"),
        ("deployment", "task_vcpu", float("nan"), "task_vcpu is nan"),
    ],
)
def test_a_wrong_price_list_is_refused(tmp_path: Path, section: str, name: str, value: object, says: str) -> None:
    listed = yaml.safe_load(DEFAULT_PRICES.read_text())
    listed[section][name] = value
    path = tmp_path / "prices.yaml"
    path.write_text(yaml.safe_dump(listed))
    with pytest.raises(ReportError, match=says):
        load_prices(Ledger(), path)


def test_a_missing_price_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"nowhere.yaml cannot be read"):
        load_prices(Ledger(), tmp_path / "nowhere.yaml")
