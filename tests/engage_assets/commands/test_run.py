"""What ``engage run`` does before it builds anything, and how a run that is stopped ends."""

import os
import signal
import time
from contextlib import suppress
from datetime import date

import dagster as dg
import pytest

from engage_assets.commands.extract import extract_of
from engage_assets.commands.home import locked, prepare_home
from engage_assets.commands.run import execute, run_week
from engage_assets.dbt import load_manifest, manifest_path, run_dbt
from engage_assets.errors import EngageError, GateRefusedError, InputError, StoppedError
from engage_assets.partitions import WEEKLY
from engage_assets.progress import progress_logger
from engage_assets.settings import Settings
from tests.engage_assets.extracts.small_extracts import HISTORY, contract_of


def test_an_extract_is_not_read_while_the_web_interface_is_at_work(tmp_path):
    (tmp_path / "orders.csv").write_text("client,at,items,amount,channel\na,2026-10-06T10:00:00,1,10.5,app\n")
    contract_of(HISTORY, tmp_path)
    settings = Settings(home=tmp_path / "home")
    with dg.DagsterInstance.from_config(str(prepare_home(settings))) as instance:
        instance.add_run(dg.DagsterRun(job_name="weekly", run_id="at-work", status=dg.DagsterRunStatus.STARTED))
    with (
        locked(settings.home, "ui.lock"),
        pytest.raises(InputError, match="run at-work of the web interface is at work"),
    ):
        run_week(settings, extract=extract_of(str(tmp_path), tmp_path / "contract.yaml"))
    assert not (settings.home / "lake" / "extract").exists()


def run_of(work, tmp_path):
    """One week of a job of one asset, as ``engage run`` executes jobs."""

    @dg.asset(partitions_def=WEEKLY)
    def made():
        work()

    definitions = dg.Definitions(
        assets=[made],
        jobs=[dg.define_asset_job("weekly", [made])],
        loggers={"progress": progress_logger},
    )
    with dg.DagsterInstance.ephemeral() as instance:
        execute(definitions, "weekly", instance, [date(2026, 11, 9)], home=tmp_path)


def test_ctrl_c_in_a_step_is_no_failure(tmp_path):
    with pytest.raises(StoppedError, match="Run again to continue") as stopped:
        run_of(lambda: os.kill(os.getpid(), signal.SIGINT), tmp_path)
    assert stopped.value.exit_status == 130


@pytest.mark.parametrize(
    "told",
    [RuntimeError("Query interrupted"), GateRefusedError("its figures could not be read")],
    ids=["as DuckDB does", "as a gate does"],
)
def test_ctrl_c_that_is_taken_for_another_error_is_no_failure(tmp_path, told):
    def take_for_an_error():
        with suppress(BaseException):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        raise told

    with pytest.raises(StoppedError):
        run_of(take_for_an_error, tmp_path)


def test_ctrl_c_in_dbt_is_no_failure_of_dbt(tmp_path, monkeypatch):
    """dbt hands whatever is raised to its caller as a result; here while it reads its arguments."""

    def interrupted(*_, **__):
        os.kill(os.getpid(), signal.SIGINT)

    target = tmp_path / "dbt"
    manifest_path(target)
    load_manifest(target)
    monkeypatch.setattr("dbt.cli.main.cli.make_context", interrupted)

    def build():
        run_dbt(["run"], select=["staging"], variables={}, target_path=target, environment={})

    with pytest.raises(StoppedError):
        run_of(build, tmp_path)


def test_a_step_that_fails_is_not_told_as_stopped(tmp_path):
    def fail():
        raise ValueError("3 is no week")

    with pytest.raises(EngageError, match="made failed: ValueError: 3 is no week") as failed:
        run_of(fail, tmp_path)
    assert failed.value.exit_status == 1


def test_ctrl_c_between_two_runs_says_the_same(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("engage_assets.commands.run.prepare_home", interrupted)
    with pytest.raises(StoppedError):
        run_week(Settings(home=tmp_path / "home"))
