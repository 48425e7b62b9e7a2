"""``python -m engage_ml.training``: trains, validates and stores one version of all models.

Extras: week, run_id, training_set_uri, features, models_uri, evaluation_uri, seed, max_training_rows, threads,
code_version. Reports the assets models/churn, models/engagement, models/revenue, models/anomaly and models/segments
with the version and their main figures. Exit status 1 with one line when the data cannot be used.
"""

import json
import resource
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any

from engage_ml.parameters import TrainingParameters
from engage_ml.session import Session, limit_threads, run_program

if TYPE_CHECKING:
    from engage_ml.evidence import Metrics
    from engage_ml.segments import Segments

MODELS = ("churn", "engagement", "revenue", "anomaly", "segments")


def train(session: Session) -> None:
    """Reads the extras, trains, stores the version and its tables, reports."""
    started = time.perf_counter()
    parameters = TrainingParameters.from_extras(session.extras)
    limit_threads(1)  # fits run side by side, one thread each
    learners = Thread(target=_import_learners)
    learners.start()  # takes a second and a half, during which the training set is read
    from engage_ml.feature_matrix import FeatureMatrix
    from engage_ml.training_data import read_training_data

    data = read_training_data(
        parameters.training_set_uri,
        FeatureMatrix(parameters.features),
        max_training_rows=parameters.max_training_rows,
        seed=parameters.seed,
    )
    session.log(f"{data.rows_read:,} rows read, {len(data.training):,} train, {len(data.validation):,} validate")
    learners.join()
    from engage_ml import evidence, registry
    from engage_ml.card import build_card, fitting_parameters
    from engage_ml.evaluation_tables import Stamp, write_tables
    from engage_ml.fitting import fit_models
    from engage_ml.importance import importances
    from engage_ml.judging import judge

    previous, segments = _previous_segments(parameters)
    fitted = fit_models(data, previous=segments, seed=parameters.seed, threads=parameters.threads)
    session.log("models fitted")
    judged = judge(data, fitted, threads=parameters.threads)
    importance = importances(data, fitted)
    session.log(f"AUC {judged.metrics['churn', 'active', 'auc'].value:.4f} on active customers held out")
    version = registry.version_name(
        parameters.week,
        fitted.data_digest,
        json.dumps([feature.as_json() for feature in parameters.features], sort_keys=True),
        json.dumps(fitting_parameters(parameters), sort_keys=True),
        parameters.code_version,
        registry.code_digest(),
        str(previous),
    )
    proof = evidence.assemble(data, judged.seen, fitted, judged.metrics, judged.fairness, week=parameters.week)
    card = build_card(
        parameters,
        data,
        fitted,
        version=version,
        previous=previous,
        metrics=judged.metrics,
        importance=importance,
        split_facts=proof["split"],
        usage=_usage(started),
    )
    stamp = Stamp(parameters.evaluation_uri, parameters.week, parameters.run_id, version)
    write_tables(stamp, data, judged.seen, metrics=judged.metrics, fairness=judged.fairness, importance=importance)
    files = {**fitted.files, registry.EVIDENCE: _json(proof), registry.CARD: _json(card)}
    new = registry.store(parameters.models_uri, version, files)
    session.log(f"version {version} {'stored' if new else 'was there already'}")
    shared = {"model_version": version, "data_sha256": fitted.data_digest, "training_rows": len(data.training)}
    for model in MODELS:
        usage = _usage(started) if model == MODELS[0] else {}
        session.report(f"models/{model}", {**shared, **_figures(model, judged.metrics), **usage}, version=version)


def _import_learners() -> None:
    for name in ("xgboost", "sklearn.ensemble", "fairlearn.metrics"):
        import_module(name)


def _previous_segments(parameters: TrainingParameters) -> "tuple[str | None, Segments | None]":
    """The version that segment names are carried over from, and its segments."""
    from engage_ml import registry, segments, storage

    previous = registry.previous_version(parameters.models_uri, parameters.week)
    if previous is None:
        return None, None
    return previous, segments.load_segments(
        storage.read_bytes(storage.join(parameters.models_uri, previous, segments.FILE))
    )


def _figures(model: str, metrics: "Metrics") -> dict[str, float]:
    """A model's metrics by name, for Dagster; ``_active`` and ``_all`` where both populations have one."""
    return {
        f"{metric}_{population}": interval.value
        for (name, population, metric), interval in metrics.items()
        if name == model
    }


def _usage(started: float) -> dict[str, float]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_memory_mb": round(usage.ru_maxrss / 1024, 1),
    }


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=1, allow_nan=False).encode()


if __name__ == "__main__":
    sys.exit(run_program(train, sys.argv[1:]))
