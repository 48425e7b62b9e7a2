import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from engage_ml import registry
from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.logistic import logit
from engage_ml.model_set import load_model_set
from engage_ml.prediction import SCHEMA
from engage_ml.reasons import ReasonFinder
from tests.engage_ml.conftest import SCORED_WEEK, Workspace, write_table
from tests.engage_ml.planted import LABELS

Passed = tuple[Workspace, str]
pytestmark = pytest.mark.integration


def score(passed: Passed, folder: str = "predictions", **changes: Any) -> pa.Table:
    workspace, version = passed
    target = workspace.root / folder
    completed = workspace.run(
        "scoring", own_process=folder == "predictions", model_version=version, predictions_uri=str(target), **changes
    )
    assert completed.returncode == 0, completed.stderr
    return pq.ParquetFile(target / "part-0.parquet").read()


@pytest.fixture(scope="module")
def predictions(passed: Passed) -> pa.Table:
    return score(passed)


def test_every_customer_once_in_order_with_all_columns(predictions: pa.Table, scored_features: pa.Table) -> None:
    assert predictions.schema.names == SCHEMA.names
    assert predictions["customer_id"].to_pylist() == scored_features["customer_id"].to_pylist()
    assert all(column.null_count == 0 for column in predictions.columns)


def test_values_are_in_range(predictions: pa.Table) -> None:
    for name, low, high in (
        ("churn_probability", 0, 1),
        ("predicted_engagement", 0, 1),
        ("predicted_revenue_30d_usd", 0, 1e5),
        ("expected_ltv_12m_usd", 0, 1e6),
        ("anomaly_score", 0, 1),
    ):
        values = predictions[name].to_numpy()
        assert np.isfinite(values).all()
        assert low <= values.min() <= values.max() <= high
    assert set(predictions["churn_risk_tier"].to_pylist()) <= {"Low", "Medium", "High", "Critical"}
    assert 0 < pc.mean(predictions["is_anomaly"].cast(pa.float64())).as_py() < 0.05


def test_batches_of_any_size_and_any_number_of_threads_give_the_same(passed: Passed, predictions: pa.Table) -> None:
    whole = score(passed, "whole", batch_rows=1_000_000, threads=1)
    tiny = score(passed, "tiny", batch_rows=97, threads=2)
    assert whole.equals(predictions)
    assert tiny.equals(predictions)


def test_scoring_again_gives_equal_bytes(passed: Passed, predictions: pa.Table) -> None:
    file = passed[0].root / "predictions" / "part-0.parquet"
    before = file.read_bytes()
    (file.parent / "part-7.parquet").write_bytes(before)  # left by an earlier run in another layout
    score(passed)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["part-0.parquet"]


def test_contributions_explain_the_probability_exactly(
    passed: Passed, predictions: pa.Table, scored_features: pa.Table, matrix: FeatureMatrix
) -> None:
    workspace, version = passed
    models = load_model_set(registry.load(str(workspace.root / "models"), version), version)
    rows = scored_features.num_rows
    x = matrix.encode(scored_features.combine_chunks().to_batches()[0], np.empty((matrix.columns, rows), np.float32))
    active = scored_features["is_active_30d"].to_numpy(zero_copy_only=False)
    contributions = np.empty((len(matrix.features), rows), np.float32)
    models.churn.contributions(x, active, matrix.column_feature, contributions)
    margin = logit(predictions["churn_probability"].to_numpy())
    np.testing.assert_allclose(models.churn.expected(active) + contributions.sum(axis=0), margin, atol=1e-4)
    np.testing.assert_allclose(models.churn.margin(x, active), margin, atol=1e-4)
    reasons = ReasonFinder(matrix.features).find(models.peers.take_off(contributions, x, active))
    np.testing.assert_allclose(reasons.contribution[0], predictions["reason_1_contribution"].to_numpy(), atol=1e-5)


def test_reasons_are_consistent(predictions: pa.Table) -> None:
    rows = predictions.to_pylist()
    for row in rows[::50]:
        themes = [row[f"reason_{rank}_theme"] for rank in (1, 2, 3)]
        sizes = [abs(row[f"reason_{rank}_contribution"]) for rank in (1, 2, 3)]
        assert len(set(themes)) == 3
        assert sizes == sorted(sizes, reverse=True)
        for rank in (1, 2, 3):
            label, theme = LABELS[row[f"reason_{rank}_feature"]]
            assert theme == themes[rank - 1]
            assert row[f"reason_{rank}"].lower().startswith(label.lower())
            raises = row[f"reason_{rank}_contribution"] > 0
            assert row[f"reason_{rank}_direction"] == ("raises" if raises else "lowers")


def test_riskier_customers_are_worth_less_than_their_revenue_says(predictions: pa.Table) -> None:
    ratio = predictions["expected_ltv_12m_usd"].to_numpy() / predictions["predicted_revenue_30d_usd"].to_numpy()
    order = np.argsort(predictions["churn_probability"].to_numpy())
    assert (np.diff(ratio[order]) <= 1e-9).all()


@pytest.mark.parametrize("state", ["failed", "insufficient", None])
def test_a_model_whose_gates_did_not_pass_is_refused(passed: Passed, state: str | None, tmp_path: Path) -> None:
    workspace, version = passed
    gates = workspace.root / "models" / version / "gates.json"
    before = gates.read_text()
    try:
        if state is None:
            gates.unlink()
        else:
            gates.write_text(json.dumps({"state": state, "gates": [{"gate": "fairness", "state": state}]}))
        target = tmp_path / "refused"
        completed = workspace.run("scoring", model_version=version, predictions_uri=str(target))
    finally:
        gates.write_text(before)
    assert completed.returncode == 1
    assert "gate" in completed.stderr
    assert "Traceback" not in completed.stderr
    assert not target.exists()


def test_what_cannot_be_scored_is_one_clear_line_and_leaves_nothing(
    passed: Passed, scored_features: pa.Table, tmp_path: Path
) -> None:
    workspace, version = passed
    shortened = tmp_path / "shortened"
    write_table(shortened, scored_features.drop_columns(["app_opens_day"]))
    other_week = tmp_path / "other_week"
    dates = pa.array([SCORED_WEEK.replace(day=20)] * scored_features.num_rows, pa.date32())
    write_table(other_week, scored_features.set_column(0, "week", dates))
    empty = tmp_path / "empty"
    write_table(empty, scored_features.slice(0, 0))
    features = workspace.parameters("scoring")["features"]
    for changes, message in (
        ({"features_uri": str(shortened)}, "app_opens_day"),
        ({"features_uri": str(other_week)}, "expected only"),
        ({"features_uri": str(empty)}, "no features of week"),
        ({"model_version": "2026-01-05-ffffffffffff"}, "no gate verdict"),
        ({"model_version": "../../etc"}, "expected <week>-<12 hex digits>"),
        ({"features": features[1:]}, "trained on other features"),
    ):
        target = tmp_path / "nothing"
        completed = workspace.run("scoring", **{"model_version": version, "predictions_uri": str(target), **changes})
        assert completed.returncode == 1
        assert message in completed.stderr, completed.stderr
        assert "Traceback" not in completed.stderr
        assert not list(target.glob("**/*.parquet"))
        assert not list(target.glob("**/.*"))


def test_scoring_imports_no_learner() -> None:
    code = (
        "import sys, engage_ml.scoring, engage_ml.prediction, engage_ml.model_set\n"
        "print([m for m in ('xgboost', 'sklearn', 'pandas', 'scipy', 'fairlearn', 'dagster') if m in sys.modules])"
    )
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert completed.stdout.strip() == "[]"
