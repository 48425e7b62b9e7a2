"""Decisions: the action with the highest expected value for each customer, and who is held out."""

from datetime import UTC, datetime

import dagster as dg
import pyarrow as pa

from engage_assets.actions import choose_actions
from engage_assets.assets.metadata import table_metadata
from engage_assets.partitions import week_of
from engage_assets.platform_contract import platform_contract, weeks_partitions
from engage_assets.records.candidate import read_candidate
from engage_assets.records.usage import metered
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.settings import Settings


def build_decision_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The next best action of every customer."""

    @dg.asset(
        key=["decisions", "next_best_actions"],
        deps=[["scores", "predictions"]],
        group_name="decisions",
        kinds={"parquet"},
        partitions_def=weeks_partitions(settings),
        description="One row a customer: the action with the highest expected value, or none when nothing pays; "
        "a persistent tenth of the customers is held out, so that the effect can be measured.",
    )
    def next_best_actions(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult:  # type: ignore[type-arg]
        week = week_of(context)
        run_id = read_candidate(lake, week).run_id
        with metered(lake, week, "decisions") as usage:
            decisions = choose_actions(
                lake.read_table(week_folder("predictions", week, run_id)),
                lake.read_table(week_folder("handover/features", week, run_id)),
                platform_contract(settings).catalogue,
                week=week,
                salt=settings.holdout_salt,
                decided_at=datetime.now(UTC).replace(tzinfo=None),
                equal_offers_by=None if settings.equal_offers_by == "none" else settings.equal_offers_by,
            )
            usage.rows = decisions.rows.num_rows
            usage.bytes_written = lake.write_table(week_folder("decisions", week, run_id), decisions.rows)
        price = decisions.price
        if price is not None:
            context.log.info(
                f"offers at the same rate by {price.attribute}: {price.offers_given_up:,} given up, "
                f"worth {price.price_usd:,.2f} USD, customers held out included"
            )
        return dg.MaterializeResult(
            metadata={
                **table_metadata(decisions.rows),
                "customers_by_action": by_action(decisions.rows),
                **({f"equal_offers_{name}": value for name, value in vars(price).items()} if price else {}),
            }
        )

    return [next_best_actions]


def by_action(decisions: pa.Table) -> dg.MetadataValue:
    """Customers by recommended action, as JSON metadata."""
    counted = decisions.group_by("recommended_action").aggregate([([], "count_all")])
    return dg.MetadataValue.json({row["recommended_action"]: row["count_all"] for row in counted.to_pylist()})
