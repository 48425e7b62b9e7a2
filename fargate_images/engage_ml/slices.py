"""Is the churn probability right within each kind of customer, not only on average: reliability by slice."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engage_ml.arrays import F64, Flags
from engage_ml.bootstrap import wilson
from engage_ml.metrics import expected_calibration_error
from engage_ml.segments import Segments
from engage_ml.training_data import GROUP_COLUMNS, SLICE_COLUMN, TrainingData
from engage_ml.validation import Validation

BINS = 10
MIN_CUSTOMERS = 100
"""Slices with fewer customers have no expected calibration error: two bins of fifty are mostly noise."""
UNKNOWN = "Undisclosed"


def slice_rows(data: TrainingData, seen: Validation, segments: Segments) -> list[dict[str, Any]]:
    """One row per slice: mean prediction, observed rate with its Wilson interval, and the calibration error within.

    All validation customers are sliced by recent activity; the active ones by segment, lifecycle stage and the audited
    attributes.
    """
    rows = [
        _row("population", name, flags, seen)
        for name, flags in (("active", seen.active), ("inactive", ~seen.active), ("all", np.ones_like(seen.active)))
    ]
    for attribute, name, flags in _slices(data, segments):
        rows.append(_row(attribute, name, flags & seen.active, seen))
    return [row for row in rows if row["customers"]]


def _slices(data: TrainingData, segments: Segments) -> Iterator[tuple[str, str, Flags]]:
    assigned = segments.assign(data.validation.x)
    for number, name in enumerate(segments.names):
        yield "segment", name, np.asarray(assigned == number)
    for attribute in (SLICE_COLUMN, *GROUP_COLUMNS):
        if attribute in data.customers.column_names:
            values = pc.fill_null(data.customers[attribute].cast(pa.string()), UNKNOWN).to_numpy().astype(object)
            for name in sorted(set(values)):
                yield attribute, str(name), np.asarray(values == name)


def _row(attribute: str, name: str, rows: Flags, seen: Validation) -> dict[str, Any]:
    probability: F64 = seen.probability[rows]
    churned = seen.churned[rows]
    n, leavers = len(churned), int(churned.sum())
    lower, upper = wilson(leavers, n)
    return {
        "attribute": attribute,
        "slice_name": name,
        "customers": n,
        "leavers": leavers,
        "predicted": float(probability.mean()) if n else None,
        "observed": leavers / n if n else None,
        "observed_lower": lower,
        "observed_upper": upper,
        "calibration_error": (
            expected_calibration_error(probability, churned, bins=BINS) if n >= MIN_CUSTOMERS else None
        ),
    }
