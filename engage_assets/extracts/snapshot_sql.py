"""The weekly tables of a labelled snapshot: its one table, parted by what its columns are for."""

from datetime import date, timedelta
from pathlib import Path

from engage_assets.extracts.contract import ExtractContract
from engage_assets.extracts.features import ACTIVE_DAYS, profile_columns, weekly_columns
from engage_assets.extracts.platform_tables import REVENUE
from engage_assets.extracts.typed_rows import quoted, rows_of, slot_columns


def snapshot_week(contract: ExtractContract, folder: Path, week: date) -> dict[str, str]:
    """The query of customers, activity and billing. Nothing is known of single days: no day counts as active."""
    table = next(iter(contract.tables.values()))
    [label] = table.with_role("label")
    as_of = f"timestamp '{week + timedelta(days=7)}'"
    signup = [f"cast({quoted(c)} as timestamp)" for c in table.with_role("signup")]
    paid = [f"coalesce(cast({quoted(c)} as double), 0)" for c in table.with_role("money") if c.slot == "revenue"]
    head = f"customer_id, date '{week}' as week"
    rows = rows_of(folder, table)
    profile = "".join(f", {quoted(c)}" for c in profile_columns(contract))
    behaviours = "".join(f", {quoted(c)}" for c in weekly_columns(contract, "behaviour"))
    money = "".join(f", {quoted(c)}" for c in weekly_columns(contract, "money"))
    never = "cast(null as timestamp)"
    worth = repr(contract.monthly_revenue or 0.0)
    return {
        "customers": (
            f"select {head}, coalesce({', '.join([*signup, as_of])}) as signup_at, {never} as last_seen_at, "
            f"{slot_columns(contract, {}, '')}{profile}, {quoted(label)} as churned from {rows}"
        ),
        "activity": (
            f"select {head}, 0 as {ACTIVE_DAYS}, {never} as first_active_at, {never} as last_active_at{behaviours} "
            f"from {rows}"
        ),
        "billing": f"select {head}, {' + '.join(paid) or worth} as {REVENUE}{money} from {rows}",
    }
