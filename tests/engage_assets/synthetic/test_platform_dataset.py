from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from engage_assets.contracts import load_contract
from engage_assets.synthetic import engagement, write_platform_dataset
from engage_assets.synthetic.platform_dataset import SCHEMA
from tests.engage_assets.synthetic.worlds import LAST, SMALL, Written

DBT_PROJECT = Path(__file__).parents[3] / "dbt_project" / "dbt_project.yml"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_platform_dataset(SMALL, LAST, tmp_path_factory.mktemp("dataset"))


@pytest.fixture(scope="module")
def dataset(files: list[Path]) -> pd.DataFrame:
    return pq.read_table(files[1]).to_pandas().set_index("customer_id")


def test_it_has_the_72_columns_of_the_contract_in_its_order(files: list[Path]) -> None:
    contract = load_contract()
    described = [column for table in contract.tables.values() for column in table.columns.values()]
    expected = [column.name for column in (*described, *contract.derived.values()) if column.in_platform_dataset]
    assert SCHEMA.names == list(dict.fromkeys(expected))
    assert len(SCHEMA) == 72
    assert pq.read_schema(files[1]).equals(SCHEMA)


def test_csv_and_parquet_hold_the_same_rows(files: list[Path], dataset: pd.DataFrame) -> None:
    as_text = pd.read_csv(files[0], parse_dates=["data_generated_at"]).set_index("customer_id")
    assert len(as_text) == SMALL.customers
    numbers = dataset.select_dtypes("number").columns.drop("churn_probability")
    pd.testing.assert_frame_equal(as_text[numbers], dataset[numbers], check_dtype=False)
    assert not [file for file in files[0].parent.iterdir() if file not in files]


def test_the_raw_columns_are_those_of_the_extracts(written: Written, dataset: pd.DataFrame) -> None:
    for table in ("customers", "activity", "billing"):
        raw = written.read(table, LAST).to_pandas().set_index("customer_id")
        shared = [name for name in raw.columns if name in dataset.columns]
        pd.testing.assert_frame_equal(dataset[shared], raw[shared])


def test_the_derived_columns_follow_their_formulas(written: Written, dataset: pd.DataFrame) -> None:
    revenue = ["monthly_subscription_usd", "iap_spending_month_usd", "ad_revenue_generated_month_usd"]
    np.testing.assert_allclose(dataset["total_revenue_month_usd"], dataset[revenue].sum(axis=1), atol=0.006)
    assert (dataset["is_creator"] == (dataset["reels_created_week"] + dataset["posts_last_30_days"] > 5)).all()
    assert dataset["avg_transaction_value_usd"].isna().eq(dataset["total_transactions_alltime"] == 0).all()
    assert dataset["churn_probability"].isna().all()
    signup = written.read("customers", LAST).to_pandas().set_index("customer_id")["signup_at"]
    as_of = pd.Timestamp(LAST) + pd.Timedelta(days=7)
    for customer, opened in signup.iloc[:150].items():
        months = dataset.loc[customer, "tenure_months"]
        # Within two days: months have different lengths.
        assert opened + pd.DateOffset(months=months) <= as_of + pd.Timedelta(days=2)
        assert opened + pd.DateOffset(months=months + 1) > as_of - pd.Timedelta(days=2)
    for name in ("engagement_score", "swipe_right_rate_pct", "match_rate_pct", "match_to_date_conversion_pct"):
        assert dataset[name].between(0, 1 if name == "engagement_score" else 100).all()


def test_recency_and_churn_agree_with_the_logs(written: Written, dataset: pd.DataFrame) -> None:
    last = pd.concat([written.read("activity", week).to_pandas() for week in written.weeks])
    seen = last.groupby("customer_id")["last_active_at"].max()
    as_of = pd.Timestamp(LAST) + pd.Timedelta(days=7)
    days = (as_of - seen).dt.days.dropna()
    assert (dataset.loc[days.index, "days_since_last_active"] == days).all()
    assert dataset.loc[seen.index[seen.isna()], "days_since_last_active"].min() >= 7 * len(written.weeks)
    truth = written.read("truth", LAST).to_pandas().set_index("customer_id")["churn_probability_30d"]
    assert dataset["churn_30_day"].mean() == pytest.approx(truth.mean(), abs=0.04)


def test_the_weights_are_those_of_the_feature_models() -> None:
    variables = yaml.safe_load(DBT_PROJECT.read_text())["vars"]
    for name, parts in {
        "engagement_presence": engagement.PRESENCE,
        "engagement_social": engagement.SOCIAL,
        "engagement_dating": engagement.DATING,
    }.items():
        assert {column: (part["weight"], part["cap"]) for column, part in variables[name].items()} == dict(parts)
    assert variables["engagement_interaction_weight"] == engagement.INTERACTION_WEIGHT
