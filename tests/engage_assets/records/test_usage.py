from datetime import date

import pytest

from engage_assets.records.usage import StageUsage, as_table, metered, read_usage, stages_of_run
from engage_assets.resources.lake import LocalLake

WEEK = date(2026, 11, 9)


@pytest.fixture
def lake(tmp_path):
    return LocalLake(root=str(tmp_path))


def test_a_stage_is_measured_and_comes_back(lake):
    with metered(lake, WEEK, "features") as usage:
        usage.rows = 7
        sum(number * number for number in range(200_000))
    [found] = read_usage(lake, WEEK)
    assert found.stage == "features"
    assert found.rows == 7
    assert found.seconds > 0
    assert found.cpu_seconds > 0
    assert found.peak_memory_mb > 1
    [row] = as_table([found], WEEK, "r1").to_pylist()
    assert (row["week"], row["run_id"], row["stage"]) == (WEEK, "r1", "features")


def test_a_stage_that_fails_is_not_recorded(lake):
    with pytest.raises(ValueError, match="broken"), metered(lake, WEEK, "features"):
        raise ValueError("broken")
    assert read_usage(lake, WEEK) == []


def test_what_an_earlier_run_left_behind_is_left_out():
    stages = [StageUsage("reports", "09:00"), StageUsage("validate", "10:00"), StageUsage("training", "10:05")]
    assert [each.stage for each in stages_of_run(stages, first_stage="validate")] == ["validate", "training"]
