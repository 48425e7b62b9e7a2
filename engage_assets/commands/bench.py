"""``engage bench``: each stage's seconds, rows per second and peak memory, measured in a new home."""

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from engage_assets.errors import EngageError
from engage_assets.partitions import last_ended_week
from engage_assets.records.usage import StageUsage, read_usage
from engage_assets.resources.lake import LocalLake


def run_bench(*, customers: int, weeks: int, json_file: Path | None) -> None:
    """Runs a first week with its history, then the next week, each as a new process, and prints the figures.

    Raises
    ------
    EngageError
        When one of the runs does not publish.
    """
    week = last_ended_week()
    with tempfile.TemporaryDirectory(prefix="engage-bench-") as folder:
        home = Path(folder) / "home"
        common = ["--customers", str(customers), "--weeks", str(weeks), "--home", str(home)]
        first = timed_run(["--week", str(week - timedelta(weeks=1)), *common])
        second = timed_run(["--week", str(week), *common])
        stages = read_usage(LocalLake(root=str(home / "lake")), week)
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{customers:,} customers, week {week}, {machine()}")
    print_stages(stages)
    print(f"first run, with {weeks - 1} weeks of history: {first:.1f} s")
    print(f"weekly run, process start included: {second:.1f} s")
    print(f"peak memory of the largest process: {peak_mb:,.0f} MB")
    if json_file:
        figures = {
            "customers": customers,
            "machine": machine(),
            "first_run_seconds": first,
            "weekly_run_seconds": second,
            "peak_memory_mb": peak_mb,
            "stages": [vars(stage) for stage in stages],
        }
        json_file.write_text(json.dumps(figures, indent=2) + "\n")


def timed_run(arguments: list[str]) -> float:
    """Seconds of one ``engage run`` as a new process, its start included."""
    started = time.monotonic()
    command = [sys.executable, "-m", "engage_assets.cli", "run", *arguments]
    completed = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if completed.returncode != 0:
        raise EngageError(f"the measured run ended with status {completed.returncode}:\n{completed.stderr.strip()}")
    return time.monotonic() - started


def print_stages(stages: list[StageUsage]) -> None:
    """Prints one row a stage, in the order they ran."""
    print(f"{'stage':<14}{'seconds':>9}{'cpu s':>9}{'rows':>12}{'rows/s':>12}{'peak MB':>10}")
    for stage in stages:
        speed = f"{stage.rows / stage.seconds:,.0f}" if stage.rows and stage.seconds else ""
        print(
            f"{stage.stage:<14}{stage.seconds:>9.1f}{stage.cpu_seconds:>9.1f}{stage.rows:>12,}{speed:>12}"
            f"{stage.peak_memory_mb:>10,.0f}"
        )


def machine() -> str:
    """The machine in words: cores, memory, processor architecture, Python."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.machine()}, Python {platform.python_version()}"
