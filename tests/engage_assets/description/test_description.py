"""Facts about the build: read from Terraform text, the dbt manifest and the tests, and never older than they are."""

import json
from pathlib import Path

import pytest

from engage_assets.architecture import _modules
from engage_assets.description import dictionary, evidence, infrastructure
from engage_reports.architecture.notes import controls, without_note
from engage_reports.architecture_facts import ArchitectureFacts, ResourceFact

TERRAFORM = """
variable "log_retention_days" {
  type    = number
  default = 400
}

resource "aws_s3_bucket" "data" {
  bucket        = "x"
  force_destroy = !var.deletion_protection
}

resource "aws_cloudwatch_log_group" "this" {
  retention_in_days = var.log_retention_days # for a year
}
"""


@pytest.fixture
def terraform(tmp_path: Path) -> Path:
    (tmp_path / "modules" / "lake").mkdir(parents=True)
    (tmp_path / "modules" / "lake" / "main.tf").write_text(TERRAFORM)
    return tmp_path


def test_resources_and_retention_are_read_from_the_code(terraform: Path) -> None:
    assert infrastructure.resources(terraform) == (
        ResourceFact("lake", "aws_s3_bucket", "data"),
        ResourceFact("lake", "aws_cloudwatch_log_group", "this"),
    )
    kept = {(fact.resource, fact.setting): fact.value for fact in infrastructure.retention(terraform)}
    assert kept["lake: cloudwatch_log_group.this", "retention_in_days"] == "var.log_retention_days (default 400)"
    assert kept["lake: s3_bucket.data", "force_destroy"] == "!var.deletion_protection"


def test_a_renamed_resource_appears_renamed(terraform: Path) -> None:
    file = terraform / "modules" / "lake" / "main.tf"
    file.write_text(file.read_text().replace('"aws_s3_bucket" "data"', '"aws_s3_bucket" "warehouse"'))
    assert infrastructure.resources(terraform)[0].name == "warehouse"


def test_an_installation_without_terraform_has_no_resources(tmp_path: Path) -> None:
    assert infrastructure.resources(tmp_path / "nowhere") == ()
    assert infrastructure.retention(tmp_path / "nowhere") == ()


def test_every_family_of_resources_has_a_note_on_why_it_was_chosen() -> None:
    assert without_note(infrastructure.resources()) == []
    assert without_note([ResourceFact("lake", "aws_dynamodb_table", "x")]) == ["aws_dynamodb_table"]


def test_every_control_is_enforced_somewhere_in_this_build() -> None:
    from engage_assets.checks.gates import GATES
    from engage_reports.architecture_facts import CheckFact

    gates = tuple(CheckFact(gate.name, "/".join(gate.asset), blocking=True, description="") for gate in GATES)
    facts = ArchitectureFacts((), gates, resources=infrastructure.resources(), modules=frozenset(_modules()))
    assert [control.words for control in controls() if not control.found(facts)] == []
    assert all(not control.found(ArchitectureFacts(())) for control in controls())


def test_layers_count_models_columns_and_tests() -> None:
    manifest = {
        "nodes": {
            "model.a": {
                "resource_type": "model",
                "fqn": ["engage", "results", "a"],
                "columns": {"x": {"description": "an x"}, "y": {"description": ""}},
            },
            "test.t": {"resource_type": "test", "depends_on": {"nodes": ["model.a"]}},
        }
    }
    [layer] = dictionary.layers(manifest)
    assert (layer.name, layer.models, layer.columns, layer.described, layer.tests) == ("results", 1, 2, 1, 1)


def test_a_recorded_run_is_of_this_code_until_the_code_changes(tmp_path: Path) -> None:
    (tmp_path / "engage_assets").mkdir()
    code, record = tmp_path / "engage_assets" / "a.py", tmp_path / "record.json"
    code.write_text("x = 1\n")
    assert evidence.last_run(record, tmp_path) is None
    counts = {"passed": 7, "failed": 0, "skipped": 1, "parity": 2}
    figures = {"finished_at": "2026-11-24", **counts, "seconds": 3.5, "coverage": None}
    record.write_text(json.dumps({**figures, "fingerprint": evidence.fingerprint(tmp_path)}))
    run = evidence.last_run(record, tmp_path)
    assert run is not None
    assert (run.passed, run.parity, run.of_this_code) == (7, 2, True)
    code.write_text("x = 2\n")
    changed = evidence.last_run(record, tmp_path)
    assert changed is not None
    assert not changed.of_this_code
    record.write_text("{broken")
    assert evidence.last_run(record, tmp_path) is None


def test_test_functions_are_counted_by_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "rooms"
    folder.mkdir(parents=True)
    (folder / "test_a.py").write_text(
        "def test_one():\n    pass\n\n\nclass X:\n    def test_two(self):\n        pass\n"
    )
    [room] = evidence.suites(tmp_path)
    assert (room.name, room.files, room.tests) == ("rooms", 1, 2)
