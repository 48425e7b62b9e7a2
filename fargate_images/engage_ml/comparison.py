"""Challenger against champion: both models on the same validation rows, with paired bootstrap intervals.

The rows are out of customer for every version, because a customer's side of the split never changes. They are out of
time for the champion when its own training weeks are earlier, which ``opponent_trained_through`` shows. In each
replicate both models are judged on the same draw, so what is common to them cancels.

The first version has no champion to beat. Its opponent is the plain logistic regression that every training fits.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engage_ml import registry, storage
from engage_ml.arrays import F64, Flags
from engage_ml.bootstrap import Resamples
from engage_ml.errors import ModelRefusedError
from engage_ml.logistic import sigmoid
from engage_ml.metrics import Ranking
from engage_ml.model_set import check_features, load_model_set
from engage_ml.parameters import TrainingParameters
from engage_ml.training_data import TrainingData

BASELINE = "baseline"
SLICED_BY = ("lifecycle_stage", "gender", "age_band")
UNKNOWN = "Undisclosed"
MIN_LEAVERS = 200
"""Leavers (and stayers) below which the difference within a slice is too noisy to judge: its interval would be wider
than the margin it is held against."""


@dataclass(frozen=True)
class Opponent:
    """Who the new version is compared with: ``champion`` or ``baseline``, its probabilities for the validation rows,
    and why the champion is not the opponent when there is one."""

    kind: str
    name: str
    probability: F64
    trained_through: date | None
    note: str = ""


def find_opponent(parameters: TrainingParameters, data: TrainingData, *, baseline: F64) -> Opponent:
    """The champion when it can score these rows, else the baseline, whose margins are given."""
    champion = parameters.champion_version
    if champion is None:
        return Opponent(BASELINE, BASELINE, sigmoid(baseline), None)
    try:
        models = load_model_set(registry.load(parameters.models_uri, champion), champion)
        check_features(models.matrix, data.matrix.features, champion)
        if models.matrix.column_names != data.matrix.column_names:
            raise ModelRefusedError(f"model version {champion} has other columns than this training set.")
    except ModelRefusedError as refusal:
        return Opponent(BASELINE, BASELINE, sigmoid(baseline), None, note=str(refusal))
    card = storage.read_json(storage.join(parameters.models_uri, champion, registry.CARD))
    probability = models.churn.probability(data.validation.x, data.validation.active)
    trained = date.fromisoformat(max(card["split"]["training_weeks"]))
    return Opponent("champion", champion, probability, trained)


def compare(
    data: TrainingData, probability: F64, opponent: Opponent, *, challenger: str, seed: int, threads: int
) -> dict[str, Any]:
    """The record that the promotion is judged by. ``probability`` is the challenger's, shape (validation rows,)."""
    active = data.validation.active
    resamples = Resamples.draw(int(active.sum()), seed=seed)
    churned = data.validation.churned[active]
    pair = (probability[active], opponent.probability[active])
    everyone = np.ones(len(churned), dtype=np.bool_)
    slices = _slices(data.customers.filter(pa.array(active)))
    with ThreadPoolExecutor(threads) as pool:
        overall = pool.submit(difference, *pair, churned, everyone, resamples)
        rows = list(pool.map(lambda piece: _slice_row(piece, pair, churned, resamples), slices))
    own, other = (Ranking(score, churned) for score in pair)
    area = resamples.interval(lambda w: own.auc(w) - other.auc(w))
    return {
        "challenger": challenger,
        "opponent": opponent.name,
        "opponent_kind": opponent.kind,
        "note": opponent.note,
        "validation_week": data.validation_week.isoformat(),
        "opponent_trained_through": opponent.trained_through.isoformat() if opponent.trained_through else None,
        "customers": len(churned),
        "leavers": int(churned.sum()),
        "pr_auc": overall.result(),
        "auc_difference": area.as_json(),
        "slices": rows,
    }


def write_comparison(models_uri: str, record: dict[str, Any]) -> None:
    """Keeps a comparison beside the versions: ``comparisons/<challenger>/<opponent>.json``."""
    uri = storage.join(models_uri, "comparisons", record["challenger"], f"{record['opponent']}.json")
    storage.write_bytes(uri, json.dumps(record, indent=1, allow_nan=False).encode())


def _slices(customers: pa.Table) -> list[tuple[str, str, Flags]]:
    found = []
    for name in SLICED_BY:
        if name in customers.column_names:
            values = pc.fill_null(customers[name].cast(pa.string()), UNKNOWN).to_numpy().astype(object)
            found += [(name, label, np.asarray(values == label)) for label in sorted(set(values))]
    return found


def _slice_row(
    piece: tuple[str, str, Flags], pair: tuple[F64, F64], churned: Flags, resamples: Resamples
) -> dict[str, Any]:
    attribute, name, rows = piece
    leavers = int(churned[rows].sum())
    judged = min(leavers, int(rows.sum()) - leavers) >= MIN_LEAVERS
    found = difference(*pair, churned, rows, resamples) if judged else None
    return {"attribute": attribute, "slice": name, "customers": int(rows.sum()), "leavers": leavers} | {"pr_auc": found}


def difference(own: F64, other: F64, churned: Flags, rows: Flags, resamples: Resamples) -> dict[str, Any]:
    """PR-AUC of both models within `rows`, and the interval of the difference."""
    places = np.flatnonzero(rows)
    drawn = Resamples(np.ascontiguousarray(resamples.counts[:, places]))
    first, second = (Ranking(score[places], churned[places]) for score in (own, other))
    every = np.ones((1, len(places)))
    interval = drawn.interval(lambda w: first.average_precision(w) - second.average_precision(w))
    return {
        "challenger": float(first.average_precision(every)[0]),
        "opponent": float(second.average_precision(every)[0]),
        "difference": interval.as_json(),
    }
