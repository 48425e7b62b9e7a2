"""A run that is killed at any moment leaves the published week as it was, and running again completes the week."""

import subprocess
import time

import psutil
import pytest

from tests.e2e.small_platform import (
    CUSTOMERS,
    NEXT_WEEK,
    PER_RUN_COLUMNS,
    PER_RUN_TABLES,
    WEEK,
    SmallPlatform,
    kill_group,
    output_of,
)

pytestmark = pytest.mark.integration


def wait_for_line(process: subprocess.Popen[str], start: str) -> None:
    """Reads what the run prints until a line starts with `start`."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if line.strip().startswith(start):
            return
    raise AssertionError(f"the run ended before {start!r}:\n{''.join(seen)}")


def wait_for_program(platform: SmallPlatform, run: subprocess.Popen[str], program: str) -> None:
    """Waits until a program that the run started is at work; its imports, done while it waits for work, are none."""
    before: dict[int, float] = {}
    while run.poll() is None:
        for process in platform.survivors():
            try:
                if program in process.cmdline():
                    used = process.cpu_times().user
                    if used > before.setdefault(process.pid, used) + 1:
                        return
            except psutil.Error:
                continue
        time.sleep(0.05)
    raise AssertionError(f"the run ended before {program} had worked for a second")


def during_features(platform: SmallPlatform, process: subprocess.Popen[str]) -> None:
    wait_for_line(process, "contract")
    time.sleep(1.5)


def during_training(platform: SmallPlatform, process: subprocess.Popen[str]) -> None:
    wait_for_line(process, "features (dbt)")
    wait_for_program(platform, process, "engage_ml.training")


def during_results(platform: SmallPlatform, process: subprocess.Popen[str]) -> None:
    wait_for_line(process, "decisions")
    time.sleep(1.5)


def test_killed_three_times_then_completed(platform: SmallPlatform) -> None:
    """The next week twice, then the published week itself, which is the hardest case; and then without a kill."""
    before, rows = platform.published_state(), platform.published_rows(WEEK, without=PER_RUN_COLUMNS)
    for moment, week in ((during_features, NEXT_WEEK), (during_training, NEXT_WEEK), (during_results, WEEK)):
        with platform.started("run", "--week", week, stderr=subprocess.DEVNULL) as process:
            moment(platform, process)
            kill_group(process)
        answer = platform.engage("query", "select count(*) as n from customer_scores", "--format", "csv")
        assert answer.returncode == 0, output_of(answer)
        assert int(answer.stdout.split()[1]) == rows["published.customer_scores"][0] > CUSTOMERS / 2
        assert platform.published_state() == before, moment.__name__

    again = platform.run(WEEK)
    assert again.returncode == 0, output_of(again)
    assert f"week {WEEK}: published" in again.stdout
    after = platform.published_rows(WEEK, without=PER_RUN_COLUMNS)
    for table in after.keys() - PER_RUN_TABLES:
        assert after[table] == rows[table], table
    assert platform.superseded_rows() == []
    assert platform.leftovers() == []
    assert platform.wait_for_survivors() == []


def test_what_a_killed_run_had_started_ends_too(platform: SmallPlatform) -> None:
    """Only the run itself is killed, as the kernel does when memory runs out: its training must not go on alone."""
    before = platform.published_state()
    with platform.started("run", "--week", NEXT_WEEK, stderr=subprocess.DEVNULL) as process:
        during_training(platform, process)
        process.kill()
        process.wait()
        assert platform.wait_for_survivors(30) == []
    assert platform.published_state() == before
