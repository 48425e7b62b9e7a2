"""The built images: small, unprivileged, able to do their work. ``make images-check`` builds them first."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from engage_assets.commands.home import prepare_home
from engage_assets.commands.run import execute
from engage_assets.dbt import manifest_path
from engage_assets.definitions import build_defs
from engage_assets.history import history_before
from engage_assets.settings import Settings
from tests.fargate_images.containers import (
    ContainerCompute,
    command_in,
    container,
    inspect,
    open_to_all,
    processes_of,
    run,
    size_mb,
)

pytestmark = [pytest.mark.images, pytest.mark.skipif(shutil.which("buildah") is None, reason="needs buildah")]

BUILT = os.environ.get("ENGAGE_IMAGES", "training scoring orchestrator").split()
"""The images that ``make images-check`` has built."""

BUDGET_MB = {"training": 600, "scoring": 600, "orchestrator": 2_400}
"""Training and scoring start for every run and are pulled each time; the orchestrator carries a browser."""


def needs(*images: str) -> pytest.MarkDecorator:
    """Skips where one of the images was not built."""
    missing = [each for each in images if each not in BUILT]
    return pytest.mark.skipif(bool(missing), reason=f"not built: {', '.join(missing)}")


of_each_program = pytest.mark.parametrize(
    "program", [pytest.param(each, marks=needs(each)) for each in ("training", "scoring")]
)

CUSTOMERS, WEEK, WEEKS = 20_000, date(2026, 11, 2), 13


@pytest.mark.parametrize("image", BUILT)
def test_size(image):
    size = size_mb(image)
    print(f"{image}: {size:,.0f} MB, budget {BUDGET_MB[image]:,} MB")
    assert size <= BUDGET_MB[image]


@pytest.mark.parametrize("image", BUILT)
def test_the_image_says_who_runs_what(image):
    config = inspect(image)
    assert config["User"] == "10001:10001"
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert config["Labels"]["org.opencontainers.image.title"] == f"Engage: {image}"
    assert len(config["Labels"]["org.opencontainers.image.revision"]) == 40


@pytest.mark.parametrize("image", BUILT)
def test_the_user_can_write_nothing_that_is_run(image):
    with container(image) as name:
        found = run(command_in(name, ["sh", "-c", "id -u; find /opt /usr /etc -xdev -writable -not -type l | head -5"]))
    assert found.stdout.split() == ["10001"], found.stdout


@of_each_program
def test_the_program_starts_and_says_what_it_misses(program):
    with container(program) as name:
        refused = run(command_in(name, inspect(program)["Cmd"]))
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: not started by Dagster")


@of_each_program
def test_the_channel_of_a_fargate_task_is_there(program):
    with container(program) as name:
        code = "import boto3, pyarrow.fs as fs; boto3.client('s3', region_name='x'); fs.S3FileSystem(region='x')"
        assert run(command_in(name, ["python", "-c", code])).returncode == 0


@needs("training", "scoring")
def test_a_week_is_published_with_both_programs_in_their_images(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    for folder in list(tmp_path.parents)[:2]:
        folder.chmod(0o755)
    settings = Settings.from_environment({}, home=tmp_path / "home", customers=CUSTOMERS)
    monkeypatch.setenv("DAGSTER_HOME", "")
    dagster_home = prepare_home(settings)
    manifest_path(settings.dbt_target)
    compute = ContainerCompute(shared_folder=str(settings.home))
    definitions = build_defs(settings, resource_overrides={"compute": compute})
    before = os.umask(0)  # what the platform writes next to what the image's user writes
    started = time.monotonic()
    try:
        with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
            execute(definitions, "history", instance, history_before(WEEK, WEEKS), home=settings.home)
            execute(definitions, "weekly", instance, [WEEK], home=settings.home)
    finally:
        os.umask(before)
    print(f"a week of {CUSTOMERS:,} customers, programs in containers: {time.monotonic() - started:.0f} s")
    assert (settings.lake / "published" / f"week={WEEK}" / "pointer.parquet").exists()
    made = next((settings.lake / "predictions").rglob("*.parquet"))
    assert made.stat().st_uid == 10001, "the scoring image wrote the predictions"


@needs("orchestrator")
def test_the_web_interface_answers_inside_the_container(tmp_path):
    for folder in [tmp_path, *list(tmp_path.parents)[:2]]:
        folder.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    open_to_all(home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with container("orchestrator") as name:
        command = command_in(
            name, ["engage", "ui", "--port", str(port)], folders=[home], environment={"ENGAGE_HOME": str(home)}
        )
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as ui:
            try:
                assert "dagster_version" in answer_of(f"http://127.0.0.1:{port}/server_info")
            finally:
                os.killpg(ui.pid, signal.SIGTERM)
    assert processes_of(name) == []


def answer_of(address: str, *, limit_seconds: float = 240) -> str:
    """What a server says, once it speaks."""
    deadline = time.monotonic() + limit_seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


@needs("orchestrator")
def test_the_orchestrator_publishes_a_week_with_reports(tmp_path):
    for folder in [tmp_path, *list(tmp_path.parents)[:2]]:
        folder.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    open_to_all(home)
    arguments = ["--customers", str(CUSTOMERS), "--week", str(WEEK), "--weeks", str(WEEKS)]
    started = time.monotonic()
    with container("orchestrator") as name:
        ran = run(
            command_in(name, ["engage", "run", *arguments], folders=[home], environment={"ENGAGE_HOME": str(home)})
        )
    print(f"a week of {CUSTOMERS:,} customers in the orchestrator's image: {time.monotonic() - started:.0f} s")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    written: list[Path] = sorted((home / "reports").rglob("*.pdf"))
    assert [file.name for file in written] == ["architecture.pdf", "cost.pdf", "engagement.pdf"]
