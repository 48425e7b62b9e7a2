"""The AUC on public data sets: the platform's own training code beside a tuned gradient boosting, on the same rows.

    python examples/public_auc.py HOME... [--repeats 5] [--out docs/public-data.md]

Each HOME is one that ``engage run --extract … --contract …`` has made. Its training set is split again for each repeat
(another hash of the customers, a quarter held out; of a history also a later week); both learn from the
same rows and are judged on the same held-out, active customers. The rival is XGBoost with depth, learning rate, leaf
weight and rounds chosen by three-fold cross-validation inside the training rows. The platform is measured as it
trains by default, and once more with what its own search finds (``engage tune``) in the time that the rival's took.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import duckdb
import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "fargate_images")]

from engage_ml.feature_matrix import FeatureMatrix  # noqa: E402
from engage_ml.fitting import fit_models  # noqa: E402
from engage_ml.hyperparameters import ChurnTrees  # noqa: E402
from engage_ml.metrics import auc  # noqa: E402
from engage_ml.parameters import TuningParameters, read_features  # noqa: E402
from engage_ml.training_data import TrainingData, read_training_data  # noqa: E402
from engage_ml.tuning import is_adopted, search_and_confirm  # noqa: E402
from engage_ml.validation import predict_validation  # noqa: E402

GRID = list(product((2, 3, 4), (0.05, 0.1), (1, 10)))
"""Depth, learning rate, least leaf weight."""
ROUNDS = (50, 100, 200, 300)
TUNING_ROWS = 20_000
"""Parameters are chosen on a sample of this many training rows; the chosen ones learn from all."""
INNER_FOLDS = 3
BEGIN, END = "<!-- begin: written by examples/public_auc.py -->", "<!-- end -->"

PUBLISHED = {
    "telco": "XGBoost 0.844 ± 0.010, logistic regression 0.845",
    "iranian": "XGBoost 0.985 ± 0.005, logistic regression 0.933",
    "cdnow": "none as AUC: the data set of buy-till-you-die models",
}
"""Five-fold figures of plain models on the same files, measured before and outside this project."""


@dataclass
class Result:
    """What came out of one data set."""

    name: str
    customers: int
    validation: float
    leavers: float
    ours: list[float]
    tuned: list[float]
    adopted: int
    rival: list[float]
    logistic: list[float]
    minutes: float


def tuned_boosting(data: TrainingData) -> np.ndarray:
    """The rival's probabilities for the validation rows, its parameters chosen on the training rows alone."""
    import xgboost as xgb

    every = slice(None, None, max(1, len(data.training) // TUNING_ROWS))
    x, y, weight = data.training.x.T[every], data.training.churned.astype(int)[every], data.weight[every]
    everyone = data.training.active[every]
    fold = (data.training.hashes[every] % np.uint64(INNER_FOLDS)).astype(int)
    best, chosen = -1.0, None
    for depth, rate, leaf in GRID:
        parameters = {
            "objective": "binary:logistic", "max_depth": depth, "eta": rate, "min_child_weight": leaf,
            "subsample": 0.8, "colsample_bytree": 0.6, "tree_method": "hist", "nthread": 1, "seed": 0,
        }  # fmt: skip
        scores = np.zeros((len(ROUNDS), INNER_FOLDS))
        for number in range(INNER_FOLDS):
            inside = fold == number
            booster = xgb.train(parameters, xgb.DMatrix(x[~inside], y[~inside], weight=weight[~inside]), max(ROUNDS))
            held = xgb.DMatrix(x[inside])
            for place, rounds in enumerate(ROUNDS):
                predicted = booster.predict(held, iteration_range=(0, rounds)).astype(float)
                active = everyone[inside]
                scores[place, number] = auc(predicted[active], y[inside][active].astype(bool))
        place = int(scores.mean(axis=1).argmax())
        if scores[place].mean() > best:
            best, chosen = float(scores[place].mean()), (parameters, ROUNDS[place])
    assert chosen is not None
    rows = xgb.DMatrix(data.training.x.T, data.training.churned.astype(int), weight=data.weight)
    booster = xgb.train(chosen[0], rows, chosen[1])
    return booster.predict(xgb.DMatrix(data.validation.x.T)).astype(float)


def tuned_trees(data: TrainingData, *, seconds: float, seed: int) -> ChurnTrees | None:
    """What the platform's own search finds in that time; None when it finds nothing better than the default."""
    with tempfile.TemporaryDirectory() as registry:
        parameters = TuningParameters(
            week=data.validation_week, training_set_uri="", features=data.matrix.features, models_uri=registry,
            seed=seed, max_training_rows=len(data.training), seconds=round(seconds), max_trials=1000,
            churn_trees=ChurnTrees(),
        )  # fmt: skip
        found, gain, _ = search_and_confirm(
            parameters, data, name="public", deadline=time.monotonic() + seconds, log=lambda _: None
        )
    return found if is_adopted(found, gain, parameters) else None


def measure(home: Path, repeats: int) -> Result:
    """Repeated splits of the training set of a home."""
    started = time.monotonic()
    name = yaml.safe_load((home / "contract.yaml").read_text())["name"]
    champion = json.loads((home / "models/champion.json").read_text())["model_version"]
    features = read_features(json.loads((home / f"models/{champion}/features.json").read_text())["features"])
    result = Result(name, 0, 0, 0, [], [], 0, [], [], 0)
    for repeat in range(repeats):
        with (
            tempfile.TemporaryDirectory() as folder,
            duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as db,
        ):
            db.execute(
                f"copy (select * replace ('{repeat}/' || customer_id as customer_id) from features.training_set) "
                f"to '{folder}/part-0.parquet'"
            )
            found = db.execute("select count(distinct customer_id) from features.training_set").fetchone()
            data = read_training_data(folder, FeatureMatrix(features), max_training_rows=160_000, seed=repeat)
        fitted = fit_models(data, previous=None, seed=repeat, threads=1)
        seen = predict_validation(data, fitted)
        active, churned = seen.active, seen.churned[seen.active]
        result.customers = found[0] if found else 0
        result.validation += int(active.sum()) / repeats
        result.leavers += int(churned.sum()) / repeats
        result.ours.append(auc(seen.probability[active], churned))
        result.logistic.append(auc(seen.baseline[active], churned))
        begun = time.monotonic()
        result.rival.append(auc(tuned_boosting(data)[active], churned))
        trees = tuned_trees(data, seconds=time.monotonic() - begun, seed=repeat)
        result.tuned.append(result.ours[-1])
        if trees is not None:
            result.adopted += 1
            again = predict_validation(data, fit_models(data, previous=None, seed=repeat, threads=1, trees=trees))
            result.tuned[-1] = auc(again.probability[active], churned)
        print(
            f"{name} {repeat}: {result.ours[-1]:.4f}, with tune {result.tuned[-1]:.4f}, rival {result.rival[-1]:.4f}",
            flush=True,
        )
    result.minutes = (time.monotonic() - started) / 60
    return result


def table(results: list[Result]) -> str:
    """The Markdown table."""
    lines = [
        "| data set | customers | held out (leavers) | this platform | with `tune` | tuned XGBoost "
        "| logistic regression | ours minus tuned XGBoost | with `tune` minus it | published |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in results:
        plain, found = (spread(np.subtract(own, each.rival), "+") for own in (each.ours, each.tuned))
        lines.append(
            f"| {each.name} | {each.customers:,} | {each.validation:,.0f} ({each.leavers:,.0f}) | {spread(each.ours)} "
            f"| {spread(each.tuned)} (adopted {each.adopted} times) | {spread(each.rival)} | {spread(each.logistic)} "
            f"| {plain} | {found} | {PUBLISHED.get(each.name, '')} |"
        )
    repeats = len(results[0].ours)
    lines.append(f"\nAUC on active customers held out: mean ± standard deviation over {repeats} splits.")
    return "\n".join(lines)


def spread(values: Sequence[float] | np.ndarray, sign: str = "") -> str:
    """Mean and standard deviation."""
    return f"{np.mean(values):{sign}.4f} ± {np.std(values, ddof=1):.4f}"


def main() -> None:
    """Measures, prints, and writes the table between the marks of a page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("homes", nargs="+", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    text = table([measure(home, arguments.repeats) for home in arguments.homes])
    print(text)
    if arguments.out:
        page = arguments.out.read_text()
        head, _, rest = page.partition(BEGIN)
        arguments.out.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
