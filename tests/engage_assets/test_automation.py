"""Automation, tested by driving ticks."""

import json
from datetime import UTC, date, datetime

import dagster as dg
import pytest

from engage_assets.assets.sources import DELIVERIES
from engage_assets.automation import build_jobs, build_schedules, build_sensors, delivered_weeks
from engage_assets.resources.lake import LocalLake
from engage_assets.resources.notifier import LogNotifier
from engage_assets.settings import Settings

SETTINGS = Settings.from_environment({})
JOBS = build_jobs(SETTINGS)


def schedule(timezone="UTC"):
    [found] = build_schedules(Settings.from_environment({"ENGAGE_TIMEZONE": timezone}), JOBS)
    return found


@pytest.mark.parametrize(
    ("timezone", "moment", "week"),
    [
        ("UTC", datetime(2026, 11, 23, 3, tzinfo=UTC), "2026-11-16"),
        ("America/New_York", datetime(2026, 11, 23, 8, tzinfo=UTC), "2026-11-16"),
    ],
)
def test_monday_at_three_asks_for_the_week_that_just_ended(timezone, moment, week, definitions):
    context = dg.build_schedule_context(
        scheduled_execution_time=moment, repository_def=definitions.get_repository_def()
    )
    request = schedule(timezone).evaluate_tick(context).run_requests[0]
    assert request.partition_key == week
    assert request.run_key == week


def test_the_schedule_runs_by_default_on_mondays():
    assert schedule().cron_schedule == "0 3 * * 1"
    assert schedule().default_status == dg.DefaultScheduleStatus.RUNNING


@pytest.fixture
def lake(tmp_path):
    return LocalLake(root=str(tmp_path))


@pytest.fixture
def tick(lake, definitions):
    def drive():
        [raw_drop, _] = build_sensors(SETTINGS, JOBS)
        context = dg.build_sensor_context(resources={"lake": lake}, repository_def=definitions.get_repository_def())
        return raw_drop.evaluate_tick(context)

    return drive


def test_no_delivery_is_a_reason_to_skip(tick):
    assert "no delivery marker" in tick().skip_message


def test_a_complete_delivery_starts_its_week_once(lake, tick):
    lake.write_json(f"{DELIVERIES}/week=2026-11-02", {})
    lake.write_json(f"{DELIVERIES}/week=2026-11-09", {})
    requests = tick().run_requests
    assert [request.partition_key for request in requests] == ["2026-11-02", "2026-11-09"]
    assert len({request.run_key for request in requests}) == 2
    assert [each.run_key for each in tick().run_requests] == [each.run_key for each in requests]


def test_a_delivery_for_a_week_that_has_not_ended_waits(lake):
    lake.write_json(f"{DELIVERIES}/week=2999-12-30", {})
    lake.write_json(f"{DELIVERIES}/week=2026-11-09", {})
    assert delivered_weeks(lake) == [date(2026, 11, 9)]


def test_a_failed_run_tells_people(tmp_path):
    @dg.op
    def breaks():
        raise ValueError("broken on purpose")

    @dg.job
    def weekly():
        breaks()

    notifier = LogNotifier(path=str(tmp_path / "notifications.jsonl"))
    with dg.DagsterInstance.ephemeral() as instance:
        result = weekly.execute_in_process(
            instance=instance, raise_on_error=False, tags={"dagster/partition": "2026-11-09"}
        )
        [_, run_failed] = build_sensors(SETTINGS, JOBS)
        context = dg.build_run_status_sensor_context(
            sensor_name="run_failed",
            dagster_instance=instance,
            dagster_run=result.dagster_run,
            dagster_event=result.get_run_failure_event(),
            resources={"notifier": notifier},
        ).for_run_failure()
        run_failed(context)
    [line] = (tmp_path / "notifications.jsonl").read_text().splitlines()
    sent = json.loads(line)
    assert sent["subject"] == "Engage: weekly failed for 2026-11-09"
    assert result.run_id in sent["message"]
