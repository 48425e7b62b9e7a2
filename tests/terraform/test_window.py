"""The weekly window, with Dagster's own scheduler over a simulated clock: down all week, up on Monday, one run."""

import logging
import sys
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.test_utils import (
    InProcessTestWorkspaceLoadTarget,
    create_test_daemon_workspace_context,
    freeze_time,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._scheduler.scheduler import launch_scheduled_runs

from engage_assets.commands.home import prepare_home
from engage_assets.settings import Settings
from tests.terraform.test_cost import hours

pytestmark = [pytest.mark.terraform, pytest.mark.integration]

FIRST_MONDAY = datetime(2026, 11, 9, tzinfo=UTC)
WEEKS = 4


@pytest.fixture
def scheduler(tmp_path, monkeypatch):
    """Evaluates the schedules at a moment, as the daemon does once a minute; returns the weeks of all runs so far."""
    monkeypatch.setenv("ENGAGE_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", "")
    dagster_home = prepare_home(Settings.from_environment({}, home=tmp_path))
    module = LoadableTargetOrigin(executable_path=sys.executable, module_name="engage_assets.definitions")
    target = InProcessTestWorkspaceLoadTarget(InProcessCodeLocationOrigin(module, location_name="engage"))
    iterations: dict = {}
    with (
        dg.DagsterInstance.from_config(str(dagster_home)) as instance,
        create_test_daemon_workspace_context(target, instance) as context,
    ):

        def evaluate(moment: datetime) -> list[str]:
            with freeze_time(moment):
                list(launch_scheduled_runs(context, logging.getLogger("window"), moment, iterations))
            runs = instance.get_runs()
            return sorted(run.tags["dagster/partition"] for run in runs)

        def restarted() -> None:
            iterations.clear()  # what a daemon knows is gone with its task

        yield evaluate, restarted


def test_each_week_gets_one_run_although_the_daemon_lives_in_the_window_only(scheduler, created):
    evaluate, restarted = scheduler
    window = {
        each["name"].rpartition("-")[2]: timedelta(hours=hours(each["schedule"]))
        for each in created.of_type("aws_appautoscaling_scheduled_action")
    }
    expected: list[str] = []
    for number in range(WEEKS):
        monday = FIRST_MONDAY + timedelta(weeks=number)
        restarted()
        # The task needs minutes to start; in the second week it is so late that 03:00 has passed.
        first = monday + window["open"] + timedelta(minutes=25 if number == 1 else 4)
        seen = evaluate(first)
        assert seen == expected or number == 1
        evaluate(first + timedelta(minutes=20))
        expected.append(str((monday - timedelta(weeks=1)).date()))
        assert evaluate(monday + window["close"] - timedelta(minutes=1)) == expected


def test_the_window_holds_the_tick_and_an_hour(created):
    window = {
        each["name"].rpartition("-")[2]: hours(each["schedule"])
        for each in created.of_type("aws_appautoscaling_scheduled_action")
    }
    assert window["open"] < 3.0 <= window["close"] - 1
