"""Fairness of the churn model among active customers: who is selected, and how often the selection is right.

Selected are the tenth of active customers with the highest probability: those whom a retention budget reaches. A
group is compared with the customers of all groups together, by fairlearn's ``MetricFrame``.

Beside selection and error rates, a group's probabilities must mean what they say: the calibration gap is its observed
minus its predicted share of leavers.

About sixty groups with four figures each are judged at once, so intervals are simultaneous: they hold for all of
them together at 95 %, from the largest studentised deviation in each bootstrap replicate (max-T, Westfall and Young
1993). A group fails when its interval lies beyond the limit; a point estimate beyond it whose interval does not is
``insufficient``, as are small groups.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate

from engage_ml.arrays import F64, Flags
from engage_ml.bootstrap import Resamples

SELECTED_SHARE = 0.10
MIN_RATIO = 0.8
"""Four-fifths rule: selection rates closer than this are treated alike (US EEOC guidelines, 29 CFR 1607.4)."""
MAX_GAP = 0.1
"""Largest accepted difference of the true or false positive rate from that of all customers."""
MAX_CALIBRATION_GAP = 0.05
"""Largest accepted difference of the observed from the predicted share of leavers: half of the usual churn rate."""
MIN_CUSTOMERS = 200
MIN_PER_CLASS = 20
"""Below this many leavers or stayers in a group, its rates are not judged."""
UNKNOWN = "Undisclosed"
QUANTILE = 0.95
Labels = npt.NDArray[np.object_]
FIGURES = ("selection_rate", "tpr", "fpr")


@dataclass(frozen=True)
class Group:
    """One group of one attribute and the rows that belong to it."""

    attribute: str
    name: str
    rows: Flags


@dataclass(frozen=True)
class Bounds:
    """Simultaneous limits of a group's selection rate ratio, of the larger gap of its rates, and of its calibration."""

    ratio_lower: float
    ratio_upper: float
    gap_lower: float
    gap_upper: float
    calibration_lower: float
    calibration_upper: float


def top_share(probability: F64, share: float = SELECTED_SHARE) -> Flags:
    """The rows with the highest probabilities; ties at the limit are all selected."""
    if not len(probability):
        return np.zeros(0, dtype=np.bool_)
    return np.asarray(probability >= np.quantile(probability, 1 - share, method="higher"))


def audit(
    customers: pa.Table, outcome: Flags, probability: F64, resamples: Resamples, *, selected: Flags | None = None
) -> list[dict[str, Any]]:
    """One row per group, with the columns of the fairness table (without week, run and version).

    Parameters
    ----------
    customers : age_band, gender, location of the active validation rows
    outcome, probability : churned, and the probability of it, shape (rows,)
    resamples : over the same rows
    selected : whom the model selects, shape (rows,); by default the tenth with the highest probabilities
    """
    attributes = attributes_of(customers)
    selected = top_share(probability) if selected is None else selected
    excess = outcome - probability
    frames = {name: _metric_frame(values, outcome, selected) for name, values in attributes.items()}
    groups = [
        Group(name, label, values == label) for name, values in attributes.items() for label in sorted(set(values))
    ]
    estimates = [
        {**_estimates(frames[group.attribute], group.name), "calibration_gap": float(excess[group.rows].mean())}
        for group in groups
    ]
    large = [index for index, group in enumerate(groups) if _is_large(group, outcome)]
    bounds = dict(
        zip(
            large,
            _simultaneous_bounds(
                [estimates[index] for index in large],
                _replicates([groups[index] for index in large], outcome, selected, excess, resamples),
            ),
            strict=True,
        )
    )
    return [
        {
            "attribute": group.attribute,
            "group_name": group.name,
            "customers": int(group.rows.sum()),
            "positives": int(outcome[group.rows].sum()),
            **{name: (value if np.isfinite(value) else None) for name, value in estimate.items()},
            **_verdict(estimate, bounds.get(index)),
        }
        for index, (group, estimate) in enumerate(zip(groups, estimates, strict=True))
    ]


def attributes_of(customers: pa.Table) -> dict[str, Labels]:
    """The audited attributes and their crossing, by name; an unknown value is ``Undisclosed``."""
    plain = {
        name: pc.fill_null(customers[name].cast(pa.string()), UNKNOWN).to_numpy().astype(object)
        for name in ("gender", "age_band", "location")
    }
    return {**plain, "gender_x_age_band": plain["gender"] + " " + plain["age_band"]}


def _metric_frame(values: Labels, outcome: Flags, selected: Flags) -> MetricFrame:
    # One weighted row per (group, outcome, selected): the same figures, and MetricFrame is slow per row.
    rows = pd.DataFrame({"group": values, "outcome": outcome, "selected": selected})
    cells = rows.value_counts().reset_index(name="customers")
    weights = {"sample_weight": cells["customers"].to_numpy()}
    return MetricFrame(
        metrics={"selection_rate": selection_rate, "tpr": true_positive_rate, "fpr": false_positive_rate},
        y_true=cells["outcome"].to_numpy().astype(np.int8),
        y_pred=cells["selected"].to_numpy().astype(np.int8),
        sensitive_features=cells["group"].to_numpy(),
        sample_params=dict.fromkeys(FIGURES, weights),
    )


def _estimates(frame: MetricFrame, name: str) -> dict[str, float]:
    group = frame.by_group.loc[name]
    overall = frame.overall
    return {
        "selection_rate": float(group["selection_rate"]),
        "selection_rate_ratio": _fold(float(group["selection_rate"]), float(overall["selection_rate"])),
        "tpr": float(group["tpr"]),
        "fpr": float(group["fpr"]),
        "tpr_gap": abs(float(group["tpr"]) - float(overall["tpr"])),
        "fpr_gap": abs(float(group["fpr"]) - float(overall["fpr"])),
    }


def _fold(rate: float, overall: float) -> float:
    """The ratio of two rates, turned so that it is at most 1: being selected too often counts like too seldom."""
    if rate <= 0 or overall <= 0:
        return 0.0 if overall > 0 else 1.0
    return min(rate / overall, overall / rate)


def _is_large(group: Group, outcome: Flags) -> bool:
    size, leavers = int(group.rows.sum()), int(outcome[group.rows].sum())
    return size >= MIN_CUSTOMERS and min(leavers, size - leavers) >= MIN_PER_CLASS


def _replicates(groups: list[Group], outcome: Flags, selected: Flags, excess: F64, resamples: Resamples) -> F64:
    """Log selection ratio, differences of TPR and FPR, and calibration gap: shape (4, groups, replicates)."""
    everyone = np.ones((1, len(outcome)), dtype=np.float32)
    cells = np.vstack([*(group.rows[None, :].astype(np.float32) for group in groups), everyone])
    counts = np.ascontiguousarray(resamples.counts.T.astype(np.float32))

    def total(rows: Flags | F64) -> F64:
        return np.asarray((cells * rows.astype(np.float32)) @ counts, dtype=np.float64)

    customers, leavers = total(np.ones_like(outcome)), total(outcome)
    chosen, hits = total(selected), total(outcome & selected)
    rate = (chosen + 0.5) / (
        customers + 1
    )  # half a customer keeps the logarithm of a group that is never selected finite
    tpr = hits / np.maximum(leavers, 1)
    fpr = (chosen - hits) / np.maximum(customers - leavers, 1)
    calibration = total(excess) / np.maximum(customers, 1)
    return np.array([np.log(rate[:-1] / rate[-1]), tpr[:-1] - tpr[-1], fpr[:-1] - fpr[-1], calibration[:-1]])


def _simultaneous_bounds(estimates: list[dict[str, float]], replicates: F64) -> list[Bounds]:
    """Limits of every group's folded ratio and larger gap that hold for all groups together."""
    if not estimates:
        return []
    centre = replicates.mean(axis=2, keepdims=True)
    spread = np.maximum(replicates.std(axis=2, ddof=1, keepdims=True), 1e-9)
    largest = np.abs((replicates - centre) / spread).max(axis=(0, 1))
    reach = float(np.quantile(largest, QUANTILE)) * spread[:, :, 0]
    found = []
    for index, estimate in enumerate(estimates):
        distance = -np.log(max(estimate["selection_rate_ratio"], 1e-9))  # the folded ratio is exp(-|log ratio|)
        gaps = np.array([estimate["tpr_gap"], estimate["fpr_gap"]])
        found.append(
            Bounds(
                ratio_lower=float(np.exp(-(distance + reach[0, index]))),
                ratio_upper=float(np.exp(-max(distance - reach[0, index], 0.0))),
                gap_lower=float(max((gaps - reach[1:3, index]).max(), 0.0)),
                gap_upper=float((gaps + reach[1:3, index]).max()),
                calibration_lower=estimate["calibration_gap"] - float(reach[3, index]),
                calibration_upper=estimate["calibration_gap"] + float(reach[3, index]),
            )
        )
    return found


def _verdict(estimate: Mapping[str, float], bounds: Bounds | None) -> dict[str, Any]:
    limits = ("ratio_lower", "ratio_upper", "gap_upper", "calibration_lower", "calibration_upper")
    if bounds is None:
        return {**dict.fromkeys(limits), "state": "insufficient"}
    gap = max(estimate["tpr_gap"], estimate["fpr_gap"])
    calibration = abs(estimate["calibration_gap"])
    proven = max(bounds.calibration_lower, -bounds.calibration_upper)
    if bounds.ratio_upper < MIN_RATIO or bounds.gap_lower > MAX_GAP or proven > MAX_CALIBRATION_GAP:
        state = "failed"
    elif estimate["selection_rate_ratio"] >= MIN_RATIO and gap <= MAX_GAP and calibration <= MAX_CALIBRATION_GAP:
        state = "passed"
    else:
        state = "insufficient"
    return {**{name: getattr(bounds, name) for name in limits}, "state": state}
