"""What monitoring keeps of a run, as files of the lake that dbt's monitoring models read.

``performance`` holds what a run's scores promised and, once its outcomes are known, what they turned out to be;
``drift`` the tests of a run; ``scorecard`` its comparison with the sealed truth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import pyarrow as pa

from engage_assets.monitoring.drift import Drift
from engage_assets.monitoring.performance import Figure, Kind
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.synthetic.scorecard import Measured

_KEYS = [("week", pa.date32()), ("run_id", pa.string())]
PERFORMANCE_SCHEMA = pa.schema(
    [
        *_KEYS,
        ("model_version", pa.string()),
        ("kind", pa.string()),
        ("population", pa.string()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("lower", pa.float64()),
        ("upper", pa.float64()),
        ("customers", pa.int64()),
        ("measured_in_week", pa.date32()),
    ]
)
DRIFT_SCHEMA = pa.schema(
    [
        *_KEYS,
        ("kind", pa.string()),
        ("name", pa.string()),
        ("reference", pa.string()),
        ("psi", pa.float64()),
        ("limit_value", pa.float64()),
        ("state", pa.string()),
        ("mean", pa.float64()),
        ("reference_mean", pa.float64()),
        ("customers", pa.int64()),
        ("reference_customers", pa.int64()),
    ]
)
SCORECARD_SCHEMA = pa.schema(
    [
        *_KEYS,
        ("metric", pa.string()),
        ("decile", pa.int64()),
        ("value", pa.float64()),
        ("lower", pa.float64()),
        ("upper", pa.float64()),
        ("customers", pa.int64()),
        ("measured_on_week", pa.date32()),
    ]
)


def write_performance(
    lake: Lake,
    week: date,
    run_id: str,
    kind: Kind,
    figures: Mapping[tuple[str, int], Sequence[Figure]],
    *,
    version: str,
    measured_in: date,
) -> None:
    """Keeps the figures of a run by (population, customers)."""
    rows = [
        {
            "week": week,
            "run_id": run_id,
            "model_version": version,
            "kind": kind,
            "population": population,
            "customers": customers,
            "measured_in_week": measured_in,
            **asdict(figure),
        }
        for (population, customers), found in figures.items()
        for figure in found
    ]
    table = pa.Table.from_pylist(rows, schema=PERFORMANCE_SCHEMA)
    lake.write_table(week_folder("performance", week, run_id), table, name=f"{kind}.parquet")


def has_performance(lake: Lake, week: date, run_id: str, kind: Kind) -> bool:
    """Whether the figures of a run are kept."""
    return f"{kind}.parquet" in lake.names(week_folder("performance", week, run_id))


def read_performance(lake: Lake, week: date, run_id: str) -> list[dict[str, Any]]:
    """The kept figures of a run."""
    rows: list[dict[str, Any]] = lake.read_table(week_folder("performance", week, run_id)).to_pylist()
    return rows


def write_drift(lake: Lake, week: date, run_id: str, tests: Mapping[tuple[str, str], Sequence[Drift]]) -> None:
    """Keeps the tests of a run by (kind, what they were compared with)."""
    rows = []
    for (kind, reference), found in tests.items():
        for test in found:
            row = asdict(test) | {"week": week, "run_id": run_id, "kind": kind, "reference": reference}
            row["limit_value"] = row.pop("limit")
            rows.append({name: None if value != value else value for name, value in row.items()})
    lake.write_table(week_folder("drift", week, run_id), pa.Table.from_pylist(rows, schema=DRIFT_SCHEMA))


def write_scorecard(lake: Lake, week: date, run_id: str, figures: Sequence[tuple[date, Measured]]) -> None:
    """Keeps the comparison with the sealed truth, each figure with the week whose customers it was measured on."""
    rows = []
    for measured_on, figure in figures:
        row = asdict(figure) | {"week": week, "run_id": run_id, "measured_on_week": measured_on}
        row["decile"] = row.pop("bin") or 0
        rows.append(row)
    lake.write_table(week_folder("scorecard", week, run_id), pa.Table.from_pylist(rows, schema=SCORECARD_SCHEMA))
