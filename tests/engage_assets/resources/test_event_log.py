"""The event log that keeps its connections: whoever watches a run still sees each event at once."""

import queue
from pathlib import Path

import dagster as dg
import psutil
import pytest

from engage_assets.resources.dagster_storage import sqlite_storage
from engage_assets.resources.event_log import EngineKeepingEventLogStorage

PATIENCE_SECONDS = 10


@pytest.fixture
def instance(tmp_path: Path):
    (tmp_path / "dagster.yaml").write_text(sqlite_storage(tmp_path))
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def run_of_one_step(instance: dg.DagsterInstance) -> str:
    @dg.op
    def step() -> None: ...

    @dg.job
    def job() -> None:
        step()

    return job.execute_in_process(instance=instance).run_id


def files_open_in(folder: Path) -> set[str]:
    opened = (Path(each.path) for each in psutil.Process().open_files())
    return {path.name for path in opened if path.parent == folder.resolve()}


def test_the_storage_is_the_one_that_keeps_connections(instance: dg.DagsterInstance):
    assert isinstance(instance.event_log_storage, EngineKeepingEventLogStorage)


def test_a_watcher_of_another_process_sees_an_event_while_the_file_stays_open(
    instance: dg.DagsterInstance, tmp_path: Path
):
    run_id = run_of_one_step(instance)
    first = instance.all_logs(run_id)[0]
    watching = EngineKeepingEventLogStorage(base_dir=str(tmp_path / "history" / "runs"))
    seen: queue.Queue[str] = queue.Queue()
    watching.watch(run_id, watching.get_records_for_run(run_id).cursor, lambda event, _: seen.put(event.message))
    try:
        for message in ("one", "two"):
            instance.event_log_storage.store_event(first._replace(user_message=message, dagster_event=None))
            assert seen.get(timeout=PATIENCE_SECONDS) == message
    finally:
        watching.dispose()


def test_only_the_newest_run_and_the_index_stay_open(instance: dg.DagsterInstance, tmp_path: Path):
    runs = [run_of_one_step(instance) for _ in range(3)]
    opened = {name for name in files_open_in(tmp_path / "history" / "runs") if name.endswith(".db")}
    assert opened == {"index.db", f"{runs[-1]}.db"}
    for run_id in runs:
        assert instance.all_logs(run_id)
