"""Terraform with a provider, one plan of each environment, and what a plan makes."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.terraform.workspace import ENVIRONMENTS, SCHEMA, TOOLS, Plan, Terraform, copy_configuration

REQUIRED = "ENGAGE_REQUIRE_TERRAFORM"
"""Set by ``make terraform-check``: what is missing fails instead of being skipped."""

WITH_REGISTRY = "ENGAGE_TERRAFORM_REGISTRY"
"""Set where the real provider can be downloaded (and an account is configured for plans)."""


def missing(reason: str) -> None:
    """Skips, or fails when Terraform is required."""
    (pytest.fail if os.environ.get(REQUIRED) else pytest.skip)(reason)


@pytest.fixture(scope="session")
def terraform() -> Iterator[Terraform]:
    program = os.environ.get("TERRAFORM") or shutil.which("terraform")
    if program is None:
        missing("no terraform on the PATH; install 1.11 or later, or set TERRAFORM to it")
    if os.environ.get(WITH_REGISTRY):
        yield Terraform(str(program), "")
        return
    if not (TOOLS / "python").exists():
        missing("no .venv-terraform; make terraform-check makes it")
    command = [str(TOOLS / "python"), "-m", "offline.serve", str(SCHEMA)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line, "the offline provider did not start"
        yield Terraform(str(program), line.strip())
        server.communicate("")


@pytest.fixture(scope="session")
def configuration(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An initialised copy. Tests that change it make one of their own with `altered`."""
    return terraform.initialised(copy_configuration(tmp_path_factory.mktemp("terraform")))


@pytest.fixture(scope="session")
def plans(terraform: Terraform, configuration: Path) -> Mapping[str, Plan]:
    """The plan of every environment."""
    return {environment: terraform.plan(configuration, environment) for environment in ENVIRONMENTS}


@pytest.fixture(scope="session")
def created(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Production as the offline provider makes it: nothing is unknown any more."""
    folder = terraform.initialised(copy_configuration(tmp_path_factory.mktemp("created")))
    terraform.plan(folder, "prod")
    return terraform.applied(folder)


@pytest.fixture
def altered(configuration: Path, tmp_path: Path) -> Callable[[str, str, str], Path]:
    """A copy of the configuration in which one text of one file is another."""

    def alter(file: str, old: str, new: str) -> Path:
        shutil.copytree(configuration.parent, tmp_path / "copy", symlinks=True)
        path = tmp_path / "copy" / "terraform" / file
        text = path.read_text()
        assert old in text, f"{file} does not hold {old!r} any more: change this test with it"
        path.write_text(text.replace(old, new, 1))
        return tmp_path / "copy" / "terraform"

    return alter
