"""Fairness of the churn model among active customers: who is selected, and how often the selection is right.

Selected are the tenth of active customers with the highest probability: those whom a retention budget reaches. A
group is compared with the customers of all groups together, by fairlearn's ``MetricFrame``.

About sixty groups with three figures each are judged at once, so intervals are simultaneous: they hold for all of
them together at 95 %, from the largest studentised deviation in each bootstrap replicate (max-T, Westfall and Young
1993). A group fails when its interval lies beyond the limit; a point estimate beyond it whose interval does not is
``insufficient``, as are small groups.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
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
MIN_CUSTOMERS = 200
MIN_PER_CLASS = 20
"""Below this many leavers or stayers in a group, its rates are not judged."""
UNKNOWN = "Undisclosed"
QUANTILE = 0.95
FIGURES = ("selection_rate", "tpr", "fpr")


@dataclass(frozen=True)
class Group:
    """One group of one attribute and the rows that belong to it."""

    attribute: str
    name: str
    rows: Flags


def top_share(probability: F64, share: float = SELECTED_SHARE) -> Flags:
    """The rows with the highest probabilities; ties at the limit are all selected."""
    if not len(probability):
        return np.zeros(0, dtype=np.bool_)
    return np.asarray(probability >= np.quantile(probability, 1 - share, method="higher"))


def audit(customers: pa.Table, outcome: Flags, selected: Flags, resamples: Resamples) -> list[dict[str, Any]]:
    """One row per group, with the columns of the fairness table (without week, run and version).

    Parameters
    ----------
    customers : age_band, gender, location of the active validation rows
    outcome, selected : churned, and selected, shape (rows,)
    resamples : over the same rows
    """
    attributes = _attributes(customers)
    point = {name: _metric_frame(values, outcome, selected) for name, values in attributes.items()}
    groups = [
        Group(name, str(label), np.asarray(values == label))
        for name, values in attributes.items()
        for label in sorted(values.unique())
    ]
    replicates = _replicates(groups, outcome, selected, resamples)
    judged = np.array([_is_large(group, outcome) for group in groups])
    estimates = [_estimates(point[group.attribute], group.name) for group in groups]
    ratio = np.array([estimate["selection_rate_ratio"] for estimate in estimates])
    gaps = np.array([[estimate["tpr_gap"], estimate["fpr_gap"]] for estimate in estimates])
    bounds = _simultaneous_bounds(ratio, gaps, replicates, judged)
    rows = []
    for index, (group, estimate) in enumerate(zip(groups, estimates, strict=True)):
        lower, upper, gap_lower, gap_upper = (float(bound[index]) for bound in bounds)
        known = bool(judged[index]) and np.isfinite([lower, upper, gap_lower, gap_upper]).all()
        rows.append(
            {
                "attribute": group.attribute,
                "group_name": group.name,
                "customers": int(group.rows.sum()),
                "positives": int(outcome[group.rows].sum()),
                **{name: (value if np.isfinite(value) else None) for name, value in estimate.items()},
                "ratio_lower": lower if known else None,
                "ratio_upper": upper if known else None,
                "gap_upper": gap_upper if known else None,
                "state": _state(estimate, upper, gap_lower) if known else "insufficient",
            }
        )
    return rows


def _attributes(customers: pa.Table) -> dict[str, "pd.Series[str]"]:
    plain = {
        name: pc.fill_null(customers[name].cast(pa.string()), UNKNOWN).to_pandas()
        for name in ("gender", "age_band", "location")
    }
    return {**plain, "gender_x_age_band": plain["gender"] + " " + plain["age_band"]}


def _metric_frame(values: "pd.Series[str]", outcome: Flags, selected: Flags) -> MetricFrame:
    # One weighted row per (group, outcome, selected): the same figures, and MetricFrame is slow per row.
    rows = pd.DataFrame({"group": values.to_numpy(), "outcome": outcome, "selected": selected})
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


def _replicates(groups: list[Group], outcome: Flags, selected: Flags, resamples: Resamples) -> F64:
    """Log selection ratio, TPR difference and FPR difference of each group and replicate: (3, groups, replicates)."""
    members = np.array([group.rows for group in groups], dtype=np.float64)
    everyone = np.ones((1, members.shape[1]))
    cells = np.vstack([members, everyone])
    parts = {
        "rows": cells,
        "selected": cells * selected,
        "leavers": cells * outcome,
        "hits": cells * (outcome & selected),
    }
    counts = resamples.counts.astype(np.float32)
    sums = {name: (part.astype(np.float32) @ counts.T).astype(np.float64) for name, part in parts.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = sums["selected"] / sums["rows"]
        tpr = sums["hits"] / sums["leavers"]
        fpr = (sums["selected"] - sums["hits"]) / (sums["rows"] - sums["leavers"])
        return np.array([np.log(rate[:-1] / rate[-1]), tpr[:-1] - tpr[-1], fpr[:-1] - fpr[-1]])


def _simultaneous_bounds(ratio: F64, gaps: F64, replicates: F64, judged: Flags) -> tuple[F64, F64, F64, F64]:
    """Lower and upper limits of the folded ratio, and of the larger gap, for each group."""
    finite = np.where(np.isfinite(replicates), replicates, np.nan)
    with np.errstate(all="ignore"):
        centre = np.nanmean(finite, axis=2) if finite.size else np.zeros(finite.shape[:2])
        spread = np.maximum(np.nanstd(finite, axis=2, ddof=1), 1e-9)
        deviation = np.abs(finite - centre[:, :, None]) / spread[:, :, None]
    deviation = deviation[:, judged]
    if not deviation.size:
        nothing = np.full(len(ratio), np.nan)
        return nothing, nothing, nothing, nothing
    critical = float(np.nanquantile(np.nanmax(np.nan_to_num(deviation), axis=(0, 1)), QUANTILE))
    reach = critical * spread
    with np.errstate(divide="ignore"):
        size = -np.log(np.maximum(ratio, 1e-9))  # the folded ratio is exp(-|log ratio|)
    lower = np.exp(-(size + reach[0]))
    upper = np.exp(-np.maximum(size - reach[0], 0.0))
    gap_lower = np.maximum(gaps[:, 0] - reach[1], gaps[:, 1] - reach[2])
    gap_upper = np.maximum(gaps[:, 0] + reach[1], gaps[:, 1] + reach[2])
    return lower, upper, np.maximum(gap_lower, 0.0), gap_upper


def _state(estimate: Mapping[str, float], ratio_upper: float, gap_lower: float) -> str:
    if ratio_upper < MIN_RATIO or gap_lower > MAX_GAP:
        return "failed"
    gap = max(estimate["tpr_gap"], estimate["fpr_gap"])
    return "passed" if estimate["selection_rate_ratio"] >= MIN_RATIO and gap <= MAX_GAP else "insufficient"
