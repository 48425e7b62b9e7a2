"""Rebuilds the features of a past week from a lake in which nothing later exists, to compare with what is stored.

Features of a customer depend on no other customer, so a sixteenth of them, chosen by id, is enough and quick.
"""

import tempfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from engage_assets.dbt import FAILED_STATUSES
from engage_assets.errors import EngageError
from engage_assets.platform_contract import PlatformContract, platform_contract
from engage_assets.resources.lake import Lake, LocalLake, week_folder
from engage_assets.resources.warehouse import DuckDBWarehouse, Warehouse
from engage_assets.settings import Settings

SAMPLE_PREFIX = "0"
"""First character of the sampled customers' ids: UUIDs, so one in sixteen."""

TABLES = ("customers", "activity", "billing", "campaign_contacts")
KEY = ("week", "customer_id")


def sampled(platform: PlatformContract) -> str:
    """The condition that picks the sampled customers. A user's ids are any texts, so their hash is looked at."""
    column = "md5(customer_id)" if platform.is_own else "customer_id"
    return f"starts_with({column}, '{SAMPLE_PREFIX}')"


def stored_features(warehouse: Warehouse, week: date, platform: PlatformContract) -> pa.Table:
    """The sampled customers' features of a week as they are stored."""
    return warehouse.query(f"select * from features.customer_features where week = ? and {sampled(platform)}", [week])


def truncated_features(warehouse: Warehouse, week: date, settings: Settings) -> pa.Table:
    """The same features, built by the same SQL from the accepted rows of `week` and before, and nothing else.

    They are built here, by DuckDB, whatever the warehouse is: a sixteenth of the rows, and on AWS a second opinion on
    the engine as well.

    Raises
    ------
    EngageError
        When a model does not build.
    """
    with tempfile.TemporaryDirectory(prefix="engage-truncated-") as folder:
        scratch = LocalLake(root=str(Path(folder) / "lake"))
        Path(scratch.uri, "accepted").mkdir(parents=True)
        platform = platform_contract(settings)
        copy_sample(warehouse, scratch, until=week, platform=platform)
        rebuilt = DuckDBWarehouse(
            # The file's stem is the database's name, which dbt has compiled into every relation.
            path=str(Path(folder) / settings.warehouse.name),
            lake_uri=scratch.uri,
            target_path=str(settings.home / "dbt"),
            threads=settings.threads,
        )
        outcomes = rebuilt.build(
            select=["+customer_features"],
            variables={"week": week, "first_week": week, "last_week": week, "run_id": "truncated"},
            tests=False,
        )
        failed = [outcome for outcome in outcomes if outcome.status in FAILED_STATUSES]
        if failed:
            raise EngageError(f"{failed[0].unique_id} could not be rebuilt: {failed[0].message}")
        return stored_features(rebuilt, week, platform)


def copy_sample(warehouse: Warehouse, scratch: Lake, *, until: date, platform: PlatformContract) -> None:
    """Copies the sampled customers' rows of all weeks up to `until`, from the tables that keep what was accepted."""
    for table in TABLES:
        rows = warehouse.query(f"select * from staging.{table} where week <= ? and {sampled(platform)}", [until])
        for week in pc.unique(rows["week"]).to_pylist():
            of_week = rows.filter(pc.equal(rows["week"], week))
            scratch.write_table(week_folder(f"accepted/{table}", week), of_week)
