"""The local AWS as a program: what ``make aws-local`` and ``docker-compose.yml`` start."""

import subprocess
import sys
from pathlib import Path

import pytest

from engage_assets.resources import s3
from engage_assets.resources.secrets import database_url, read_secret
from engage_assets.settings import Settings
from tests.aws.local_aws.start import DATABASE

REPOSITORY = Path(__file__).resolve().parents[2]
POSTGRES = "postgresql://engage:engage@postgres:5432/dagster"


@pytest.fixture
def started(tmp_path):
    """The program, ready, and the file of settings that it writes."""
    file = tmp_path / "exchange" / "aws.env"
    file.parent.mkdir()
    file.write_text("ENGAGE_REGION=of-an-earlier-one\n")
    command = [sys.executable, "-m", "tests.aws.local_aws.start", "--env-file", str(file), "--database", POSTGRES]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line == "ready\n":
                break
        yield process, file
        process.terminate()
        process.wait(10)


def test_it_writes_settings_that_a_run_can_use_and_takes_them_back(started, tmp_path, monkeypatch):
    process, file = started
    values = dict(line.split("=", 1) for line in file.read_text().splitlines())
    settings = Settings.from_environment(values, home=tmp_path / "home")
    assert settings.environment == "aws"
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    s3.client.cache_clear()
    try:
        secret = read_secret(settings.database_secret, settings.region)
    finally:
        s3.client.cache_clear()
    assert (settings.database_secret, database_url(secret)) == (
        DATABASE,
        POSTGRES.replace("postgresql:", "postgresql+psycopg2:"),
    )
    process.terminate()
    assert process.wait(10) == 0
    assert not file.exists()
