"""The explanation program: agrees with scoring, and answers what-ifs with the model itself."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from engage_ml.explanation import explain
from engage_ml.session import run_program
from tests.engage_ml.conftest import Workspace, write_table

Passed = tuple[Workspace, str]


def run(passed: Passed, folder: Path, rows: pa.Table, **changes: Any) -> tuple[int, str, str]:
    workspace, version = passed
    write_table(folder / "rows", rows)
    parameters = {
        "features_uri": str(folder / "rows"),
        "models_uri": str(workspace.root / "models"),
        "model_version": version,
        "what_if_themes": ["payment", "activity_level"],
    }
    file = folder / "parameters.json"
    file.write_text(json.dumps(parameters | changes))
    output, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        status = run_program(explain, ["--params", str(file)])
    return status, output.getvalue(), errors.getvalue()


@pytest.fixture(scope="module")
def scored(passed: Passed) -> pa.Table:
    workspace, version = passed
    target = workspace.root / "explained"
    assert workspace.run("scoring", model_version=version, predictions_uri=str(target)).returncode == 0
    return pq.read_table(target)


@pytest.mark.parametrize("place", [0, 17, 301])
def test_the_probability_and_the_reasons_are_those_of_the_scores(
    passed: Passed, scored: pa.Table, scored_features: pa.Table, tmp_path: Path, place: int
) -> None:
    expected = scored.slice(place, 1).to_pylist()[0]
    rows = scored_features.filter(pc.equal(scored_features["customer_id"], expected["customer_id"]))
    status, output, errors = run(passed, tmp_path, rows)
    assert status == 0, errors
    told = json.loads(output)["metadata"]
    assert told["history"][-1]["churn_probability"] == pytest.approx(expected["churn_probability"], abs=1e-6)
    for rank, theme in enumerate(told["themes"][:3], start=1):
        assert theme["theme"] == expected[f"reason_{rank}_theme"]
        assert theme["contribution"] == pytest.approx(expected[f"reason_{rank}_contribution"], abs=1e-4)
    shown = [feature["text"] for theme in told["themes"][:1] for feature in theme["features"]]
    assert expected["reason_1"] in shown


def test_what_if_undoes_the_theme_that_was_spoilt(passed: Passed, scored_features: pa.Table, tmp_path: Path) -> None:
    active = scored_features.filter(scored_features["is_active_30d"]).slice(0, 1)
    failures = active.schema.get_field_index("payment_failures_30d")
    spoilt = active.set_column(failures, "payment_failures_30d", pa.array([6.0]))
    status, output, errors = run(passed, tmp_path, spoilt)
    assert status == 0, errors
    told = json.loads(output)["metadata"]
    [payment, activity] = told["what_if"]
    before = told["history"][-1]["churn_probability"]
    assert payment["churn_probability"] < before
    assert {"feature": "payment_failures_30d", "before": 6.0, "after": 0.0} in payment["changes"]
    assert activity["theme"] == "activity_level"
    assert payment["labels"]["payment_failures_30d"] == "failed charges in 30 days"


def test_a_history_is_told_in_the_order_of_its_weeks(
    passed: Passed, population: tuple[pa.Table, Any], tmp_path: Path
) -> None:
    table = population[0]
    rows = table.filter(pc.equal(table["customer_id"], table["customer_id"][5])).sort_by([("week", "descending")])
    status, output, errors = run(passed, tmp_path, rows)
    assert status == 0, errors
    weeks = [each["week"] for each in json.loads(output)["metadata"]["history"]]
    assert weeks == sorted(weeks)
    assert len(weeks) == rows.num_rows > 1


def test_no_rows_or_an_unknown_version_is_one_line(passed: Passed, scored_features: pa.Table, tmp_path: Path) -> None:
    for rows, changes, message in (
        (scored_features.slice(0, 0), {}, "no features in"),
        (scored_features.slice(0, 1), {"model_version": "2026-01-05-ffffffffffff"}, "was not found"),
    ):
        status, _, errors = run(passed, tmp_path, rows, **changes)
        assert status == 1
        assert message in errors
        assert "Traceback" not in errors
