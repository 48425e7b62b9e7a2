"""When things are built: the jobs, the Monday schedule, the sensor for delivered extracts, and the alarm."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from engage_assets.assets.sources import DELIVERIES
from engage_assets.drop_sensor import DROP_SENSOR, build_drop_job, build_drop_sensor
from engage_assets.partitions import last_ended_week
from engage_assets.platform_contract import platform_contract
from engage_assets.resources.lake import Lake
from engage_assets.resources.notifier import Notifier
from engage_assets.settings import Settings

TUNE_SELECTION = dg.AssetSelection.groups("tuning")
WEEKLY_SELECTION = dg.AssetSelection.all() - TUNE_SELECTION
HISTORY_SELECTION = dg.AssetSelection.groups("sources", "staging", "features")
RETRAIN_SELECTION = dg.AssetSelection.groups("models")


def build_jobs(settings: Settings) -> list[UnresolvedAssetJobDefinition | dg.JobDefinition]:
    """The jobs a person or a trigger can start."""
    return [
        dg.define_asset_job(
            "weekly",
            selection=WEEKLY_SELECTION,
            description="The whole week: extracts, features, models, scores, decisions, results, reports.",
        ),
        dg.define_asset_job(
            "history",
            selection=HISTORY_SELECTION,
            description="Extracts and features of past weeks; one run builds a whole range.",
        ),
        dg.define_asset_job(
            "retrain",
            selection=RETRAIN_SELECTION,
            description="Trains the models of a week on the features that exist, and promotes them if they pass.",
        ),
        dg.define_asset_job(
            "tune",
            selection=TUNE_SELECTION,
            description="Searches for better parameters of the churn trees; the next training reads what was adopted.",
        ),
        *([build_drop_job(settings)] if platform_contract(settings).is_own else []),
    ]


def build_schedules(
    settings: Settings, jobs: Sequence[UnresolvedAssetJobDefinition | dg.JobDefinition]
) -> list[dg.ScheduleDefinition]:
    """Monday 03:00, for the week that ended three hours before (UTC); of an own extract, once it was delivered."""

    @dg.schedule(
        name="weekly_monday",
        job=jobs[0],
        cron_schedule="0 3 * * 1",
        execution_timezone=settings.schedule_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def weekly_monday(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        week = last_ended_week(context.scheduled_execution_time.astimezone(UTC))
        newest = platform_contract(settings).last_week
        if newest is not None and newest < week:
            return dg.SkipReason(
                f"the extract has no rows of the week of {week}: its newest delivered week is {newest}. A new drop is "
                f"noticed by the sensor {DROP_SENSOR}, which starts its weeks; until then the week of {newest} stays "
                "the newest that can be run."
            )
        return dg.RunRequest(run_key=week.isoformat(), partition_key=week.isoformat())

    return [weekly_monday]


def build_sensors(
    settings: Settings, jobs: Sequence[UnresolvedAssetJobDefinition | dg.JobDefinition]
) -> list[dg.SensorDefinition]:
    """A delivered week, or a changed extract of the user's own, starts its runs; a failed run tells people."""

    @dg.sensor(
        name="raw_drop",
        job=jobs[0],
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts the weekly job for every week whose extracts were delivered in full.",
    )
    def raw_drop(lake: Lake) -> Iterator[dg.RunRequest | dg.SkipReason]:
        weeks = delivered_weeks(lake)
        if not weeks:
            yield dg.SkipReason(f"no delivery marker in {lake.location(DELIVERIES)}")
        for week in weeks:
            # The run key keeps a delivery from being run twice.
            yield dg.RunRequest(run_key=f"delivery-{week}", partition_key=week.isoformat())

    @dg.run_failure_sensor(name="run_failed", default_status=dg.DefaultSensorStatus.RUNNING)
    def run_failed(context: dg.RunFailureSensorContext, notifier: Notifier) -> None:
        week = context.dagster_run.tags.get("dagster/partition", "no week")
        notifier.send(
            f"Engage: {context.dagster_run.job_name} failed for {week}",
            f"{context.failure_event.message} (run {context.dagster_run.run_id}). "
            "The last published week is untouched.",
        )

    return [build_drop_sensor(settings, jobs) if platform_contract(settings).is_own else raw_drop, run_failed]


def delivered_weeks(lake: Lake) -> list[date]:
    """The ended weeks that have a delivery marker, sorted."""
    return [week for week in lake.weeks(DELIVERIES) if week <= last_ended_week()]
