import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from engage_ml.evaluation_tables import SCHEMAS, lift_rows, reliability_rows
from engage_ml.metrics import auc
from tests.engage_ml.conftest import SCORED_WEEK, Workspace
from tests.engage_ml.planted import FIRST_WEEK, planted

Trained = tuple[Workspace, str, dict[str, Mapping[str, Any]]]
pytestmark = pytest.mark.integration


def read(workspace: Workspace, table: str, run_id: str = "run-1") -> pa.Table:
    folder = workspace.root / "evaluation" / table / f"week={SCORED_WEEK}" / f"run_id={run_id}"
    return pq.ParquetFile(folder / "part-0.parquet").read()


def evidence(workspace: Workspace, version: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((workspace.root / "models" / version / "evidence.json").read_text())
    return content


def test_five_models_are_reported_with_one_version(trained: Trained) -> None:
    _, version, reports = trained
    assert list(reports) == [f"models/{name}" for name in ("churn", "engagement", "revenue", "anomaly", "segments")]
    assert {report["model_version"] for report in reports.values()} == {version}
    assert version.startswith(SCORED_WEEK.isoformat())
    assert reports["models/churn"]["peak_memory_mb"] > 0


def test_evidence_has_what_the_gates_judge(trained: Trained) -> None:
    workspace, version, _ = trained
    found = evidence(workspace, version)
    for name in ("auc_active", "pr_auc_active", "log_loss_active", "auc_all"):
        assert found[name]["lower"] <= found[name]["value"] <= found[name]["upper"]
    assert found["n_validation_active"] > found["positives_active"] > 30
    assert found["auc_active"]["lower"] > 0.65
    assert found["ensemble"]["log_loss"] <= min(found["ensemble"]["members"].values())
    assert set(found["ensemble"]["members"]) == {"xgboost", "logistic"}
    assert found["calibration"]["slope"]["lower"] < 1.1
    assert found["calibration"]["slope"]["upper"] > 0.9
    assert found["leak"]["canary_gain"]["lower"] <= 0.002
    assert found["leak"]["max_single_feature_auc"] < 0.97
    assert found["baseline"]["difference"]["upper"] > 0
    assert {row["attribute"] for row in found["fairness"]} == {"gender", "age_band", "location", "gender_x_age_band"}
    assert not any(row["state"] == "failed" for row in found["fairness"])
    assert found["split"] == {
        "customer_overlap": 0,
        "training_weeks": [(FIRST_WEEK + timedelta(weeks=n)).isoformat() for n in range(3)],
        "validation_week": (FIRST_WEEK + timedelta(weeks=3)).isoformat(),
        "out_of_time": True,
        "label_gap_days": 5,
        "max_label_as_of": (FIRST_WEEK + timedelta(weeks=4)).isoformat(),
    }


def test_probabilities_are_close_to_the_planted_truth(
    trained: Trained, population: tuple[pa.Table, np.ndarray]
) -> None:
    workspace = trained[0]
    table, truth = population
    last = table["week"].to_pylist()[-1]
    by_customer = {
        customer: value
        for customer, week, value in zip(
            table["customer_id"].to_pylist(), table["week"].to_pylist(), truth, strict=True
        )
        if week == last
    }
    predictions = read(workspace, "validation_predictions").filter(pc.field("is_active_30d"))
    known = np.array([by_customer[customer] for customer in predictions["customer_id"].to_pylist()])
    predicted = predictions["churn_probability"].to_numpy()
    assert np.corrcoef(np.log(known / (1 - known)), np.log(predicted / (1 - predicted)))[0, 1] > 0.75
    assert predicted.mean() == pytest.approx(known.mean(), abs=0.02)


def test_the_card_says_what_the_model_is(trained: Trained) -> None:
    workspace, version, _ = trained
    card = json.loads((workspace.root / "models" / version / "card.json").read_text())
    assert card["data"]["training_rows"] > card["data"]["validation_rows"] > 500
    assert len(card["data"]["sha256"]) == 64
    assert {"numpy", "xgboost", "scikit-learn", "python", "code"} <= set(card["versions"])
    assert card["usage"]["seconds"] > 0
    assert "Out of time and out of customer" in card["split"]["description"]
    assert {feature["name"] for feature in card["features"]}.isdisjoint({"age", "age_band", "gender", "location"})
    assert sum(card["importance"]["churn"].values()) == pytest.approx(1, abs=0.2)


def test_evaluation_tables_have_their_columns(trained: Trained) -> None:
    workspace, version, _ = trained
    for name, schema in SCHEMAS.items():
        table = read(workspace, name)
        assert table.schema.names == schema.names
        if name == "survival":  # these customers were not followed
            assert table.num_rows == 0
            continue
        assert table.num_rows > 0
        assert set(table["run_id"].to_pylist()) == {"run-1"}
    assert set(read(workspace, "metrics")["model_version"].to_pylist()) == {version}
    shares = read(workspace, "importance").group_by("model").aggregate([("importance", "sum")])
    np.testing.assert_allclose(shares["importance_sum"].to_numpy(), 1)


def test_training_again_finds_the_version_and_leaves_it_untouched(trained: Trained) -> None:
    workspace, version, _ = trained
    folder = workspace.root / "models" / version
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    completed = workspace.run("training", run_id="run-2")
    assert completed.returncode == 0, completed.stderr
    assert "was there already" in completed.stderr
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    for name in SCHEMAS:
        first, second = (read(workspace, name, run).drop_columns(["run_id"]) for run in ("run-1", "run-2"))
        assert first.equals(second)


def test_training_elsewhere_gives_the_same_version_with_equal_bytes(trained: Trained) -> None:
    workspace, version, _ = trained
    elsewhere = workspace.root / "models_again"
    completed = workspace.run(
        "training", own_process=True, models_uri=str(elsewhere), evaluation_uri=str(workspace.root / "again"), threads=1
    )
    assert completed.returncode == 0, completed.stderr
    for file in (elsewhere / version).iterdir():
        if file.name != "card.json":  # holds seconds and memory
            assert file.read_bytes() == (workspace.root / "models" / version / file.name).read_bytes(), file.name


def test_shuffled_outcomes_teach_nothing(make_workspace: Callable[..., Workspace]) -> None:
    table, _ = planted(2_500, 2, seed=9)
    rng = np.random.default_rng(3)
    shuffled = pa.array(rng.permutation(table["churned_30d"].to_numpy(zero_copy_only=False)))
    workspace = make_workspace(table.set_column(table.schema.get_field_index("churned_30d"), "churned_30d", shuffled))
    completed = workspace.run("training")
    assert completed.returncode == 0, completed.stderr
    predictions = read(workspace, "validation_predictions")
    found = auc(predictions["churn_probability"].to_numpy(), predictions["churned_30d"].to_numpy(zero_copy_only=False))
    assert found == pytest.approx(0.5, abs=0.07)


def test_one_matured_week_is_enough(make_workspace: Callable[..., Workspace]) -> None:
    workspace = make_workspace(planted(2_500, 1, seed=9)[0])
    completed = workspace.run("training")
    assert completed.returncode == 0, completed.stderr
    [card] = (workspace.root / "models").glob("*/card.json")
    assert "Not out of time" in json.loads(card.read_text())["split"]["description"]


def constant(table: pa.Table, column: str, value: pa.Scalar) -> pa.Table:
    values = pa.chunked_array([pa.array([value.as_py()] * table.num_rows, value.type)])
    return table.set_column(table.schema.get_field_index(column), column, values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop_columns(["app_opens_day"]), "lacks 1 feature column(s): app_opens_day"),
        (lambda t: t.drop_columns(["churned_30d"]), "lacks churned_30d"),
        (lambda t: constant(t, "churned_30d", pa.scalar(None, pa.bool_())), "no week has matured"),
        (lambda t: constant(t, "churned_30d", pa.scalar(value=False)), "only one class"),
        (lambda t: t.slice(0, 0), "no row with a known outcome"),
    ],
)
def test_data_that_cannot_be_used_is_one_clear_line(
    make_workspace: Callable[..., Workspace], change: Callable[[pa.Table], pa.Table], message: str
) -> None:
    workspace = make_workspace(change(planted(300, 1, seed=1)[0]))
    completed = workspace.run("training")
    assert completed.returncode == 1
    assert message in completed.stderr
    assert "Traceback" not in completed.stderr
    assert not (workspace.root / "models").exists()


def test_reliability_and_lift_by_hand() -> None:
    probability = np.array([0.1, 0.2, 0.6, 0.9])
    outcome = np.array([0.0, 0.0, 1.0, 1.0])
    low, high = reliability_rows(probability, outcome, bins=2)
    assert (low["predicted"], low["observed"], high["observed"]) == (pytest.approx(0.15), 0, 1)
    assert high["lower"] < 1
    half = next(row for row in lift_rows(probability, outcome) if row["share_contacted"] == 0.5)
    assert half == {
        "share_contacted": 0.5,
        "customers": 2,
        "expected_leavers": pytest.approx(1.5),
        "false_alarms": 0,
        "precision": 1.0,
        "recall": 1.0,
        "lift": 2.0,
    }


def test_a_folder_that_is_not_there(make_workspace: Callable[..., Workspace], tmp_path: Path) -> None:
    completed = make_workspace().run("training", training_set_uri=str(tmp_path / "absent"))
    assert completed.returncode == 1
    assert "no Parquet file" in completed.stderr
