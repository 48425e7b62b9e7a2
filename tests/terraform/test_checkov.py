"""The policies of checkov: every finding is in the reviewed baseline, and nothing else is."""

import json
import subprocess
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.terraform.conftest import missing
from tests.terraform.workspace import ENVIRONMENTS, SOURCE, TOOLS, Terraform, copy_configuration

pytestmark = pytest.mark.terraform

BASELINE = SOURCE / "checkov-baseline.yaml"
CONFIGURATIONS = (*ENVIRONMENTS, "bootstrap")


def reviewed() -> list[Mapping[str, Any]]:
    return list(yaml.safe_load(BASELINE.read_text()))


def covers(entry: Mapping[str, Any], configuration: str, check: str, address: str) -> bool:
    return (
        entry["check"] == check
        and configuration in entry.get("only_in", CONFIGURATIONS)
        and any(fnmatchcase(address, pattern) for pattern in entry["resources"])
    )


@pytest.fixture(scope="module")
def findings(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[tuple[str, str]]]:
    """Check and address of each finding, by configuration."""
    if not (TOOLS / "checkov").exists():
        missing("no checkov in .venv-terraform; make terraform-check makes it")
    found = {}
    for configuration in CONFIGURATIONS:
        folder = copy_configuration(tmp_path_factory.mktemp(configuration))
        if configuration == "bootstrap":
            terraform.initialised(folder := folder / "bootstrap")
            terraform.run(folder, "plan", "-input=false", "-lock=false", "-out=tfplan", "-var=region=us-east-1")
        else:
            terraform.plan(terraform.initialised(folder), configuration)
        found[configuration] = checkov(folder, terraform.applied(folder).content)
    return found


def checkov(folder: Path, plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    file = folder / "plan.json"
    file.write_text(json.dumps(plan))
    command = [str(TOOLS / "checkov"), "--framework", "terraform_plan", "--skip-download", "--quiet", "--compact"]
    done = subprocess.run(
        [*command, "--file", file.name, "--output", "json"], cwd=folder, capture_output=True, text=True, timeout=300
    )
    result = json.loads(done.stdout)
    assert result["summary"]["parsing_errors"] == 0, done.stderr
    assert result["summary"]["passed"] > 10
    return [(each["check_id"], each["resource"]) for each in result["results"]["failed_checks"]]


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_every_finding_was_reviewed(findings, configuration):
    entries = reviewed()
    new = [
        (check, address) for check, address in findings[configuration]
        if not any(covers(entry, configuration, check, address) for entry in entries)
    ]  # fmt: skip
    assert new == []


def test_no_entry_is_out_of_use(findings):
    unused = [
        entry["check"] for entry in reviewed()
        if not any(covers(entry, name, *finding) for name, found in findings.items() for finding in found)
    ]  # fmt: skip
    assert unused == []


def test_every_entry_gives_a_reason():
    assert [entry["check"] for entry in reviewed() if len(entry["reason"].split()) < 5] == []
