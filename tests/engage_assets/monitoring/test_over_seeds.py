"""The figures that the platform promises, over five populations, with intervals; and a drift in the week it starts.

Minutes: `pytest -m slow tests/engage_assets/monitoring/test_over_seeds.py -s` prints the table.
"""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t

from engage_assets.dbt import feature_list
from engage_assets.monitoring.observation import drift_of_week
from engage_assets.monitoring.truth import measure_against_truth
from engage_assets.resources.lake import week_folder
from tests.engage_assets.bench import RUN, WEEK, Bench

pytestmark = [pytest.mark.slow, pytest.mark.integration]

SEEDS = (11, 12, 13, 14, 15)
CUSTOMERS = 20_000
LIMITS = {
    "skill_of_observable_history": (0.97, 1.01),
    "calibration_error": (0.0, 0.01),
    "reasons_name_the_driver": (0.8, 1.0),
}
"""What the mean over the seeds must lie between."""


@pytest.fixture(scope="module")
def target(dbt_home: Path, definitions: object) -> Path:
    """The parsed project."""
    return dbt_home / "dbt"


def test_skill_calibration_and_reasons_over_five_populations(
    target: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found: dict[str, list[float]] = {}
    for seed in SEEDS:
        bench = Bench.begin(tmp_path / f"home-{seed}", target, seed=seed, customers=CUSTOMERS)
        bench.build()
        bench.score(bench.train())
        for _, figure in measure_against_truth(bench.lake, bench.registry, WEEK, RUN):
            if figure.bin is None:
                found.setdefault(figure.metric, []).append(figure.value)
    with capsys.disabled():
        print(f"\n{len(SEEDS)} populations of {CUSTOMERS:,}: mean (95 % t-interval)")
        for metric, values in found.items():
            reach = t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
            mean = np.mean(values)
            print(f"  {metric:<36}{mean:.4f} ({mean - reach:.4f} to {mean + reach:.4f})")
    for metric, (low, high) in LIMITS.items():
        assert len(found[metric]) == len(SEEDS)
        assert low <= np.mean(found[metric]) <= high, metric


def test_a_planted_drift_raises_the_alarm_in_the_week_it_starts(target: Path, tmp_path: Path) -> None:
    bench = Bench.begin(tmp_path / "home", target, seed=21, defects=(f"drift:from={WEEK}",))
    bench.build()
    features = feature_list(bench.settings.dbt_target)
    ids = bench.warehouse.query("select customer_id from features.customer_features where week = ?", [WEEK])
    moved = {}
    for week in (WEEK - timedelta(weeks=1), WEEK):
        bench.lake.write_table(week_folder("predictions", week, RUN), ids)
        tests = drift_of_week(bench.lake, bench.warehouse, week, RUN, features)
        moved[week] = {test.name for found in tests.values() for test in found if test.state == "drifted"}
    assert moved[WEEK - timedelta(weeks=1)] == set()
    assert {"feed_time_minutes_day", "engagement_score_week", "likes_given_day"} <= moved[WEEK]
    assert "profile_completion_pct" not in moved[WEEK]
