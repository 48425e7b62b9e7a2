"""Drops of a user's own extract between two Mondays: noticed, taken in, and built from the first week they change.

The sensor asks for one run after the other: the reading, the history when it has changed, the week. A drop that is
still being written waits; a repeated one asks for nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from engage_assets.commands.home import locked
from engage_assets.commands.recovery import is_held
from engage_assets.contracts import ContractError
from engage_assets.extract_changes import DropPlan, keep_digests, read_plan, take_in_drop
from engage_assets.extracts.ingestion import fingerprint_of
from engage_assets.platform_contract import platform_contract
from engage_assets.settings import Settings

DROP_TAG = "engage/drop"
"""On the runs that a drop has asked for: the step, the plan's sequence number and the drop's fingerprint."""
DROP_SENSOR = "extract_drop"
SECONDS_BETWEEN_LOOKS = 60

Progress = Literal["none", "working", "failed", "done"]


@dataclass(frozen=True)
class Step:
    """What the sensor does now: a run of `job` for `weeks`, or nothing, and why. built: the plan was carried out."""

    reason: str
    job: str | None = None
    weeks: tuple[date, ...] = ()
    built: bool = False


def next_step(fingerprint: str, seen: str, plan: DropPlan | None, progress: Callable[[str], Progress]) -> Step:
    """The next step of a drop.

    fingerprint: of what lies in the place now. seen: at the last look; a drop has settled when it did not change
    between two looks. progress: what became of the run that a job was asked for, by the job's name.
    """
    if plan is None or plan.fingerprint != fingerprint:
        if fingerprint != seen:
            return Step("the place has changed; it is read when it stays the same until the next look")
        return _asked("take_in", (), progress) or Step("the drop was read", built=False)
    if plan.week is None:
        return Step("nothing new since the last drop")
    if plan.history and (step := _asked("history", plan.history, progress)):
        return step
    return _asked("weekly", (plan.week,), progress) or Step(f"week {plan.week} was built", built=True)


def _asked(job: str, weeks: tuple[date, ...], progress: Callable[[str], Progress]) -> Step | None:
    """The step that asks for a job, or waits for it; None when it is done."""
    state = progress(job)
    if state == "done":
        return None
    if state == "none":
        return Step(f"asks for {job}", job, weeks)
    if state == "working":
        return Step(f"{job} is at work")
    return Step(f"{job} failed for this drop; repair what it names and deliver again, or execute the run again")


def build_drop_job(settings: Settings) -> dg.JobDefinition:
    """The job that reads a drop."""

    @dg.op(description="Reads the extract's place, refuses what breaks the contract, and plans what is built again.")
    def read_drop(context: dg.OpExecutionContext) -> None:
        with locked(settings.home):
            plan = take_in_drop(settings, context.instance)
        history = f"history {plan.history[0]} to {plan.history[1]}, then " if plan.history else ""
        context.log.info(f"{history}week {plan.week}" if plan.week else "no whole week has other rows than before")

    @dg.job(name="take_in", description="Reads a drop of the user's own extract.")
    def take_in() -> None:
        read_drop()

    return take_in


def build_drop_sensor(
    settings: Settings, jobs: Sequence[UnresolvedAssetJobDefinition | dg.JobDefinition]
) -> dg.SensorDefinition:
    """Watches the place of the user's own extract."""

    @dg.sensor(
        name=DROP_SENSOR,
        jobs=jobs,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reads a changed extract once it has settled, and builds the weeks that it changes.",
    )
    def extract_drop(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        if is_held(settings.home / "run.lock"):
            reason = f"a run is writing to {settings.home}; the place is looked at when it has ended"
            return dg.SensorResult(skip_reason=reason, cursor=context.cursor)
        platform = platform_contract(settings)
        assert platform.own is not None
        try:
            fingerprint = fingerprint_of(platform.own, platform.base)
        except ContractError as error:
            return dg.SensorResult(skip_reason=str(error), cursor="")
        plan = read_plan(settings)
        drop = f"{plan.sequence if plan else 0}:{fingerprint}"
        step = next_step(
            fingerprint, context.cursor or "", plan, lambda job: progress_of(context.instance, f"{job}:{drop}")
        )
        if step.built and plan is not None:
            keep_digests(settings, plan)
        if step.job is None:
            return dg.SensorResult(skip_reason=step.reason, cursor=fingerprint)
        return dg.SensorResult(run_requests=[_request(step, drop)], cursor=fingerprint)

    return extract_drop


def progress_of(instance: dg.DagsterInstance, drop: str) -> Progress:
    """What became of the runs that carry this drop's tag; one that was executed again counts."""
    runs = instance.get_runs(filters=dg.RunsFilter(tags={DROP_TAG: drop}))
    if not runs:
        return "none"
    if any(run.status == dg.DagsterRunStatus.SUCCESS for run in runs):
        return "done"
    return "failed" if all(run.is_finished for run in runs) else "working"


def _request(step: Step, drop: str) -> dg.RunRequest:
    key = f"{step.job}:{drop}"
    tags = {DROP_TAG: key}
    if len(step.weeks) == 2:
        tags |= {
            "dagster/asset_partition_range_start": step.weeks[0].isoformat(),
            "dagster/asset_partition_range_end": step.weeks[1].isoformat(),
        }
    week = step.weeks[0].isoformat() if len(step.weeks) == 1 else None
    # The run key keeps a drop from being asked for twice.
    return dg.RunRequest(run_key=key, job_name=step.job, partition_key=week, tags=tags)
