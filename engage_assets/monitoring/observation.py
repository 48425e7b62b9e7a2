"""Reads a week's scores, outcomes and features, and keeps what the pure functions say of them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engage_assets.monitoring import drift
from engage_assets.monitoring.performance import Figure, Scores, enough
from engage_assets.records.monitoring_log import has_performance, read_performance, write_performance
from engage_assets.records.pointer import published_run
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.resources.warehouse import Warehouse

REFERENCE_WEEKS = 4
SAMPLED = 2_000
"""Active customers whose features are compared: enough to see any shift that matters, quick for any size."""
SCORE_COLUMNS = ("churn_probability", "predicted_engagement", "predicted_revenue_30d_usd", "anomaly_score")
SCORED = ("customer_id", "is_active_30d", "churn_probability", "model_version")


def promise(lake: Lake, week: date, run_id: str, *, measured_in: date) -> dict[str, Sequence[Figure]]:
    """What a run's scores promise by population, kept with the run. Empty where there are too few customers."""
    if not has_performance(lake, week, run_id, "estimated"):
        scored = lake.read_table(week_folder("predictions", week, run_id), columns=list(SCORED))
        probability = scored["churn_probability"].to_numpy()
        found = {}
        for population, chosen in _populations(scored).items():
            if enough(probability[chosen]):
                found[population, int(chosen.sum())] = Scores(probability[chosen]).estimated()
        version = str(scored["model_version"][0].as_py())
        write_performance(lake, week, run_id, "estimated", found, version=version, measured_in=measured_in)
    return _kept(lake, week, run_id, "estimated")


def matured_weeks(lake: Lake, week: date, *, outcome_weeks: int) -> list[tuple[date, str]]:
    """The published weeks, with their runs, whose outcomes are known at the end of `week`, oldest first.

    outcome_weeks: how many weeks later the extract arrives in which the label window ends.
    """
    newest = week - timedelta(weeks=outcome_weeks)
    found = [(each, published_run(lake, each)) for each in lake.weeks("published") if each <= newest]
    return [(each, run_id) for each, run_id in found if run_id is not None]


def realise(
    lake: Lake, warehouse: Warehouse, week: date, run_id: str, *, measured_in: date
) -> tuple[Sequence[Figure], Sequence[Figure]]:
    """Promised and realised figures of active customers of a matured week, kept with its run; worked out once.

    Empty where there are too few customers or leavers.
    """
    promised = promise(lake, week, run_id, measured_in=measured_in)
    if not has_performance(lake, week, run_id, "realised"):
        outcomes = warehouse.query(
            "select customer_id, churned_30d from features.customer_outcomes where week = ?", [week]
        )
        scored = lake.read_table(week_folder("predictions", week, run_id), columns=list(SCORED))
        places = pc.index_in(scored["customer_id"], value_set=outcomes["customer_id"].combine_chunks())
        known = pc.is_valid(places)
        scored = scored.filter(known)
        churned = outcomes["churned_30d"].take(places.drop_null()).to_numpy().astype(np.bool_)
        probability = scored["churn_probability"].to_numpy()
        found = {}
        for population, chosen in _populations(scored).items():
            if enough(probability[chosen], churned[chosen]):
                found[population, int(chosen.sum())] = Scores(probability[chosen]).realised(churned[chosen])
        if not len(churned):
            return [], []
        version = str(scored["model_version"][0].as_py())
        write_performance(lake, week, run_id, "realised", found, version=version, measured_in=measured_in)
    realised = _kept(lake, week, run_id, "realised")
    if "active" not in promised or "active" not in realised:
        return [], []
    return promised["active"], realised["active"]


def drift_of_week(
    lake: Lake, warehouse: Warehouse, week: date, run_id: str, features: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], Sequence[drift.Drift]]:
    """The tests of a run by (feature | score | reason, what it is compared with)."""
    tests: dict[tuple[str, str], Sequence[drift.Drift]] = {}
    # The age of an account moves every week by the week that has passed.
    features = [feature for feature in features if feature["theme"] != "tenure"]
    rows = sampled_features(warehouse, week, [feature["name"] for feature in features])
    now = rows.filter(pc.equal(rows["week"], pa.scalar(week, pa.date32())))
    before = rows.filter(pc.less(rows["week"], pa.scalar(week, pa.date32())))
    if before.num_rows:
        first = pc.min(before["week"]).as_py()
        tests["feature", f"weeks from {first}"] = drift.feature_drift(now, before, features)
    previous = [each for each in lake.weeks("published") if each < week]
    earlier = published_run(lake, previous[-1]) if previous else None
    if earlier is not None:
        scored, known = _active_scores(lake, week, run_id), _active_scores(lake, previous[-1], earlier)
        same_model = scored["model_version"][0] == known["model_version"][0]
        reference = f"week {previous[-1]}" + ("" if same_model else ", another model")
        tests["score", reference] = drift.score_drift(scored, known, SCORE_COLUMNS)
        tests["reason", reference] = drift.attribution_drift(scored, known)
    return tests


def sampled_features(warehouse: Warehouse, week: date, names: Sequence[str]) -> pa.Table:
    """Features of the active customers with the first ids, in the week and in up to four weeks before.

    Ids are random, so the first ones are a sample. Of customers who have left, nothing changes but the time since.
    """
    [(last,)] = [
        tuple(row.values())
        for row in warehouse.query(
            "select max(customer_id) as last_id from (select customer_id from features.customer_features "
            f"where week = ? and is_active_30d order by customer_id limit {SAMPLED}) as first_ids",
            [week],
        ).to_pylist()
    ]
    listed = ", ".join(f'"{name}"' for name in names)
    first = week - timedelta(weeks=REFERENCE_WEEKS)
    # In order: the last digits of a mean depend on it, and the same week again must give the same table.
    return warehouse.query(
        f"select week, {listed} from features.customer_features "
        "where week between ? and ? and is_active_30d and customer_id <= ? order by week, customer_id",
        [first, week, last],
    )


def _active_scores(lake: Lake, week: date, run_id: str) -> pa.Table:
    columns = ["is_active_30d", "model_version", "reason_1_theme", "reason_1_direction", *SCORE_COLUMNS]
    scored = lake.read_table(week_folder("predictions", week, run_id), columns=columns)
    return scored.filter(scored["is_active_30d"])


def _populations(scored: pa.Table) -> dict[str, Any]:
    active = pc.fill_null(scored["is_active_30d"], False).to_numpy().astype(np.bool_)
    return {"active": active, "all": np.ones(len(active), dtype=np.bool_)}


def _kept(lake: Lake, week: date, run_id: str, kind: str) -> dict[str, Sequence[Figure]]:
    found: dict[str, list[Figure]] = {}
    for row in read_performance(lake, week, run_id):
        if row["kind"] == kind:
            figure = Figure(row["metric"], row["value"], row["lower"], row["upper"])
            found.setdefault(row["population"], []).append(figure)
    return dict(found)
