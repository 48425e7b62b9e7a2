import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from engage_ml import comparison
from engage_ml.bootstrap import Resamples
from engage_ml.logistic import sigmoid
from engage_ml.metrics import Ranking
from tests.engage_ml.conftest import Workspace, reports_of

Trained = tuple[Workspace, str, dict[str, Mapping[str, Any]]]


def record_of(workspace: Workspace, version: str, opponent: str) -> dict[str, Any]:
    file = workspace.root / "models" / "comparisons" / version / f"{opponent}.json"
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def test_the_first_version_is_compared_with_the_baseline(trained: Trained) -> None:
    workspace, version, _ = trained
    record = record_of(workspace, version, "baseline")
    assert record["opponent_kind"] == "baseline"
    assert record["opponent_trained_through"] is None
    difference = record["pr_auc"]["difference"]
    assert difference["value"] == pytest.approx(record["pr_auc"]["challenger"] - record["pr_auc"]["opponent"])
    assert difference["lower"] < difference["value"] < difference["upper"]
    assert {row["attribute"] for row in record["slices"]} >= {"gender", "age_band"}


def test_a_later_version_is_compared_with_the_champion_on_rows_that_neither_has_learned_from(trained: Trained) -> None:
    workspace, champion, _ = trained
    completed = workspace.run("training", seed=6, champion_version=champion, evaluation_uri=str(workspace.root / "e6"))
    assert completed.returncode == 0, completed.stderr
    record = record_of(workspace, str(reports_of(completed)["models/churn"]["model_version"]), champion)
    assert record["opponent_trained_through"] < record["validation_week"]
    # Another seed is as good a model: the paired interval is far narrower than that of either PR-AUC.
    assert record["pr_auc"]["difference"]["lower"] > -0.05
    assert record["pr_auc"]["difference"]["upper"] < 0.05


def test_a_champion_of_other_features_cannot_be_the_opponent(trained: Trained) -> None:
    workspace, champion, _ = trained
    features = [each for each in workspace.parameters("training")["features"] if each["name"] != "posts_last_30_days"]
    completed = workspace.run(
        "training", features=features, champion_version=champion, evaluation_uri=str(workspace.root / "fewer")
    )
    assert completed.returncode == 0, completed.stderr
    version = str(reports_of(completed)["models/churn"]["model_version"])
    record = record_of(workspace, version, "baseline")
    assert record["opponent"] == "baseline"
    assert "posts_last_30_days" in record["note"]


def test_paired_intervals_are_narrower_than_those_of_either_model() -> None:
    rng, n = np.random.default_rng(1), 4_000
    signal = rng.normal(size=n)
    churned = rng.random(n) < sigmoid(signal - 2)
    first, second = signal + rng.normal(0, 0.3, n), signal + rng.normal(0, 0.3, n)
    resamples = Resamples.draw(n, seed=3)
    paired = comparison.difference(first, second, churned, np.ones(n, dtype=np.bool_), resamples)["difference"]
    alone = resamples.interval(Ranking(first, churned).average_precision)
    assert paired["lower"] < 0 < paired["upper"]
    assert paired["upper"] - paired["lower"] < alone.upper - alone.lower
