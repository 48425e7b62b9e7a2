"""Drops of a user's own extract: late, partial, repeated and corrected ones, by driving the sensor's ticks."""

import json
import os
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

from engage_assets.automation import build_jobs, build_schedules, build_sensors
from engage_assets.commands.home import locked
from engage_assets.drop_sensor import build_drop_job
from engage_assets.errors import EngageError
from engage_assets.extract_changes import close_plan, first_changed_week, keep_built_weeks, read_plan
from engage_assets.own_extract import record_extract, take_in
from engage_assets.partitions import weeks_between
from engage_assets.settings import Settings
from tests.engage_assets.extracts.small_extracts import HISTORY, contract_of

FIRST, LAST = date(2026, 8, 3), date(2026, 10, 25)
"""A Monday, and a Sunday."""


def orders(first=FIRST, last=LAST, *, amount="10.5"):
    """One row a day and customer."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return "".join(f"{client},{day}T10:00:00,1,{amount},app\n" for day in days for client in ("a", "b"))


class Home:
    """A home whose extract was built once, and the sensor that watches it."""

    def __init__(self, folder, instance):
        self.data, self.instance, self.cursor = folder / "data", instance, None
        self.data.mkdir()
        (folder / "home").mkdir()
        self.settings = Settings.from_environment({"ENGAGE_HOME": str(folder / "home")})
        self.own = contract_of(HISTORY, self.settings.home, files="*.csv")
        self.drop("1.csv", orders())
        take_in(self.own, str(self.data), self.settings)
        _, last = record_extract(self.own, str(self.data), self.settings)
        keep_built_weeks(self.settings, last)
        close_plan(self.settings)
        for week in weeks_between(FIRST, last):
            self.instance.report_runless_asset_event(
                dg.AssetMaterialization(["features", "customer_features"], partition=week.isoformat())
            )

    def drop(self, name, rows):
        (self.data / name).write_text("client,at,items,amount,channel\n" + rows)
        later = (self.data / name).stat().st_mtime + len(list(self.data.iterdir())) + len(rows) % 97
        os.utime(self.data / name, (later, later))

    def tick(self):
        [sensor, _] = build_sensors(self.settings, build_jobs(self.settings))
        with dg.build_sensor_context(instance=self.instance, cursor=self.cursor) as context:
            result = sensor._raw_fn(context)
        self.cursor = result.cursor
        return result.run_requests[0] if result.run_requests else result.skip_reason.skip_message

    def run(self, request, *, succeeds=True):
        """Stands for the run that was asked for; the reading is done for real."""
        if request.job_name == "take_in":
            job = build_drop_job(self.settings)
        else:

            @dg.op
            def build():
                if not succeeds:
                    raise ValueError("broken on purpose")

            @dg.job(name=request.job_name)
            def job():
                build()

        return job.execute_in_process(instance=self.instance, tags=request.tags, raise_on_error=False)

    def settle(self):
        """The request that follows when the place has not changed for one look."""
        assert "until the next look" in self.tick()
        return self.tick()


@pytest.fixture
def home(tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:
        yield Home(tmp_path, instance)


def test_an_extract_that_was_built_asks_for_nothing(home):
    assert home.tick() == "nothing new since the last drop"


def test_a_new_week_is_read_and_then_built(home):
    home.drop("2.csv", orders(LAST + timedelta(days=1), LAST + timedelta(days=7)))
    reading = home.settle()
    assert reading.job_name == "take_in"
    assert home.run(reading).success
    week = home.tick()
    assert (week.job_name, week.partition_key) == ("weekly", "2026-10-26")
    assert home.tick().run_key == week.run_key, "asked for again, its key keeps it from being run twice"
    assert home.run(week).success
    assert home.tick() == "week 2026-10-26 was built"
    assert json.loads((home.settings.home / "extract_weeks.json").read_text()) == read_plan(home.settings).digests


def test_a_partial_drop_waits_until_it_stays_the_same(home):
    home.drop("2.csv", orders(LAST + timedelta(days=1), LAST + timedelta(days=3)))
    assert "until the next look" in home.tick()
    home.drop("2.csv", orders(LAST + timedelta(days=1), LAST + timedelta(days=7)))
    assert "until the next look" in home.tick()
    assert home.tick().job_name == "take_in"


def test_half_a_week_changes_nothing(home):
    home.drop("2.csv", orders(LAST + timedelta(days=1), LAST + timedelta(days=3)))
    assert home.run(home.settle()).success
    assert home.tick() == "nothing new since the last drop"


def test_a_repeated_drop_changes_nothing(home):
    home.drop("1.csv", orders())
    assert home.run(home.settle()).success
    assert home.tick() == "nothing new since the last drop"


def test_a_corrected_row_builds_the_weeks_from_its_own_again(home):
    corrected = orders().replace("a,2026-10-06T10:00:00,1,10.5", "a,2026-10-06T10:00:00,1,99.5")
    home.drop("1.csv", corrected)
    assert home.run(home.settle()).success
    history = home.tick()
    assert history.job_name == "history"
    assert history.tags["dagster/asset_partition_range_start"] == "2026-10-05"
    assert history.tags["dagster/asset_partition_range_end"] == "2026-10-12"
    assert home.run(history).success
    week = home.tick()
    assert (week.job_name, week.partition_key) == ("weekly", "2026-10-19")


def test_a_late_row_builds_the_weeks_from_its_own_again(home):
    home.drop("late.csv", "c,2026-09-30T10:00:00,1,5.0,shop\n")
    assert home.run(home.settle()).success
    assert home.tick().tags["dagster/asset_partition_range_start"] == "2026-09-28"


def test_a_failed_history_keeps_the_week_waiting(home):
    home.drop("late.csv", "c,2026-09-30T10:00:00,1,5.0,shop\n")
    home.run(home.settle())
    history = home.tick()
    home.run(history, succeeds=False)
    assert "history failed for this drop" in home.tick()
    home.run(history)
    assert home.tick().job_name == "weekly", "executed again by hand, with the tags of the first run"


def test_a_place_that_goes_back_to_an_earlier_drop_is_read_and_built_again(home):
    def deliver(amount):
        (home.data / "1.csv").write_text("client,at,items,amount,channel\n" + orders(amount=amount))
        os.utime(home.data / "1.csv", (1, float(amount)))
        steps = [home.settle()]
        while not isinstance(steps[-1], str):
            assert home.run(steps[-1]).success
            steps.append(home.tick())
        return [step.job_name for step in steps[:-1]], {step.run_key for step in steps[:-1]}

    (_, first), (_, second), (jobs, third) = [deliver(amount) for amount in ("20.5", "30.5", "20.5")]
    assert jobs == ["take_in", "history", "weekly"]
    assert not third & (first | second), "a known key would start no run"


def test_a_week_that_was_interrupted_stays_changed(home):
    home.drop("1.csv", orders().replace("a,2026-10-20T10:00:00,1,10.5", "a,2026-10-20T10:00:00,1,99.5"))
    take_in(home.own, str(home.data), home.settings)
    week = date(2026, 10, 19)
    keep_built_weeks(home.settings, week - timedelta(weeks=1))
    assert first_changed_week(home.settings) == week
    keep_built_weeks(home.settings, week)
    assert first_changed_week(home.settings) is None


def test_a_drop_waits_for_the_run_that_holds_the_home(home):
    home.drop("1.csv", orders(amount="20.5"))
    reading = home.settle()
    with locked(home.settings.home):
        assert "a run is writing to" in home.tick()
        assert not home.run(reading).success, "one that was queued before the run began"
        close_plan(home.settings)
    assert home.tick().job_name == "take_in", "the run that held the home did not read the drop"


def test_a_refused_drop_fails_once_and_names_the_columns_that_changed(home):
    home.drop("1.csv", orders(amount="ten"))
    reading = home.settle()
    failed = home.run(reading)
    assert not failed.success
    assert "take_in failed for this drop" in home.tick()
    with pytest.raises(EngageError, match="columns of another type: amount"):
        take_in(home.own, str(home.data), home.settings)
    home.drop("1.csv", orders())
    assert home.settle().job_name == "take_in"


def test_a_place_without_files_is_told(home):
    (home.data / "1.csv").unlink()
    assert "no file of table orders is there" in home.tick()


def monday(home, moment):
    """What the schedule asks for at a moment: the week, or the reason why none."""
    [schedule] = build_schedules(home.settings, build_jobs(home.settings))
    asked = schedule._execution_fn.decorated_fn(dg.build_schedule_context(scheduled_execution_time=moment))
    return asked.partition_key if isinstance(asked, dg.RunRequest) else asked.skip_message


def test_a_monday_runs_the_week_that_was_delivered_and_no_other(home):
    newest = LAST - timedelta(days=6)
    three = datetime(LAST.year, LAST.month, LAST.day, 3, tzinfo=UTC) + timedelta(days=1)
    assert monday(home, three) == newest.isoformat()
    reason = monday(home, three + timedelta(weeks=1))
    assert f"no rows of the week of {newest + timedelta(weeks=1)}" in reason
    assert f"newest delivered week is {newest}" in reason


def test_a_monday_after_a_late_drop_runs_its_week(home):
    home.drop("2.csv", orders(LAST + timedelta(days=1), LAST + timedelta(days=7)))
    take_in(home.own, str(home.data), home.settings)
    record_extract(home.own, str(home.data), home.settings)
    three = datetime(LAST.year, LAST.month, LAST.day, 3, tzinfo=UTC) + timedelta(weeks=1, days=1)
    assert monday(home, three) == (LAST + timedelta(days=1)).isoformat()
