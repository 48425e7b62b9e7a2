"""The local AWS as a program: what ``make aws-local`` and ``docker-compose.yml`` start."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from engage_assets.resources import s3
from engage_assets.resources.secrets import database_url, read_secret
from engage_assets.settings import Settings
from tests.aws.local_aws.start import DATABASE

REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
POSTGRES = "postgresql://engage:engage@postgres:5432/dagster"
LOOPBACK = "127.0.0.1:"


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
    assert (settings.database_secret, database_url(secret)) == (DATABASE, POSTGRES)
    process.terminate()
    assert process.wait(10) == 0
    assert not file.exists()


def test_the_composed_services_are_what_the_programs_expect():
    services = COMPOSE["services"]
    assert set(services) == {"postgres", "aws", "orchestrator"}
    assert services["aws"]["command"] == ["--database", POSTGRES]
    assert services["postgres"]["environment"] == {
        "POSTGRES_USER": "engage",
        "POSTGRES_PASSWORD": "engage",
        "POSTGRES_DB": "dagster",
    }
    built = {service["build"]["dockerfile"] for service in services.values() if "build" in service}
    assert [name for name in built if not (REPOSITORY / name).is_file()] == []
    # The file that the one writes is the file that the other reads, in the volume that both have.
    written = (REPOSITORY / services["aws"]["build"]["dockerfile"]).read_text()
    file = services["orchestrator"]["environment"]["ENGAGE_ENV_FILE"]
    assert f'"--env-file", "{file}"' in written
    mounts = {name: [volume.split(":")[:2] for volume in services[name]["volumes"]] for name in services}
    assert ["exchange", str(Path(file).parent)] in mounts["aws"]
    assert ["exchange", str(Path(file).parent)] in mounts["orchestrator"]
    assert {name for listed in mounts.values() for name, _ in listed} == set(COMPOSE["volumes"])


def test_the_composed_services_are_confined():
    services = COMPOSE["services"]
    assert "@sha256:" in services["postgres"]["image"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith(LOOPBACK) for port in ports)
    for name in ("aws", "orchestrator"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    # Whoever is waited for says when it is ready.
    waited = {name for service in services.values() for name in service.get("depends_on", {})}
    healthy = {name for name in waited if "healthcheck" in services[name]} | {"aws"}
    assert waited == healthy
    assert "HEALTHCHECK" in (REPOSITORY / services["aws"]["build"]["dockerfile"]).read_text()


def test_the_container_holds_what_the_local_aws_needs():
    written = (REPOSITORY / "tests" / "aws" / "local_aws" / "Dockerfile").read_text()
    copied = [line.split()[1] for line in written.splitlines() if line.startswith("COPY")]
    assert [place for place in copied if not (REPOSITORY / place).exists()] == []
    kept = (REPOSITORY / "tests" / "aws" / "local_aws" / "Dockerfile.dockerignore").read_text().splitlines()
    assert {f"!{place}" for place in copied} <= set(kept)
