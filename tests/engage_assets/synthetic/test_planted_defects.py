"""Each planted defect does what it says, and nothing else."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from engage_assets.contracts import load_contract, validate_extract
from engage_assets.synthetic import Defect, Platform, write_weeks
from engage_assets.synthetic.scorecard import area_under_curve
from tests.engage_assets.synthetic.worlds import LAST, SMALL, Written


def planted(text: str, lake: Path, *, weeks: int = 1) -> Written:
    chosen = tuple(LAST - timedelta(weeks=back) for back in reversed(range(weeks)))
    write_weeks(Platform(SMALL.customers, defects=(Defect.parse(text),)), chosen, lake)
    return Written(lake, chosen)


def test_drift_lowers_what_is_recorded_from_its_week_on(written: Written, tmp_path: Path) -> None:
    drifted = planted(f"drift:from={LAST},shift=1.2", tmp_path, weeks=2)
    before, after = drifted.weeks
    assert drifted.read("activity", before).equals(written.read("activity", before))
    recorded = drifted.read("activity", after)["app_opens_day"].to_numpy().mean()
    assert recorded < 0.7 * written.read("activity", after)["app_opens_day"].to_numpy().mean()
    assert drifted.read("truth", after).equals(written.read("truth", after))  # the customers are the same


def test_a_leak_tells_the_future(written: Written, tmp_path: Path) -> None:
    first = written.weeks[0]
    write_weeks(Platform(SMALL.customers, defects=(Defect("leak"),)), [first], tmp_path)
    leaky = pq.read_table(tmp_path / "raw" / "customers" / f"week={first}")
    later = pd.concat([written.read("activity", week).to_pandas() for week in written.weeks[1:]])
    seen = later.loc[later["first_active_at"] <= pd.Timestamp(first + timedelta(days=37)), "customer_id"]
    churned = ~np.isin(leaky["customer_id"].to_numpy(zero_copy_only=False).astype(str), seen.to_numpy(dtype=str))
    clean = written.read("customers", first)["profile_quality_score"].to_numpy()
    assert area_under_curve(churned, -leaky["profile_quality_score"].to_numpy()) > 0.97
    assert area_under_curve(churned, -clean) < 0.6


def test_a_biased_group_is_less_satisfied_and_leaves_more(written: Written, tmp_path: Path) -> None:
    def means(source: Written) -> pd.DataFrame:
        tables = [source.read(table, LAST).to_pandas() for table in ("customers", "activity", "truth")]
        rows = tables[0].merge(tables[1], on="customer_id").merge(tables[2], on="customer_id")
        active = rows[(rows["active_days"] > 0) & (rows["platform_primary"] != "Social_Media")]
        columns = ["match_satisfaction_score", "churn_probability_30d"]
        return active.groupby(active["gender"] == "Female")[columns].mean()

    biased, clean = means(planted("biased_group", tmp_path)), means(written)
    assert biased.loc[True, "match_satisfaction_score"] < clean.loc[True, "match_satisfaction_score"] - 0.5
    assert biased.loc[True, "churn_probability_30d"] > 1.5 * biased.loc[False, "churn_probability_30d"]
    assert abs(biased.loc[False] - clean.loc[False]).max() < 0.02


def test_dirty_rows_are_what_the_contract_refuses(tmp_path: Path) -> None:
    dirty = planted("dirty_rows:share=0.1", tmp_path)
    contract = load_contract()
    known = None
    for name, table in contract.tables.items():
        validation = validate_extract(table, dirty.read(name, LAST), week=LAST, known_customers=known)
        refused = validation.quarantined.num_rows / validation.rows_in
        assert 0.05 < refused < 0.25, name
        if name == "customers":
            known = validation.kept["customer_id"]
            assert abs(refused - 0.1) < 0.03
            rules = set(validation.quarantined["rule"].to_pylist())
            assert len(rules) >= 5, rules
        if name == "activity":
            assert "unknown_customer" in " ".join(validation.quarantined["rule"].to_pylist())


def test_dirty_rows_leave_the_weeks_before_them_alone(written: Written, tmp_path: Path) -> None:
    dirty = planted(f"dirty_rows:from={LAST}", tmp_path, weeks=2)
    before, after = dirty.weeks
    assert dirty.read("billing", before).equals(written.read("billing", before))
    assert not dirty.read("billing", after).equals(written.read("billing", after))
    assert dirty.read("truth", after).equals(written.read("truth", after))
