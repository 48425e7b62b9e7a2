"""A platform without Dagster: raw extracts, features, a trained model, scores, and the verdicts of the gates."""

import io
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from engage_assets import dbt
from engage_assets.assets.models import unload_training_set
from engage_assets.assets.sources import accept_week, platform_of
from engage_assets.assets.transformations import FEATURE_FOLDERS, selection
from engage_assets.checks.definitions import judge_closed
from engage_assets.checks.gates import GATES, Evidence
from engage_assets.checks.result import GateResult
from engage_assets.contracts import load_contract
from engage_assets.records.model_registry import write_trained
from engage_assets.resources.bindings import build_resources
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings
from engage_assets.synthetic import write_weeks
from engage_ml import scoring, split, training
from engage_ml.session import Session, run_program

WEEK = date(2026, 11, 9)
HISTORY = tuple(WEEK - timedelta(weeks=back) for back in range(12, -1, -1))
"""The oldest training week looks back four weeks, and the newest has five later ones."""
CUSTOMERS = 4_000
RUN = "bench"
WATCHERS = ("row_accounting", "feature_freshness", "null_budget", "truncation_invariance", "label_maturity")
MODEL_WATCHERS = ("leak_canary",)


@dataclass
class Bench:
    """One home: its lake, its warehouse and its models."""

    settings: Settings
    lake: Lake
    registry: Lake
    warehouse: Warehouse

    @classmethod
    def begin(
        cls, home: Path, target: Path, *, seed: int, defects: tuple[str, ...] = (), customers: int = CUSTOMERS
    ) -> "Bench":
        """A home with simulated, accepted weeks; `target` holds the parsed dbt project."""
        home.mkdir(parents=True)
        (home / "dbt").symlink_to(target)
        settings = Settings(home=home, customers=customers, seed=seed, defects=defects, threads=2)
        resources = build_resources(settings)
        bench = cls(settings, resources["lake"], resources["registry"], resources["warehouse"])
        write_weeks(platform_of(settings), HISTORY, Path(bench.lake.uri))
        for week in HISTORY:
            bench.accept(week)
        return bench

    def accept(self, week: date) -> None:
        """Validates the extracts of a week as they are now."""
        accept_week(self.lake, week, load_contract())

    def build(self, *models: str, week: date = WEEK) -> None:
        """Builds the features of the training weeks up to the newest extract, and the training set of `week`."""
        outcomes = self.warehouse.build(
            select=list(models) or selection(FEATURE_FOLDERS).split(),
            variables={"week": week, "first_week": HISTORY[4], "last_week": WEEK, "run_id": RUN},
            tests=False,
        )
        assert all(outcome.ok for outcome in outcomes), [o.message for o in outcomes if not o.ok]

    def train(self) -> str:
        """Trains in this process, so that a test can change how. Returns the version."""
        rows = unload_training_set(self.warehouse, self.lake, "handover/training_set")
        assert rows > 0
        parameters = {
            "week": WEEK.isoformat(),
            "run_id": RUN,
            "training_set_uri": self.lake.location("handover/training_set"),
            "features": dbt.feature_list(self.settings.dbt_target),
            "models_uri": self.registry.uri,
            "evaluation_uri": self.lake.location("evaluation"),
            "seed": self.settings.seed,
            "threads": 2,
        }
        report = run_in_process(training.train, parameters, self.settings.home / "training.json")
        version = str(report["metadata"]["model_version"])
        write_trained(self.registry, WEEK, version=version, run_id=RUN)
        return version

    def score(self, version: str) -> None:
        """Scores the newest week; the version needs no verdict of the gates here."""
        self.registry.write_json(f"{version}/gates.json", {"state": "passed", "gates": []})
        rows = self.warehouse.unload(
            f"select * from features.customer_features where week = date '{WEEK}'",
            self.lake.location("handover/features"),
        )
        assert rows > 0
        parameters = {
            "week": WEEK.isoformat(),
            "run_id": RUN,
            "features_uri": self.lake.location("handover/features"),
            "features": dbt.feature_list(self.settings.dbt_target),
            "models_uri": self.registry.uri,
            "model_version": version,
            "predictions_uri": self.lake.location(week_folder("predictions", WEEK, RUN)),
            "scored_at": "2026-11-16T03:00:00",
            "threads": 2,
        }
        run_in_process(scoring.score, parameters, self.settings.home / "scoring.json")

    def verdicts(self, names: Sequence[str] = WATCHERS, *, week: date = WEEK) -> dict[str, GateResult]:
        """What the gates say."""
        evidence = Evidence([week], self.lake, self.registry, self.warehouse, self.settings)
        return {gate.name: judge_closed(gate, evidence) for gate in GATES if gate.name in names}

    def rewrite(self, table: str, week: date, change: Callable[[pa.Table], pa.Table]) -> None:
        """Changes a raw extract in place, as a late delivery would."""
        folder = f"raw/{table}/week={week}"
        rows = change(self.lake.read_table(folder))
        self.lake.clear(folder)
        self.lake.write_table(folder, rows)


def run_in_process(work: Callable[[Session], None], parameters: dict[str, Any], file: Path) -> dict[str, Any]:
    """Runs a program of ``engage_ml`` here and returns its first report."""
    file.write_text(json.dumps(parameters))
    output, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(errors):
        status = run_program(work, ["--params", str(file)])
    assert status == 0, errors.getvalue()
    report: dict[str, Any] = json.loads(next(line for line in output.getvalue().splitlines() if line.startswith("{")))
    return report


def failed(verdicts: dict[str, GateResult]) -> list[str]:
    """The gates that refuse."""
    return [name for name, verdict in verdicts.items() if verdict.state == "failed"]


def mutated_project(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the dbt project in which one text of one file is another."""
    project = folder / "dbt_project"
    shutil.copytree(dbt.PROJECT_DIR, project, ignore=shutil.ignore_patterns("target", "logs"))
    path = project / "models" / file
    text = path.read_text()
    assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
    path.write_text(text.replace(old, new))
    return project


def train_on_held_out_customers(weeks: Any, hashes: Any, active: Any, labelled: Any, **options: Any) -> split.RowPlan:
    """A split that forgets the customers: some of those who validate also train."""
    plan = split.plan_rows(weeks, hashes, active, labelled, **options)
    earlier = labelled & split.is_holdout(hashes) & (weeks < weeks[labelled].max())
    extra = np.flatnonzero(earlier)[:200]
    fold = np.concatenate([plan.fold, np.arange(len(extra), dtype=plan.fold.dtype) % split.FOLDS])
    order = np.argsort(fold, kind="stable")
    training_rows = np.concatenate([plan.training, extra])[order]
    weight = np.concatenate([plan.weight, np.ones(len(extra), dtype=plan.weight.dtype)])[order]
    return split.RowPlan(training_rows, plan.validation, fold[order], weight, plan.same_week)


def train_on_later_weeks(weeks: Any, hashes: Any, active: Any, labelled: Any, **options: Any) -> split.RowPlan:
    """A split that runs backwards: the oldest week validates, later ones train."""
    return split.plan_rows(weeks.max() + weeks.min() - weeks, hashes, active, labelled, **options)
