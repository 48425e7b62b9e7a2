"""Mitigation of a bias, and its price: weights that make outcome and group independent, and thresholds by group.

Reweighting (Kamiran and Calders 2012) gives each training row of group g with outcome y the weight
P(g) P(y) / P(g, y), so that the learners see every group leave equally often. Stack and calibration keep the true
weights: probabilities must go on meaning what they say. It is off unless asked for.

Thresholds by group select the same share of every group. Here they are priced for every model; the decisions apply them
when asked to, as it is there that a threshold decides something.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from engage_ml.arrays import F32, Flags
from engage_ml.fairness import SELECTED_SHARE, Labels, attributes_of, top_share
from engage_ml.metrics import Ranking
from engage_ml.training_data import TrainingData

if TYPE_CHECKING:
    from engage_ml.validation import Validation

MAX_WEIGHT = 5.0
"""A small group's weight beyond this would be noise."""


def reweighted(data: TrainingData, attribute: str) -> TrainingData:
    """The training data with weights that make the outcome independent of an attribute."""
    assert data.training_groups is not None
    values = attributes_of(data.training_groups)[attribute]
    return replace(data, learner_weight=fair_weights(values, data.training.churned, data.weight))


def fair_weights(values: Labels, outcome: Flags, weight: F32) -> F32:
    """Weights of shape (rows,) with the same mean as `weight`, under which every group leaves equally often."""
    result = weight.astype(np.float64)
    total = result.sum()
    overall = {flag: result[outcome == flag].sum() / total for flag in (True, False)}
    factor = np.ones(len(weight))
    for name in set(values):
        group = values == name
        share = result[group].sum() / total
        for flag in (True, False):
            cell = group & (outcome == flag)
            if cell.any():
                factor[cell] = min(share * overall[flag] / (result[cell].sum() / total), MAX_WEIGHT)
    result *= factor
    return np.asarray(result * total / result.sum(), dtype=np.float32)


def reweighting_price(data: TrainingData, fair: "Validation", plain: "Validation", attribute: str) -> dict[str, Any]:
    """What reweighting changed on the active validation rows: the figures of both models and their differences."""
    figures = {name: _figures(data, seen, attribute) for name, seen in (("reweighted", fair), ("unmitigated", plain))}
    difference = {key: figures["reweighted"][key] - figures["unmitigated"][key] for key in figures["reweighted"]}
    return {"kind": "reweighting", "attribute": attribute, **figures, "difference": difference}


def threshold_prices(data: TrainingData, seen: "Validation") -> list[dict[str, Any]]:
    """One row per attribute: leavers and revenue reached by one threshold for all, and by one for each group."""
    active = seen.active
    probability, churned, revenue = seen.probability[active], seen.churned[active], seen.revenue_usd[active]
    common = top_share(probability)
    rows = []
    for name, values in attributes_of(data.customers.filter(pa.array(active))).items():
        by_group = np.zeros(len(values), dtype=np.bool_)
        for label in set(values):
            group = values == label
            by_group[group] = top_share(probability[group])
        rows.append(
            {
                "attribute": name,
                "selected_share": SELECTED_SHARE,
                "leavers_common": int(churned[common].sum()),
                "leavers_by_group": int(churned[by_group].sum()),
                "revenue_reached_common_usd": float(revenue[common & churned].sum()),
                "revenue_reached_by_group_usd": float(revenue[by_group & churned].sum()),
                "smallest_ratio_common": _smallest_ratio(values, common),
                "smallest_ratio_by_group": _smallest_ratio(values, by_group),
            }
        )
    return rows


def _figures(data: TrainingData, seen: "Validation", attribute: str) -> dict[str, float]:
    active = seen.active
    probability, churned = seen.probability[active], seen.churned[active]
    ranking, every = Ranking(probability, churned), np.ones((1, len(churned)))
    selected = top_share(probability)
    values = attributes_of(data.customers.filter(pa.array(active)))[attribute]
    return {
        "auc": float(ranking.auc(every)[0]),
        "pr_auc": float(ranking.average_precision(every)[0]),
        "leavers_reached": float(churned[selected].sum()),
        "revenue_reached_usd": float(seen.revenue_usd[active][selected & churned].sum()),
        "smallest_ratio": _smallest_ratio(values, selected),
    }


def _smallest_ratio(values: Labels, selected: Flags, *, minimum: int = 200) -> float:
    """The selection rate of the group that is selected least, over that of all; groups of `minimum` customers count."""
    overall = float(selected.mean())
    rates: list[float] = [
        float(selected[values == name].mean()) for name in set(values) if (values == name).sum() >= minimum
    ]
    return min(rates) / overall if rates and overall > 0 else 1.0
