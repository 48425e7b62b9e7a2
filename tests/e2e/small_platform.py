"""A platform small enough to run in half a minute, driven as a person does: through the command line."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO

import duckdb
import psutil
import pyarrow as pa

REPOSITORY = Path(__file__).resolve().parents[2]
CUSTOMERS = 20_000
"""Enough leavers for the gates that compare two models; with fewer they say `insufficient`, which refuses the week."""

WEEK, NEXT_WEEK = "2026-11-02", "2026-11-09"
MARK = "ENGAGE_E2E"
"""In the environment of every process that these tests start, and so of all their children: no orphan escapes it."""

TIMEOUT_SECONDS = 600
RUN_SCHEMAS = ("results", "analytics", "monitoring", "fairness")
PER_RUN_COLUMNS = frozenset(
    {"run_id", "scored_at", "decided_at", "published_at", "evaluated_at", "seconds", "cpu_seconds", "peak_memory_mb"}
)
"""Columns that differ between two runs of the same week on the same data: who, when, how long."""
PER_RUN_TABLES = frozenset({"published.gate_results", "published.stage_usage", "published.engage_costs"})
"""Tables about a run itself: what its gates compared it with, and what it used and cost."""


class SmallPlatform:
    """One home, its snapshot, and the processes that work in it.

    The views of the warehouse hold the lake's absolute path, so that a home cannot be copied elsewhere: a test that
    changes it gets it back as it was published, in the same place.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.lake = self.home / "lake"
        self._snapshot = folder / "snapshot"
        self._mark = uuid.uuid4().hex
        self.first_run: subprocess.CompletedProcess[str]

    def keep(self) -> None:
        """Remembers the home as it is now."""
        shutil.copytree(self.home, self._snapshot)

    def restore(self) -> None:
        """Puts the home back as it was kept."""
        if self.home.exists():
            for entry in self.home.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        shutil.copytree(self._snapshot, self.home, dirs_exist_ok=True)

    def engage(
        self, *arguments: str, defects: str = "", settings: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        """Runs one command to its end, with some settings of its own."""
        with self.started(*arguments, defects=defects, settings=settings) as process:
            output, errors = process.communicate()
        return subprocess.CompletedProcess(list(arguments), process.returncode, output, errors)

    def run(
        self, week: str, *arguments: str, defects: str = "", settings: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        """``engage run`` of a week."""
        chosen = ("--customers", str(CUSTOMERS), "--week", week)
        return self.engage("run", *chosen, *arguments, defects=defects, settings=settings)

    @contextmanager
    def started(
        self,
        *arguments: str,
        defects: str = "",
        settings: Mapping[str, str] = MappingProxyType({}),
        stdout: int | IO[str] = subprocess.PIPE,
        stderr: int | IO[str] = subprocess.PIPE,
        limit_seconds: float = TIMEOUT_SECONDS,
    ) -> Iterator[subprocess.Popen[str]]:
        """A command in a process group of its own; afterwards nothing of it is left, however the test ends."""
        process = subprocess.Popen(
            [sys.executable, "-m", "engage_assets.cli", *arguments],
            stdout=stdout,
            stderr=stderr,
            text=True,
            cwd=REPOSITORY,
            env={**self.environment(defects), **settings},
            start_new_session=True,
        )
        # A test that reads from a command which hangs would wait for ever.
        watchdog = threading.Timer(limit_seconds, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            for survivor in self.survivors():
                with suppress(psutil.NoSuchProcess):
                    survivor.kill()
            process.kill()
            process.wait()

    def environment(self, defects: str) -> Mapping[str, str]:
        """This process's environment, pointed at the home."""
        return {**os.environ, "ENGAGE_HOME": str(self.home), "ENGAGE_DEFECTS": defects, MARK: self._mark}

    def survivors(self) -> list[psutil.Process]:
        """The living processes that were started for this platform, or by one that was."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self._mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def wait_for_survivors(self, seconds: float = 10) -> list[psutil.Process]:
        """The processes that are still there after `seconds`."""
        deadline = time.monotonic() + seconds
        while (left := self.survivors()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return left

    def query(self, sql: str) -> pa.Table:
        """Rows of the warehouse."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            return connection.sql(sql).to_arrow_table()

    def tables(self, *schemas: str) -> list[str]:
        """``schema.table`` of all tables and views of some schemas."""
        listed = ", ".join(f"'{schema}'" for schema in schemas)
        rows = self.query(
            "select table_schema || '.' || table_name as name from information_schema.tables "
            f"where table_schema in ({listed}) order by name"
        )
        return [str(name) for name in rows["name"].to_pylist()]

    def published_rows(self, week: str = "", *, without: frozenset[str] = frozenset()) -> dict[str, tuple[int, str]]:
        """Number and digest of the published rows, of one week or of all, by table. Their order does not count."""
        found = {}
        for name in self.tables("published"):
            columns = [column for column in self.query(f"from {name} limit 0").column_names if column not in without]
            listed = ", ".join(f'"{column}"' for column in columns)
            chosen = f"select {listed} from {name}" + (f" where week = date '{week}'" if week else "")
            digest = "format('{} {}', sum(hash(each)), bit_xor(hash(each)))"
            [row] = self.query(f"select count(*) as n, {digest} as digest from ({chosen}) as each").to_pylist()
            found[name] = (int(row["n"]), str(row["digest"]))
        return found

    def published_state(self) -> dict[str, object]:
        """Everything a consumer can see: digests of the rows, the pointers, the PDFs and the exports."""
        state: dict[str, object] = dict(self.published_rows())
        for folder in ("lake/published", "reports", "exports"):
            for file in sorted((self.home / folder).rglob("*")):
                if file.is_file():
                    state[str(file.relative_to(self.home))] = hashlib.sha256(file.read_bytes()).hexdigest()
        return state

    def superseded_rows(self) -> list[str]:
        """Tables that hold, for some week, rows of a run that is not the published one."""
        pointers = f"read_parquet('{self.lake}/published/**/*.parquet', hive_partitioning = false)"
        found = []
        for name in self.tables(*RUN_SCHEMAS):
            columns = self.query(f"select * from {name} limit 0").column_names
            if {"week", "run_id"} <= set(columns):
                [left] = self.query(
                    f"select count(*) as n from {name} as t where not exists (select 1 from {pointers} as p "
                    "where p.week = t.week and p.run_id = t.run_id)"
                )["n"].to_pylist()
                if left:
                    found.append(f"{name}: {left} rows")
        return found

    def leftovers(self) -> list[str]:
        """Files and folders that a run should have taken away: temporary ones, and those of superseded runs."""
        hidden = [
            path for folder in ("lake", "models", "reports", "exports") for path in (self.home / folder).rglob(".*")
        ]
        runs: dict[Path, int] = {}
        for path in self.lake.rglob("run_id=*"):
            if path.is_relative_to(self.lake / "evaluation"):
                continue  # stays with the model that it speaks of: a later run may score with that model
            runs[path.parent] = runs.get(path.parent, 0) + 1
        doubled = [folder for folder, count in runs.items() if count > 1]
        return sorted(str(path.relative_to(self.home)) for path in [*hidden, *doubled])


def kill_group(process: subprocess.Popen[str]) -> None:
    """Kills a process and its group as a power cut would: nothing of it runs another instruction."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def output_of(completed: subprocess.CompletedProcess[str]) -> str:
    """What a person saw of a command."""
    return completed.stdout + completed.stderr
