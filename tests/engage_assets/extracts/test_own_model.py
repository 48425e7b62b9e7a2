"""A hand-written dbt model joins the features of a user's extract, and no other file is touched."""

import json
from datetime import date, timedelta

import duckdb
import pytest

from engage_assets.assets.sources import accept_week
from engage_assets.commands.extract import adopt_extract, extract_of
from engage_assets.dbt import feature_list, manifest_path
from engage_assets.dbt_overlay import ensure_project
from engage_assets.own_extract import extract_accounting, write_own_weeks
from engage_assets.platform_contract import platform_contract
from engage_assets.resources.lake import LocalLake
from engage_assets.resources.warehouse import DuckDBWarehouse
from engage_assets.settings import Settings
from tests.engage_assets.extracts.small_extracts import HISTORY, contract_of
from tests.engage_assets.extracts.test_history import HEADER, orders

WEEKEND_HABIT = """\
-- One row per week and customer: items of the week for each active day.
select
    week,
    customer_id,
    cast(items as double) / greatest(active_days, 1) as items_per_day
from {{ ref('activity') }}
where week = {{ this_week() }}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home whose features of six weeks are built: (settings, warehouse file, weeks)."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "orders.csv").write_text("\n".join([HEADER, *orders(customers=60, weeks=14)]) + "\n")
    (folder / "models").mkdir()
    (folder / "models" / "item_habit.sql").write_text(WEEKEND_HABIT)
    habit = {"items_per_day": {"label": "items per active day", "theme": "activity_level"}}
    contract_of({**HISTORY, "own_models": {"item_habit": {"columns": habit}}}, folder)
    settings = Settings(home=folder / "home")
    settings.home.mkdir()
    adopt_extract(settings, extract_of(str(folder), folder / "contract.yaml"))
    platform = platform_contract(settings)
    weeks = [platform.last_week - timedelta(weeks=back) for back in range(5, -1, -1)]
    lake = LocalLake(root=str(settings.lake))
    write_own_weeks(settings, lake, weeks)
    for week in weeks:
        accept_week(lake, week, platform.tables, extract_accounting(settings))
    ensure_project(settings)
    manifest_path(settings.dbt_target)
    warehouse = DuckDBWarehouse(
        path=str(settings.warehouse), lake_uri=lake.uri, target_path=str(settings.dbt_target), threads=1
    )
    outcomes = warehouse.build(
        select=["fqn:engage.staging.*", "fqn:engage.features.*"],
        variables={"week": weeks[-1], "first_week": weeks[0], "last_week": weeks[-1], "run_id": "r"},
    )
    assert [each for each in outcomes if not each.ok] == []
    return settings, weeks


def rows(settings, sql):
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_its_column_is_a_feature_like_the_others(home):
    settings, _ = home
    listed = {feature["name"]: feature for feature in feature_list(settings.dbt_target)}
    assert listed["items_per_day"] == {
        "name": "items_per_day", "type": "numeric", "label": "items per active day", "theme": "activity_level",
        "categories": None, "peers": False,
    }  # fmt: skip
    assert {"items", "items_delta_4w", "amount", "amount_26w", "channel", "recency_ratio"} <= set(listed)
    assert rows(
        settings, "select count(*) from features.customer_features where items > 0 and items_per_day is null"
    ) == [(0,)]


def test_outcomes_are_the_later_activity_of_the_horizon(home):
    settings, weeks = home
    week = weeks[2]
    as_of, end = week + timedelta(days=7), week + timedelta(days=21)
    found = dict(
        rows(settings, f"select customer_id, churned_30d from features.customer_outcomes where week = date '{week}'")
    )
    content = (settings.home.parent / "orders.csv").read_text().splitlines()[1:]
    seen = [line.split(",")[:2] for line in content]
    known = {client for client, moment in seen if moment < as_of.isoformat()}
    back = {client for client, moment in seen if as_of.isoformat() <= moment < end.isoformat()}
    assert found == {client: client not in back for client in known}
    assert rows(settings, f"select count(*) from features.customer_outcomes where week > date '{weeks[3]}'") == [(0,)]


def test_every_row_of_the_extract_is_accounted_for(home):
    settings, weeks = home
    [(rows_in, kept)] = rows(
        settings,
        f"select rows_in, rows_kept from read_parquet('{settings.lake}/accounting/week={weeks[-1]}/*.parquet') "
        "where source_table = 'extract: orders'",
    )
    assert rows_in == kept == len((settings.home.parent / "orders.csv").read_text().splitlines()) - 1
    record = json.loads((settings.home / "extract.json").read_text())
    assert date.fromisoformat(record["last_week"]) == weeks[-1]
