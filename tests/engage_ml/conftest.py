"""Fixtures of the model tests: a planted population, and one version trained on it by the program itself."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engage_ml import scoring, training
from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.parameters import read_features
from engage_ml.session import run_program
from engage_ml.training_data import OUTCOMES, TrainingData, read_training_data
from tests.engage_ml.planted import FIRST_WEEK, feature_list, planted

CUSTOMERS = 4_000
WEEKS = 4
SCORED_WEEK = FIRST_WEEK + timedelta(weeks=WEEKS + 4)


@dataclass(frozen=True)
class Workspace:
    """The folders a run reads and writes, and what running a program there gave."""

    root: Path

    def parameters(self, program: str, **changes: Any) -> dict[str, Any]:
        shared = {
            "week": SCORED_WEEK.isoformat(),
            "run_id": "run-1",
            "features": feature_list(),
            "models_uri": str(self.root / "models"),
            "threads": 2,
        }
        own = {
            "training": {
                "training_set_uri": str(self.root / "training_set"),
                "evaluation_uri": str(self.root / "evaluation"),
                "seed": 5,
                "max_training_rows": 200_000,
                "code_version": "test",
            },
            "scoring": {
                "features_uri": str(self.root / "features"),
                "predictions_uri": str(self.root / "predictions"),
                "model_version": "2026-01-05-000000000000",
                "scored_at": "2026-05-04T03:00:00",
                "batch_rows": 1_500,
            },
        }[program]
        return {**shared, **own, **changes}

    def run(self, program: str, *, own_process: bool = False, **changes: Any) -> subprocess.CompletedProcess[str]:
        """Runs the program with a parameter file: in this process, which spares the imports, or in one of its own."""
        file = self.root / f"{program}.json"
        file.write_text(json.dumps(self.parameters(program, **changes)))
        if own_process:
            command = [sys.executable, "-m", f"engage_ml.{program}", "--params", str(file)]
            return subprocess.run(command, capture_output=True, text=True)
        output, errors = io.StringIO(), io.StringIO()
        work = {"training": training.train, "scoring": scoring.score}[program]
        with redirect_stdout(output), redirect_stderr(errors):
            status = run_program(work, ["--params", str(file)])
        return subprocess.CompletedProcess([program], status, output.getvalue(), errors.getvalue())


def write_table(folder: Path, table: pa.Table) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / "part-0.parquet", row_group_size=1_000)


def reports_of(completed: subprocess.CompletedProcess[str]) -> dict[str, Mapping[str, Any]]:
    """Asset -> metadata, from the lines a program printed."""
    lines = [json.loads(line) for line in completed.stdout.splitlines() if line.startswith("{")]
    return {line["asset"]: line["metadata"] for line in lines}


@pytest.fixture(scope="session")
def population() -> tuple[pa.Table, np.ndarray]:
    return planted(CUSTOMERS, WEEKS, seed=7)


@pytest.fixture(scope="session")
def matrix() -> FeatureMatrix:
    return FeatureMatrix(read_features(feature_list()))


@pytest.fixture(scope="session")
def scored_features(population: tuple[pa.Table, np.ndarray]) -> pa.Table:
    """The features of the week to score: the last planted week, dated later, without outcomes."""
    table = population[0].slice((WEEKS - 1) * CUSTOMERS).drop_columns(list(OUTCOMES))
    return table.set_column(0, "week", pa.array([SCORED_WEEK] * CUSTOMERS, pa.date32()))


@pytest.fixture(scope="session")
def make_workspace(
    population: tuple[pa.Table, np.ndarray], scored_features: pa.Table, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Workspace]:
    def make(training_set: pa.Table | None = None) -> Workspace:
        root = tmp_path_factory.mktemp("engage_ml")
        write_table(root / "training_set", population[0] if training_set is None else training_set)
        write_table(root / "features", scored_features)
        return Workspace(root)

    return make


@pytest.fixture(scope="session")
def trained(make_workspace: Callable[..., Workspace]) -> tuple[Workspace, str, dict[str, Mapping[str, Any]]]:
    """A workspace after training, the version, and what was reported."""
    workspace = make_workspace()
    completed = workspace.run("training", own_process=True)
    assert completed.returncode == 0, completed.stderr
    reports = reports_of(completed)
    return workspace, str(reports["models/churn"]["model_version"]), reports


@pytest.fixture(scope="session")
def passed(trained: tuple[Workspace, str, dict[str, Mapping[str, Any]]]) -> tuple[Workspace, str]:
    """The same after its gates have passed."""
    workspace, version, _ = trained
    verdict = {"state": "passed", "gates": [{"gate": "holdout_auc", "state": "passed"}]}
    (workspace.root / "models" / version / "gates.json").write_text(json.dumps(verdict))
    return workspace, version


@pytest.fixture(scope="session")
def data(make_workspace: Callable[..., Workspace], matrix: FeatureMatrix) -> TrainingData:
    folder = make_workspace().root / "training_set"
    return read_training_data(str(folder), matrix, max_training_rows=200_000, seed=5)
