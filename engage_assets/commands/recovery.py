"""What a killed run leaves in Dagster's instance: a run that never ends, and its claim on the warehouse's pool.

Nobody else takes them back: the next run would wait for the pool, and the queue of the web interface for the run.
"""

import fcntl
from pathlib import Path

import dagster as dg

from engage_assets.errors import InputError
from engage_assets.resources.compute import Compute

COMMAND_LINE_TAG = "engage/command"
UNFINISHED = (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)


def close_killed_runs(instance: dg.DagsterInstance, compute: Compute, *, by_command_line: bool) -> None:
    """Ends the unfinished runs of the command line, or those of the web interface, and what they left at work.

    Their processes must be gone.
    """
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=list(UNFINISHED))):
        if (COMMAND_LINE_TAG in run.tags) == by_command_line:
            compute.abandon(run.root_run_id or run.run_id)
            instance.report_run_failed(run, "The process of this run was killed.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def recover(instance: dg.DagsterInstance, home: Path, compute: Compute) -> None:
    """Makes the instance ready for a run of the command line, which holds the home's lock.

    Raises
    ------
    InputError
        When a run of the web interface is at work.
    """
    close_killed_runs(instance, compute, by_command_line=True)
    if not is_held(home / "ui.lock"):
        close_killed_runs(instance, compute, by_command_line=False)
    elif working := instance.get_runs(filters=dg.RunsFilter(statuses=list(UNFINISHED))):
        raise InputError(
            f"run {working[0].run_id} of the web interface is at work in {home}. "
            "Wait for it to end, or cancel it there."
        )


def is_held(lock: Path) -> bool:
    """Whether a living process holds the lock."""
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
