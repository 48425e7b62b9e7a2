"""Builds a version, or finds that it is there: what a version says about itself, either way."""

import json
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engage_ml import registry, segments, storage
from engage_ml.arrays import F64
from engage_ml.evaluation_tables import Rows
from engage_ml.model_set import load_model_set
from engage_ml.parameters import TrainingParameters
from engage_ml.training_data import TrainingData

if TYPE_CHECKING:
    from engage_ml.fitting import Fitted


@dataclass(frozen=True)
class Version:
    """A version's evaluation rows, its probabilities for the validation rows, and the margins of the baseline there."""

    rows: Rows
    probability: F64
    baseline: F64


def build(
    parameters: TrainingParameters,
    data: TrainingData,
    *,
    version: str,
    previous: str | None,
    started: float,
    log: Callable[[str], None],
) -> Version:
    """Fits, judges and stores a new version. `started` is when the program started, by ``time.perf_counter``."""
    from engage_ml import evidence
    from engage_ml.card import build_card
    from engage_ml.evaluation_tables import evaluation_rows
    from engage_ml.fitting import fit_models
    from engage_ml.importance import importances
    from engage_ml.judging import judge
    from engage_ml.mitigation import reweighted, reweighting_price
    from engage_ml.slices import slice_rows
    from engage_ml.validation import predict_validation

    names = _segments_of(parameters.models_uri, previous)

    def fit(rows: TrainingData) -> "Fitted":
        return fit_models(
            rows, previous=names, seed=parameters.seed, threads=parameters.threads, trees=parameters.churn_trees
        )

    attribute = parameters.reweighted_by
    fitted = fit(reweighted(data, attribute) if attribute else data)
    log("models fitted")
    judged = judge(data, fitted, threads=parameters.threads)
    prices: dict[str, Any] = {"thresholds_by_group": judged.threshold_prices}
    if attribute:
        plain = predict_validation(data, fit(data))
        prices["reweighting"] = reweighting_price(data, judged.seen, plain, attribute)
        log(f"AUC {prices['reweighting']['difference']['auc']:+.4f} by reweighting {attribute}")
    importance = importances(data, fitted)
    log(f"AUC {judged.metrics['churn', 'active', 'auc'].value:.4f} on active customers held out")
    proof = evidence.assemble(
        data,
        judged.seen,
        fitted,
        judged.metrics,
        judged.fairness,
        week=parameters.week,
        outcome_days=parameters.outcome_days,
    )
    rows = evaluation_rows(
        data,
        judged.seen,
        metrics=judged.metrics,
        fairness=judged.fairness,
        importance=importance,
        slices=slice_rows(data, judged.seen, fitted.models.segments),
        survival=proof["survival"].get("curve", []),
    )
    card = build_card(
        parameters,
        data,
        fitted,
        version=version,
        previous=previous,
        metrics=rows["metrics"],
        importance=importance,
        split_facts=proof["split"],
        usage=usage_since(started),
    )
    audit = {"proxies": judged.proxies, "mitigation": prices}
    card |= audit
    proof |= audit
    notes = {registry.EVIDENCE: proof, registry.EVALUATION: rows, registry.CARD: card}
    registry.store(parameters.models_uri, version, fitted.files | {name: _json(note) for name, note in notes.items()})
    log(f"version {version} stored")
    return Version(rows, judged.seen.probability, judged.seen.baseline)


def reuse(parameters: TrainingParameters, data: TrainingData, *, version: str) -> Version:
    """The version that the same data, parameters and code made before: fitting again could only give it again."""
    from engage_ml.fitting import fit_baseline

    rows: Rows = storage.read_json(storage.join(parameters.models_uri, version, registry.EVALUATION))
    models = load_model_set(registry.load(parameters.models_uri, version), version)
    probability = models.churn.probability(data.validation.x, data.validation.active)
    return Version(rows, probability, fit_baseline(data).margin(data.validation.x))


def usage_since(started: float) -> dict[str, float]:
    """Seconds, CPU seconds and peak memory of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_memory_mb": round(usage.ru_maxrss / 1024, 1),
    }


def _segments_of(models_uri: str, version: str | None) -> segments.Segments | None:
    if version is None:
        return None
    return segments.load_segments(storage.read_bytes(storage.join(models_uri, version, segments.FILE)))


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=1, allow_nan=False).encode()
