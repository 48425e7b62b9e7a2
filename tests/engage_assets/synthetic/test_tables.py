"""The raw tables keep the source contract and look like a real platform."""

import numpy as np
import pandas as pd
import pytest

from engage_assets.contracts import load_contract, validate_extract
from engage_assets.synthetic import campaigns
from engage_assets.synthetic.schema import RAW_TABLES
from tests.engage_assets.synthetic.worlds import Written

SOCIAL = ["stories_viewed_day", "reels_watched_day", "feed_time_minutes_day", "likes_given_day", "posts_last_30_days"]
DATING = [
    "swipes_right_day",
    "matches_per_day",
    "messages_sent_day",
    "dates_scheduled_month",
    "match_satisfaction_score",
]


@pytest.fixture(scope="module")
def everything(written: Written) -> pd.DataFrame:
    """All columns of the last week, one row per customer."""
    tables = [written.read(table, written.weeks[-1]).to_pandas() for table in ("customers", "activity", "billing")]
    return tables[0].merge(tables[1], on=["customer_id", "week"]).merge(tables[2], on=["customer_id", "week"])


def test_the_tables_are_those_of_the_contract() -> None:
    contract = load_contract()
    assert {name: table.schema for name, table in contract.tables.items()} == dict(RAW_TABLES)


def test_every_row_passes_the_contract(written: Written) -> None:
    contract = load_contract()
    for week in written.weeks:
        known = None
        for name, table in contract.tables.items():
            rows = written.read(name, week)
            assert rows.schema.equals(table.schema), name
            validation = validate_extract(table, rows, week=week, known_customers=known)
            assert validation.quarantined.num_rows == 0, validation.quarantined.slice(0, 3).to_pylist()
            known = rows["customer_id"] if name == "customers" else known


def test_columns_of_the_other_side_of_the_app_are_zero(everything: pd.DataFrame) -> None:
    by_platform = everything.groupby("platform_primary")
    assert (by_platform[SOCIAL].max().loc["Dating"] == 0).all()
    assert (by_platform[DATING].max().loc["Social_Media"] == 0).all()
    assert (by_platform[[*SOCIAL, *DATING]].max().loc["Both"] > 0).all()
    assert everything["platform_primary"].value_counts(normalize=True).min() > 0.15


def test_absent_customers_have_a_row_of_zeros(everything: pd.DataFrame) -> None:
    absent = everything[everything["first_active_at"].isna()]
    present = everything[everything["first_active_at"].notna()]
    assert 0.2 < len(absent) / len(everything) < 0.6
    weekly = ["active_days", "app_opens_day", "sessions_last_7_days", "support_tickets_week", "swipes_right_day"]
    assert (absent[weekly] == 0).all(axis=None)
    assert absent["last_active_at"].isna().all()
    assert (present["active_days"] >= 1).all()
    assert (present["sessions_last_7_days"] >= present["active_days"]).all()
    assert (absent["posts_last_30_days"] > 0).any()  # 30-day sums fade, they do not vanish at once


def test_a_single_active_day_lies_on_one_date(everything: pd.DataFrame) -> None:
    once = everything[everything["active_days"] == 1]
    assert (once["first_active_at"].dt.date == once["last_active_at"].dt.date).all()
    span = (everything["last_active_at"].dt.normalize() - everything["first_active_at"].dt.normalize()).dt.days + 1
    assert (everything["active_days"] <= span.fillna(0)).all()
    assert (everything["signup_at"] < everything["first_active_at"].fillna(pd.Timestamp.max)).all()


def test_lifetime_counters_only_grow(written: Written) -> None:
    counters = {
        "billing": ["lifetime_value_usd", "total_transactions_alltime"],
        "customers": ["total_matches_alltime", "followers_count", "users_blocked"],
    }
    for table, columns in counters.items():
        first, last = (
            written.read(table, week).to_pandas().set_index("customer_id")
            for week in (written.weeks[0], written.weeks[-1])
        )
        grown = last.loc[first.index, columns] - first[columns]
        assert (grown >= 0).all(axis=None)
        assert (grown.sum() > 0).all()


def test_identities_between_columns(everything: pd.DataFrame) -> None:
    assert (everything["dates_completed_month"] <= everything["dates_scheduled_month"]).all()
    assert (everything["matches_per_day"] <= everything["swipes_right_day"]).all()
    assert ((everything["account_type"] == "Premium") == (everything["premium_tier"] != "Free")).all()
    assert ((everything["monthly_subscription_usd"] > 0) == (everything["premium_tier"] != "Free")).all()
    assert not everything.loc[everything["premium_tier"] == "Free", "auto_renew"].any()
    assert (everything.loc[everything["ads_clicked_week"] == 0, "ad_conversion_rate_pct"] == 0).all()


def test_tails_are_heavy_and_some_things_are_not_declared(everything: pd.DataFrame) -> None:
    spending = everything["iap_spending_month_usd"]
    assert spending.nlargest(len(spending) // 100).sum() > 0.15 * spending.sum()
    followers = everything.loc[everything["followers_count"] > 0, "followers_count"]
    assert followers.max() > 50 * followers.median()
    assert 0.02 < everything["location"].isna().mean() < 0.10
    assert 0.005 < everything["gender"].isna().mean() < 0.05
    assert everything["location"].nunique() == 24


def test_campaigns_are_drawn_by_lot(written: Written) -> None:
    contacts = pd.concat([written.read("campaign_contacts", week).to_pandas() for week in written.weeks])
    assert set(contacts["action"]) == set(campaigns.ACTION_IDS)
    treated = contacts["assigned"] == "treatment"
    assert contacts["contacted_at"].notna().eq(treated).all()
    assert (contacts.loc[~treated, "cost_usd"] == 0).all()
    assert (contacts["redeemed_at"].isna() | (contacts["redeemed_at"] > contacts["contacted_at"])).all()
    for action, rows in contacts.groupby("action"):
        planned = campaigns.ACTIONS[str(action)].propensity
        drawn = (rows["assigned"] == "treatment").mean()
        assert abs(drawn - planned) < 4 * np.sqrt(planned * (1 - planned) / len(rows)), action
        assert set(rows["propensity"]) <= {planned, round(1 - planned, 6)}


def test_churn_does_not_depend_on_sensitive_attributes(written: Written) -> None:
    truth = written.read("truth", written.weeks[-1]).to_pandas().set_index("customer_id")["churn_probability_30d"]
    customers = written.read("customers", written.weeks[-1]).to_pandas().set_index("customer_id")
    by_gender = truth.groupby(customers["gender"]).mean()
    assert by_gender["Female"] == pytest.approx(by_gender["Male"], abs=0.05)
