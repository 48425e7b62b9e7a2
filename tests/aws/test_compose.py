"""``docker-compose.yml`` as far as it can be checked without Docker: its grammar, and that it fits the programs."""

import gzip
import json
import re
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from engage_assets.cli import app
from engage_assets.settings import ENVIRONMENT_FILE, Settings
from tests.aws.test_start import POSTGRES

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMA = json.loads(gzip.decompress(Path(__file__).with_name("compose").joinpath("compose-spec.json.gz").read_bytes()))
COMPOSE = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
LOOPBACK = "127.0.0.1:"


def dockerfile(service):
    """The text of the Dockerfile that a service is built from."""
    return (REPOSITORY / SERVICES[service]["build"]["dockerfile"]).read_text()


def test_it_follows_the_compose_specification():
    jsonschema.Draft202012Validator(SCHEMA).validate(COMPOSE)


@pytest.mark.parametrize(
    "planted", [{"readonly": True}, {"depends_on": {"aws": {"condition": "healthy"}}}, {"ports": 3}]
)
def test_what_is_no_compose_file_is_refused(planted):
    services = {**SERVICES, "orchestrator": {**SERVICES["orchestrator"], **planted}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate({**COMPOSE, "services": services})


def test_every_variable_is_a_setting_of_the_platform():
    known = {setting.metadata["variable"].name for setting in fields(Settings)} | {ENVIRONMENT_FILE}
    given = SERVICES["orchestrator"]["environment"]
    assert set(given) <= known
    assert given["ENGAGE_ENVIRONMENT"] == "aws"
    # The image sets where runs write; that is the volume.
    home = re.search(r"ENGAGE_HOME=(\S+)", dockerfile("orchestrator"))
    assert home
    assert home[1] in [volume.split(":")[1] for volume in SERVICES["orchestrator"]["volumes"]]


def test_the_orchestrator_is_started_with_a_command_that_there_is():
    program, *arguments = SERVICES["orchestrator"]["command"]
    assert program == "engage"
    # Options are parsed before the help is shown, so that one that does not exist is refused.
    assert CliRunner().invoke(app, [*arguments, "--help"]).exit_code == 0
    assert CliRunner().invoke(app, [*arguments, "--sleep", "--help"]).exit_code == 2
    assert arguments[arguments.index("--host") + 1] == "0.0.0.0"
    # The health of the image is asked at the port that the command listens on and the service publishes.
    [published] = SERVICES["aws"]["ports"]
    assert published.rpartition(":")[2] in dockerfile("orchestrator").partition("HEALTHCHECK")[2]


def test_the_services_are_what_the_programs_expect():
    assert set(SERVICES) == {"postgres", "aws", "orchestrator"}
    assert SERVICES["aws"]["command"] == ["--database", POSTGRES]
    account = SERVICES["postgres"]["environment"]
    assert (
        f"postgresql://{account['POSTGRES_USER']}:{account['POSTGRES_PASSWORD']}@postgres:5432/{account['POSTGRES_DB']}"
    ) == POSTGRES
    built = {service["build"]["dockerfile"] for service in SERVICES.values() if "build" in service}
    assert [name for name in built if not (REPOSITORY / name).is_file()] == []
    # The file that the one writes is the file that the other reads, in the volume that both have.
    file = SERVICES["orchestrator"]["environment"][ENVIRONMENT_FILE]
    assert f'"--env-file", "{file}"' in dockerfile("aws")
    mounts = {name: [volume.split(":")[:2] for volume in SERVICES[name]["volumes"]] for name in SERVICES}
    assert ["exchange", str(Path(file).parent)] in mounts["aws"]
    assert ["exchange", str(Path(file).parent)] in mounts["orchestrator"]
    assert {name for listed in mounts.values() for name, _ in listed} == set(COMPOSE["volumes"])


def test_the_services_are_confined():
    assert "@sha256:" in SERVICES["postgres"]["image"]
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith(LOOPBACK) for port in ports)
    for name in ("aws", "orchestrator"):
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]
    # Whoever is waited for says when it is ready.
    waited = {name for service in SERVICES.values() for name in service.get("depends_on", {})}
    healthy = {name for name in waited if "healthcheck" in SERVICES[name]} | {"aws"}
    assert waited == healthy
    assert "HEALTHCHECK" in dockerfile("aws")


def test_the_container_holds_what_the_local_aws_needs():
    written = (REPOSITORY / "tests" / "aws" / "local_aws" / "Dockerfile").read_text()
    copied = [line.split()[1] for line in written.splitlines() if line.startswith("COPY")]
    assert [place for place in copied if not (REPOSITORY / place).exists()] == []
    kept = (REPOSITORY / "tests" / "aws" / "local_aws" / "Dockerfile.dockerignore").read_text().splitlines()
    assert {f"!{place}" for place in copied} <= set(kept)
