"""``python -m engage_ml.training``: trains, validates and stores one version of all models.

Extras: week, run_id, training_set_uri, features, models_uri, evaluation_uri, seed, max_training_rows, threads,
code_version, champion_version, survival_set_uri, churn_trees. Reports the assets models/churn, models/engagement,
models/revenue, models/anomaly and models/segments with the version and their main figures. Exit status 1 with one line
when the data cannot be used.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from threading import Thread
from typing import Any

from engage_ml.parameters import TrainingParameters
from engage_ml.session import Session, limit_threads, run_program

MODELS = ("churn", "engagement", "revenue", "anomaly", "segments")
LEARNERS = ("xgboost", "sklearn.ensemble", "fairlearn.metrics")


def train(session: Session) -> None:
    """Reads the extras, makes the version or finds it, writes the evaluation tables, reports."""
    started = time.perf_counter()
    parameters = TrainingParameters.from_extras(session.extras)
    limit_threads(1)  # fits run side by side, one thread each
    from engage_ml import building, comparison, registry
    from engage_ml.evaluation_tables import Stamp, write_tables
    from engage_ml.feature_matrix import FeatureMatrix
    from engage_ml.followed import read_followed
    from engage_ml.identity import version_name
    from engage_ml.training_data import read_training_data

    trained_before = any(name.startswith(str(parameters.week)) for name in registry.versions(parameters.models_uri))
    with _imported_meanwhile(() if trained_before else LEARNERS):
        matrix = FeatureMatrix(parameters.features)
        data = replace(
            read_training_data(
                parameters.training_set_uri,
                matrix,
                max_training_rows=parameters.max_training_rows,
                seed=parameters.seed,
            ),
            followed=read_followed(parameters.survival_set_uri, matrix),
        )
    session.log(f"{data.rows_read:,} rows read, {len(data.training):,} train, {len(data.validation):,} validate")
    previous = registry.previous_version(parameters.models_uri, parameters.week)
    version = version_name(parameters, data_digest=data.digest, previous=previous)
    reused = registry.has(parameters.models_uri, version)
    if reused:
        built = building.reuse(parameters, data, version=version)
        session.log(f"version {version} was there already: same data, parameters and code")
    else:
        built = building.build(parameters, data, version=version, previous=previous, started=started, log=session.log)
    stamp = Stamp(parameters.evaluation_uri, parameters.week, parameters.run_id, version)
    write_tables(stamp, built.rows, data, built.probability)
    if version != parameters.champion_version:
        opponent = comparison.find_opponent(parameters, data, baseline=built.baseline)
        record = comparison.compare(
            data, built.probability, opponent, challenger=version, seed=parameters.seed, threads=parameters.threads
        )
        comparison.write_comparison(parameters.models_uri, record)
        session.log(f"compared with {opponent.name}")
    shared = {
        "model_version": version,
        "reused": reused,
        "data_sha256": data.digest,
        "training_rows": len(data.training),
        "validation_rows": len(data.validation),
    }
    for model in MODELS:
        usage = building.usage_since(started) if model == MODELS[0] else {}
        session.report(
            f"models/{model}", {**shared, **_figures(model, built.rows["metrics"]), **usage}, version=version
        )


@contextmanager
def _imported_meanwhile(names: Sequence[str]) -> Iterator[None]:
    """Imports modules in a thread while the body runs: the learners take as long to import as the data to read."""

    def work() -> None:
        for name in names:
            import_module(name)

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _figures(model: str, metrics: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """A model's metrics by name, for Dagster; with the population, as some have two."""
    return {f"{row['metric']}_{row['population']}": row["value"] for row in metrics if row["model"] == model}


if __name__ == "__main__":
    sys.exit(run_program(train, sys.argv[1:]))
