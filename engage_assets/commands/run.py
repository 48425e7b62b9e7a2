"""``engage run``: the history that is missing, then the whole week, in one process on one machine."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from engage_assets.commands.extract import Extract, adopt_extract, is_own
from engage_assets.commands.failures import explain_failure
from engage_assets.commands.home import (
    adopt_platform,
    disk_full,
    has_no_room,
    locked,
    prepare_home,
    tells_of_a_full_disk,
)
from engage_assets.commands.interrupts import watched
from engage_assets.commands.recovery import COMMAND_LINE_TAG, recover
from engage_assets.dbt import feature_fingerprint, manifest_path
from engage_assets.dbt_overlay import ensure_project
from engage_assets.definitions import build_defs
from engage_assets.errors import EngageError, InputError, StoppedError
from engage_assets.extract_changes import close_plan, first_changed_week, keep_built_weeks
from engage_assets.history import HISTORY_WEEKS, history_before, missing_history, own_weeks
from engage_assets.partitions import last_ended_week, parse_week
from engage_assets.platform_contract import platform_contract
from engage_assets.resources.bindings import build_resources
from engage_assets.settings import Settings
from engage_reports import ReportError, find_browser

PROGRAMS = ("engage_ml.training", "engage_ml.scoring")
"""What a week runs beside this process, in this order."""

LOGGERS: dict[str, Any] = {"loggers": {"progress": {}}}


@dataclass(frozen=True)
class RunOutcome:
    """What a finished run made: its week and how long the parts took, in seconds."""

    week: date
    run_id: str
    history_weeks: int
    history_seconds: float
    week_seconds: float


def run_week(
    settings: Settings,
    *,
    week: str | None = None,
    history_weeks: int | None = None,
    customers: int | None = None,
    seed: int | None = None,
    extract: Extract | None = None,
) -> RunOutcome:
    """Builds the history that is missing before `week`, then `week` itself, and publishes it.

    week: the Monday that opens it, as text; the newest whole week when None. extract: a user's own, to begin or to
    continue a home with.

    Raises
    ------
    InputError
        For a week, an extract or a contract that cannot be used.
    EngageError
        With one message for the user when anything refuses or fails; the last published week is then untouched.
    """
    try:
        return _run_week(settings, week, history_weeks, customers=customers, seed=seed, extract=extract)
    except KeyboardInterrupt:
        raise StoppedError from None
    except Exception as error:
        # Dagster's own storage may meet the full disk first.
        if isinstance(error, EngageError):
            raise
        if tells_of_a_full_disk(str(error)) or has_no_room(settings.home):
            raise disk_full(settings.home) from None
        raise


def _run_week(
    settings: Settings,
    chosen: str | None,
    history_weeks: int | None,
    *,
    customers: int | None,
    seed: int | None,
    extract: Extract | None,
) -> RunOutcome:
    week = parse_week(chosen) if chosen and extract is None and not is_own(settings) else last_ended_week()
    dagster_home = prepare_home(settings)
    try:
        find_browser()
    except ReportError as error:
        raise InputError(str(error)) from None
    with locked(settings.home), dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        compute = build_resources(settings)["compute"]
        recover(instance, settings.home, compute)
        if extract is not None:
            adopt_extract(settings, extract)
        settings = adopt_platform(settings, customers=customers, seed=seed)
        compute.get_ready(PROGRAMS)
        platform = platform_contract(settings)
        if platform.own is not None and platform.last_week is not None:
            week, history_weeks = own_weeks(platform, chosen, history_weeks)
        ensure_project(settings)
        if not (settings.dbt_target / "manifest.json").exists():
            print("  preparing dbt (once)", flush=True)
        manifest_path(settings.dbt_target)
        definitions = build_defs(settings)
        stamp = settings.home / "features.stamp"
        wanted = history_before(week, history_weeks or HISTORY_WEEKS, first=platform.first_week)
        if stamp.exists() and stamp.read_text() != feature_fingerprint(settings.dbt_target):
            print("  the SQL of the features has changed: the history is built again", flush=True)
            missing = wanted
        else:
            missing = missing_history(instance, wanted, changed_since=first_changed_week(settings))
        started = time.monotonic()
        if missing:
            print(f"history: {len(missing)} weeks, {missing[0]} to {missing[-1]}", flush=True)
            execute(definitions, "history", instance, missing, home=settings.home)
        stamp.write_text(feature_fingerprint(settings.dbt_target))
        keep_built_weeks(settings, week - timedelta(weeks=1))
        history_seconds = time.monotonic() - started
        print(f"week {week}", flush=True)
        started = time.monotonic()
        run_id = execute(definitions, "weekly", instance, [week], home=settings.home)
        # Not before: after a week that did not come to its end, its rows still count as changed.
        keep_built_weeks(settings, week)
        close_plan(settings)
    return RunOutcome(week, run_id, len(missing), history_seconds, time.monotonic() - started)


def execute(
    definitions: dg.Definitions, job: str, instance: dg.DagsterInstance, weeks: Sequence[date], *, home: Path
) -> str:
    """Runs a job in this process for one week, or for a range of weeks in one run. Returns the run id.

    Raises
    ------
    EngageError
        When the run did not succeed.
    StoppedError
        When it did not because it was asked to stop, which Dagster tells as a failure.
    """
    tags = (
        {}
        if len(weeks) == 1
        else {
            "dagster/asset_partition_range_start": weeks[0].isoformat(),
            "dagster/asset_partition_range_end": weeks[-1].isoformat(),
        }
    )
    with watched() as asked_to_stop:
        result = definitions.resolve_job_def(job).execute_in_process(
            instance=instance,
            run_config=LOGGERS,
            partition_key=weeks[0].isoformat() if len(weeks) == 1 else None,
            tags={**tags, COMMAND_LINE_TAG: "run"},
            raise_on_error=False,
        )
        stopped = asked_to_stop()
    if not result.success:
        if stopped:
            raise StoppedError
        raise explain_failure(result, home=home) or EngageError(f"run {result.run_id} of {job} failed")
    return result.run_id
