"""Dagster's storage on a real Postgres, whose address comes from a secret: runs, events, pools and schedules."""

import os
import pwd
import shutil
import socket
import subprocess
import time

import dagster as dg
import pytest

from engage_assets.commands.home import prepare_home
from engage_assets.commands.recovery import COMMAND_LINE_TAG, close_killed_runs
from engage_assets.resources.compute import SubprocessCompute
from engage_assets.resources.dagster_storage import POSTGRES_URL
from engage_assets.settings import Settings

PASSWORD = "p@ss/word"
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(shutil.which("initdb") is None, reason="needs a Postgres: initdb and pg_ctl on the PATH"),
]


@pytest.fixture(scope="module")
def postgres():
    """The port of a Postgres that listens on the loopback interface. It refuses to run as root, so nobody runs it."""
    user = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid} if os.geteuid() == 0 else {}
    folder = f"/tmp/engage-postgres-{os.getpid()}"
    os.mkdir(folder, 0o700)  # noqa: PTH102
    if user:
        shutil.chown(folder, **user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*command, **given):
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, **user, **given)

    password = f"{folder}/password"
    run("sh", "-c", f"printf %s '{PASSWORD}' > {password}")
    run("initdb", "--pgdata", f"{folder}/data", "--username", "engage", "--auth", "scram-sha-256", "--pwfile", password)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    log = f"{folder}/log"
    run("pg_ctl", "--pgdata", f"{folder}/data", "--log", log, "--wait", "--options", options, "start")
    run("createdb", "--host", folder, "--port", str(port), "--username", "engage", "dagster", env=with_password())
    try:
        yield port
    finally:
        run("pg_ctl", "--pgdata", f"{folder}/data", "--mode", "immediate", "stop")
        shutil.rmtree(folder)


def with_password():
    return {**os.environ, "PGPASSWORD": PASSWORD}


@pytest.fixture
def instance(aws, postgres, tmp_path, monkeypatch):
    """The instance that ``engage run`` makes on AWS, with its address in a secret as RDS keeps it."""
    for name in (POSTGRES_URL, "DAGSTER_HOME"):
        monkeypatch.setenv(name, "")
    address = f'{{"username": "engage", "password": "{PASSWORD}", "host": "127.0.0.1", "port": {postgres}}}'
    name = f"engage/postgres-{time.monotonic_ns()}"
    aws.client("secretsmanager").create_secret(Name=name, SecretString=address)
    environ = {"ENGAGE_ENVIRONMENT": "aws", **aws.environment(), "ENGAGE_DATABASE_SECRET": name}
    home = prepare_home(Settings.from_environment(environ, home=tmp_path / "home"))
    assert PASSWORD not in (home / "dagster.yaml").read_text()
    with dg.DagsterInstance.from_config(str(home)) as made:
        yield made


@dg.asset(pool="warehouse")
def counted() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3})


def test_runs_and_events_are_kept_in_postgres(instance):
    assert type(instance.run_storage).__name__ == "PostgresRunStorage"
    result = dg.materialize([counted], instance=instance)
    assert result.success
    [record] = instance.fetch_materializations(counted.key, limit=1).records
    assert record.run_id == result.run_id
    assert record.asset_materialization.metadata["rows"].value == 3
    assert instance.get_run_by_id(result.run_id).status == dg.DagsterRunStatus.SUCCESS


def test_the_pool_of_the_warehouse_and_what_a_killed_run_held_of_it(instance):
    instance.event_log_storage.set_concurrency_slots("warehouse", 1)
    run = instance.create_run_for_job(
        dg.define_asset_job("weekly").resolve(
            asset_graph=dg.Definitions(assets=[counted]).resolve_asset_graph(), default_executor_def=None
        ),
        tags={COMMAND_LINE_TAG: "run"},
        status=dg.DagsterRunStatus.STARTED,
    )
    assert instance.event_log_storage.claim_concurrency_slot("warehouse", run.run_id, "counted").is_claimed
    assert not instance.event_log_storage.claim_concurrency_slot("warehouse", "another", "counted").is_claimed
    close_killed_runs(instance, SubprocessCompute(), by_command_line=True)
    assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE
    assert instance.event_log_storage.claim_concurrency_slot("warehouse", "another", "counted").is_claimed
