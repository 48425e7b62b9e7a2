"""Every folder of terraform/ is valid, formatted, pinned and described."""

import re
import subprocess

import pytest

from tests.terraform.workspace import ENVIRONMENTS, MODULES, ROOTS, SCHEMA, SOURCE, Terraform, pins


def test_the_environments_and_modules_are_there():
    assert ENVIRONMENTS == ("dev", "prod")
    assert MODULES == ("assistant", "compute", "lake", "network", "observability", "orchestration")


def test_formatting(terraform: Terraform):
    assert terraform.run(SOURCE, "fmt", "-check", "-recursive", "-diff") == ""


@pytest.mark.parametrize("root", ROOTS)
def test_validate(terraform: Terraform, configuration, root):
    folder = configuration / root
    if root != ".":
        terraform.initialised(folder, backend=False)
    assert "valid" in terraform.run(folder, "validate", "-no-color")


def test_every_folder_pins_the_provider_that_is_checked():
    version = SCHEMA.name.removeprefix("aws-").removesuffix(".json.gz")
    assert set(pins().values()) == {version}


def test_no_lock_file_is_kept():
    # An honest one is made where the registry can be reached; a made-up one would break the first init there.
    kept = subprocess.run(["git", "ls-files", "*.terraform.lock.hcl"], cwd=SOURCE, capture_output=True, text=True)
    assert kept.stdout == ""


@pytest.mark.parametrize("root", ROOTS)
def test_variables_and_outputs_are_described(root):
    undescribed = []
    for file in sorted((SOURCE / root).glob("*.tf")):
        for kind, name, body in re.findall(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', file.read_text(), re.M | re.S):
            if not re.search(r"^  description\s*=", body, re.M) or (kind == "variable" and "type " not in body):
                undescribed.append(f"{kind} {name}")
    assert undescribed == []


def test_every_variable_of_a_module_is_used():
    unused = []
    for module in MODULES:
        files = sorted((SOURCE / "modules" / module).glob("*.tf"))
        text = "\n".join(file.read_text() for file in files)
        unused += [
            f"{module}: {name}" for name in re.findall(r'^variable "(\w+)"', text, re.M) if f"var.{name}" not in text
        ]
    assert unused == []


@pytest.mark.terraform
@pytest.mark.parametrize("module", MODULES)
def test_the_modules_own_tests_pass(terraform: Terraform, configuration, module):
    folder = terraform.initialised(configuration / "modules" / module, backend=False)
    result = terraform.run(folder, "test", "-no-color")
    assert re.search(r"Success! [1-9]\d* passed, 0 failed", result), result
