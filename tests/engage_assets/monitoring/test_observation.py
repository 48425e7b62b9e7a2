"""A lake with published weeks: promises are kept when made, and held against what happened once it is known."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from engage_assets.monitoring.observation import drift_of_week, matured_weeks, promise, realise
from engage_assets.records.candidate import Candidate
from engage_assets.records.pointer import move_pointer
from engage_assets.resources.lake import LocalLake, week_folder
from engage_assets.resources.warehouse import DuckDBWarehouse

NOW = date(2026, 11, 9)
THEN = NOW - timedelta(weeks=5)
CUSTOMERS = 3_000
FEATURES = [
    {"name": "opens", "type": "numeric", "theme": "activity_level"},
    {"name": "tenure_days", "type": "numeric", "theme": "tenure"},
]


def scored(seed: int, customers: int = CUSTOMERS) -> pa.Table:
    draw = np.random.default_rng(seed)
    probability = draw.beta(1, 6, customers)
    return pa.table(
        {
            "customer_id": [f"c{number:05d}" for number in range(customers)],
            "is_active_30d": draw.random(customers) < 0.8,
            "churn_probability": probability,
            "predicted_engagement": 1 - probability,
            "predicted_revenue_30d_usd": draw.gamma(1, 9, customers),
            "anomaly_score": draw.random(customers),
            "model_version": ["m1"] * customers,
            "reason_1_theme": ["social"] * customers,
            "reason_1_direction": ["raises"] * customers,
        }
    )


class Platform:
    """A lake and a warehouse in a folder."""

    def __init__(self, root: Path) -> None:
        self.lake = LocalLake(root=str(root / "lake"))
        self.file = root / "warehouse.duckdb"
        self.warehouse = DuckDBWarehouse(path=str(self.file), lake_uri=self.lake.uri, target_path=str(root / "dbt"))
        with duckdb.connect(str(self.file)) as connection:
            connection.execute("create schema features")
            connection.execute(
                "create table features.customer_outcomes (week date, customer_id varchar, churned_30d boolean)"
            )

    def publish(self, week: date, run_id: str, rows: pa.Table) -> None:
        self.lake.write_table(week_folder("predictions", week, run_id), rows)
        move_pointer(self.lake, week, Candidate(week.isoformat(), run_id, "m1"))

    def observe(self, week: date, rows: pa.Table, churned: np.ndarray) -> None:
        outcomes = pa.table(
            {"week": [week] * len(churned), "customer_id": rows["customer_id"], "churned_30d": pa.array(churned)}
        )
        with duckdb.connect(str(self.file)) as connection:
            connection.register("outcomes", outcomes)
            connection.execute("insert into features.customer_outcomes select * from outcomes")


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path)


def test_a_week_matures_when_the_extract_has_arrived_in_which_its_window_ends(platform: Platform) -> None:
    for back in (4, 5, 9):
        platform.publish(NOW - timedelta(weeks=back), f"r{back}", scored(back, 300))
    assert matured_weeks(platform.lake, NOW, outcome_weeks=5) == [(NOW - timedelta(weeks=9), "r9"), (THEN, "r5")]
    assert matured_weeks(platform.lake, NOW, outcome_weeks=10) == []


def test_the_realised_figures_are_of_what_happened_and_worked_out_once(platform: Platform) -> None:
    rows = scored(1)
    platform.publish(THEN, "p1", rows)
    churned = np.random.default_rng(2).random(CUSTOMERS) < rows["churn_probability"].to_numpy()
    platform.observe(THEN, rows, churned)
    promised, realised = realise(platform.lake, platform.warehouse, THEN, "p1", measured_in=NOW)
    active = rows["is_active_30d"].to_numpy(zero_copy_only=False)
    rates = {figure.metric: figure for figure in realised}
    assert rates["churn_rate"].value == pytest.approx(churned[active].mean())
    assert {figure.metric for figure in promised} == set(rates)
    platform.observe(THEN, rows, ~churned)  # later changes of the table change nothing
    assert realise(platform.lake, platform.warehouse, THEN, "p1", measured_in=NOW) == (promised, realised)


def test_an_outcome_that_is_not_there_leaves_the_promise_open(platform: Platform) -> None:
    platform.publish(THEN, "p1", scored(3))
    assert realise(platform.lake, platform.warehouse, THEN, "p1", measured_in=NOW) == ([], [])
    assert "active" in promise(platform.lake, THEN, "p1", measured_in=THEN)


def test_too_few_customers_promise_nothing(platform: Platform) -> None:
    platform.publish(THEN, "p1", scored(4, 100))
    assert promise(platform.lake, THEN, "p1", measured_in=THEN) == {}


def test_drift_looks_at_active_customers_and_not_at_the_age_of_accounts(platform: Platform) -> None:
    draw = np.random.default_rng(5)
    with duckdb.connect(str(platform.file)) as connection:
        connection.execute(
            "create table features.customer_features"
            " (week date, customer_id varchar, is_active_30d boolean, opens double, tenure_days bigint)"
        )
        for back in range(5):
            active = np.arange(CUSTOMERS) % 2 == 0
            # Only those who have left differ, and everybody's account grows older.
            opens = np.where(active, draw.lognormal(size=CUSTOMERS), 10.0 * back)
            table = pa.table(
                {
                    "week": [NOW - timedelta(weeks=back)] * CUSTOMERS,
                    "customer_id": [f"c{number:05d}" for number in range(CUSTOMERS)],
                    "is_active_30d": active,
                    "opens": opens,
                    "tenure_days": [10 - back] * CUSTOMERS,
                }
            )
            connection.register("week_rows", table)
            connection.execute("insert into features.customer_features select * from week_rows")
    platform.publish(NOW - timedelta(weeks=1), "p1", scored(6))
    platform.lake.write_table(week_folder("predictions", NOW, "r1"), scored(7))
    tests = drift_of_week(platform.lake, platform.warehouse, NOW, "r1", FEATURES)
    assert {kind for kind, _ in tests} == {"feature", "score", "reason"}
    assert {reference for kind, reference in tests if kind != "feature"} == {f"week {NOW - timedelta(weeks=1)}"}
    [features] = [found for (kind, _), found in tests.items() if kind == "feature"]
    assert [(test.name, test.state) for test in features] == [("opens", "steady")]
    assert features[0].customers == CUSTOMERS // 2
    assert features[0].reference_customers == 4 * CUSTOMERS // 2
