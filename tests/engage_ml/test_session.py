import json
from collections.abc import Iterator
from pathlib import Path

import dagster_pipes as pipes
import pytest

from engage_ml.errors import ProgramError
from engage_ml.session import Session, run_program


def work(session: Session) -> None:
    session.log("working")
    session.report("models/churn", {"rows": session.extras["rows"]}, version="1")


def fail(_: Session) -> None:
    raise ProgramError("the data lack a column. Build them again.")


@pytest.fixture
def messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Pipes launch as Dagster does it: context and messages in files."""
    context = {
        "asset_keys": ["models/churn"],
        "code_version_by_asset_key": {},
        "provenance_by_asset_key": {},
        "partition_key": None,
        "partition_key_range": None,
        "partition_time_window": None,
        "run_id": "run",
        "job_name": None,
        "retry_number": 0,
        "extras": {"rows": 7},
    }
    (tmp_path / "context.json").write_text(json.dumps(context))
    for name, file in (("CONTEXT", "context.json"), ("MESSAGES", "messages")):
        monkeypatch.setenv(f"DAGSTER_PIPES_{name}", pipes.encode_param({"path": str(tmp_path / file)}))
    yield tmp_path / "messages"
    pipes.PipesContext._instance = None


def sent(messages: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in messages.read_text().splitlines()]


def test_a_program_reports_through_pipes(messages: Path) -> None:
    assert run_program(work, []) == 0
    [report] = [m for m in sent(messages) if m["method"] == "report_asset_materialization"]
    assert report["params"]["asset_key"] == "models/churn"
    assert report["params"]["metadata"]["rows"]["raw_value"] == 7


def test_a_failure_reaches_dagster_and_the_exit_status(messages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_program(fail, []) == 1
    assert capsys.readouterr().err.endswith("error: the data lack a column. Build them again.\n")
    text = messages.read_text()
    assert "the data lack a column" in text
    assert not [m for m in sent(messages) if m["method"] == "report_asset_materialization"]


def test_a_person_can_run_a_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "parameters.json"
    file.write_text('{"rows": 3}')
    assert run_program(work, ["--params", str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["metadata"] == {"rows": 3}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "not started by Dagster"),
        (["--help-me"], "expected --params FILE.json"),
        (["--params", "/nowhere/p.json"], "cannot read /nowhere/p.json"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_PIPES_CONTEXT", raising=False)
    assert run_program(work, arguments) == 1
    assert message in capsys.readouterr().err
