"""The home folder of a platform: made ready, locked while a run writes, and true to one simulated platform."""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from engage_assets.errors import EngageError, InputError
from engage_assets.resources.dagster_storage import storage_config
from engage_assets.settings import Settings

DAGSTER_YAML = """\
# Dagster's instance. One run at a time: DuckDB has one writer, and a week is published by one run.
telemetry:
  enabled: false
nux:
  enabled: false
{storage}run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
concurrency:
  runs:
    max_concurrent_runs: 1
  pools:
    default_limit: 1
run_monitoring:
  enabled: true
run_retries:
  enabled: true
  max_retries: 0
"""


def prepare_home(settings: Settings) -> Path:
    """Makes the folder and Dagster's instance in it, and returns the instance's folder.

    Raises
    ------
    InputError
        When the folder cannot be made or written.
    """
    dagster_home = settings.home / "dagster"
    make_home(settings)
    with _writing_to(settings.home):
        dagster_home.mkdir(exist_ok=True)
        config = dagster_home / "dagster.yaml"
        content = DAGSTER_YAML.format(storage=storage_config(settings, dagster_home))
        if not config.exists() or config.read_text() != content:
            config.write_text(content)
    os.environ["DAGSTER_HOME"] = str(dagster_home)
    return dagster_home


def make_home(settings: Settings) -> None:
    """Makes the folder, for work that needs a place for its lock and no instance. Raises as `prepare_home` does."""
    with _writing_to(settings.home):
        try_to_write(settings.home)


def try_to_write(folder: Path) -> None:
    """Makes a folder and a file in it, which is removed again. Raises OSError when it cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".write-test-{os.getpid()}"
    probe.write_text("")
    probe.unlink()


@contextmanager
def _writing_to(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise disk_full(home) from None
        raise InputError(
            f"the home folder {home} cannot be written ({error.strerror}). Choose another with --home or ENGAGE_HOME."
        ) from None


def tells_of_a_full_disk(text: str) -> bool:
    """Whether a message, of the system, SQLite or DuckDB, says that the disk is full."""
    return any(words in text for words in ("No space left on device", "Errno 28", "disk is full"))


def has_no_room(home: Path) -> bool:
    """Whether the disk is as good as full; SQLite then says no more than that it cannot read or write."""
    return shutil.disk_usage(home).free < 4 * 2**20


def disk_full(home: Path) -> EngageError:
    """The error for a disk without room."""
    return EngageError(
        f"the disk that holds {home} is full. Free some space (a quarter of 100,000 customers needs about 3 GB) and "
        "run again: the run continues, and the last published week is untouched."
    )


@contextmanager
def locked(home: Path, name: str = "run.lock") -> Iterator[None]:
    """Holds the home for one run, or one web interface, at a time. The lock goes with the process, however that ends.

    Raises
    ------
    InputError
        When another run holds it.
    """
    with (home / name).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise InputError(
                f"another {name.removesuffix('.lock')} (process {lock.read().strip() or 'unknown'}) is writing to "
                f"{home}. Wait for it to end, or choose another --home."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def adopt_platform(settings: Settings, *, customers: int | None, seed: int | None) -> Settings:
    """The settings with the customers and the seed that this home was begun with.

    Raises
    ------
    InputError
        When other ones are asked for: weeks of two platforms would be mixed.
    """
    if (settings.home / "extract.json").exists():
        if customers is not None:
            raise InputError(f"{settings.home} holds a user's own extract; --customers is for simulated platforms.")
        return settings
    file = settings.home / "platform.json"
    if not file.exists():
        file.write_text(json.dumps({"customers": settings.customers, "seed": settings.seed}) + "\n")
        return settings
    known = json.loads(file.read_text())
    for name, asked in (("customers", customers), ("seed", seed)):
        if asked is not None and asked != known[name]:
            raise InputError(
                f"{settings.home} holds a platform with {name} {known[name]:,}, not {asked:,}. "
                "Use another --home, or remove that folder."
            )
    return replace(settings, customers=known["customers"], seed=known["seed"])
