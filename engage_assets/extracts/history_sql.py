"""The weekly tables of a history: rows with a time, summed by customer and day, then up to each as_of."""

from datetime import date, timedelta
from pathlib import Path

from engage_assets.extracts.contract import ExtractColumn, ExtractContract, ExtractTable
from engage_assets.extracts.features import (
    ACTIVE_DAYS,
    EVENTS,
    WINDOWS,
    is_dynamic,
    profile_columns,
    summed_columns,
)
from engage_assets.extracts.platform_tables import REVENUE
from engage_assets.extracts.typed_rows import dynamic_tables, quoted, rows_of, slot_columns

DAYS_A_MONTH = 365.25 / 12
SQL_NUMBERS = {"int": "bigint", "float": "double", "bool": "bigint"}


def moment_of(contract: ExtractContract, table: ExtractTable) -> str:
    """The moment of a row, moved so that the user's week begins on Monday.

    A row of a week says nothing of the day: it counts as the week's Sunday noon, so that nothing is known too early.
    """
    assert table.time is not None
    moved = f"(cast({quoted(table.time)} as timestamp) + interval ({contract.week_shift_days}) day)"
    return f"(date_trunc('week', {moved}) + interval 156 hour)" if table.grain == "week" else moved


def preparation(contract: ExtractContract, folder: Path) -> list[str]:
    """Statements that make the tables days_<n> (one row a customer and day for each table), days, and accounts."""
    tables = dynamic_tables(contract)
    statements = [_days_of(contract, folder, number, table) for number, table in enumerate(tables)]
    active = " union all ".join(
        f"select customer_id, day, first_at, last_at, {EVENTS} from days_{number} where {_was_active(table)}"
        for number, table in enumerate(tables)
    )
    statements.append(
        "create temp table days as select customer_id, day, min(first_at) as first_at, max(last_at) as last_at, "
        f"sum({EVENTS}) as {EVENTS} from ({active}) group by customer_id, day"
    )
    seen = " union all ".join(f"select customer_id, first_at from days_{number}" for number in range(len(tables)))
    first = f"(select customer_id, min(first_at) as first_seen_at from ({seen}) group by customer_id)"
    profiles = [table for table in contract.tables.values() if not is_dynamic(contract, table)]
    if not profiles:
        return [*statements, f"create temp table accounts as select *, first_seen_at as signup_at from {first}"]
    signup = [f"cast({quoted(c)} as timestamp)" for table in profiles for c in table.with_role("signup")]
    joins = " ".join(f"full join {rows_of(folder, table)} using (customer_id)" for table in profiles)
    return [
        *statements,
        f"create temp table accounts as select *, coalesce({', '.join([*signup, 'first_seen_at'])}) as signup_at "
        f"from {first} {joins}",
    ]


def _days_of(contract: ExtractContract, folder: Path, number: int, table: ExtractTable) -> str:
    sums = [_day_aggregate(column) for column in table.with_role("behaviour", "money")]
    sums += [f"arg_max({quoted(c)}, moment) as {quoted(c)}" for c in table.with_role("category", "sensitive")]
    return (
        f"create temp table days_{number} as select customer_id, cast(moment as date) as day, "
        f"{', '.join(['min(moment) as first_at', 'max(moment) as last_at', f'count(*) as {EVENTS}', *sums])} "
        f"from (select *, {moment_of(contract, table)} as moment from {rows_of(folder, table)}) "
        "group by customer_id, cast(moment as date)"
    )


def _was_active(table: ExtractTable) -> str:
    """A row of a weekly table says that the customer was there only when it counts something.

    What is not summed, such as a number of seats, is a state that lasts while nobody comes.
    """
    columns = table.with_role("behaviour")
    counts = [c for c in columns if c.aggregate == "sum"] or columns
    behaviours = [f"coalesce(cast({quoted(c)} as double), 0) > 0" for c in counts]
    return " or ".join(behaviours) if table.grain == "week" and behaviours else "true"


def _count_name(column: ExtractColumn) -> str:
    return f'"{column.name}__n"'


def _day_aggregate(column: ExtractColumn) -> str:
    value, name = f"cast({quoted(column)} as double)", quoted(column)
    return {
        "sum": f"sum({value}) as {name}",
        "max": f"max({value}) as {name}",
        "last": f"arg_max({value}, moment) as {name}",
        "mean": f"sum({value}) as {name}, count({value}) as {_count_name(column)}",
    }[column.aggregate]


def _week_aggregate(column: ExtractColumn, inside: str) -> str:
    name = quoted(column)
    return {
        "sum": f"coalesce(sum({name}) filter ({inside}), 0) as {name}",
        "max": f"max({name}) filter ({inside}) as {name}",
        "last": f"arg_max({name}, day) filter ({inside}) as {name}",
        "mean": (f"sum({name}) filter ({inside}) / nullif(sum({_count_name(column)}) filter ({inside}), 0) as {name}"),
    }[column.aggregate]


def history_week(contract: ExtractContract, week: date) -> dict[str, str]:
    """The query of customers, activity and billing of one week, on the tables that ``preparation`` makes."""
    as_of = week + timedelta(days=7)
    head = f"select known.customer_id, date '{week}' as week"
    known = f"from (select * from accounts where signup_at < timestamp '{as_of}') as known"
    active = (
        f"select customer_id, count(*) as {ACTIVE_DAYS}, min(first_at) as first_active_at, "
        f"max(last_at) as last_active_at from days where day >= date '{week}' and day < date '{as_of}' "
        "group by customer_id"
    )
    behaviours, behaviour_joins = _of_week(contract, "behaviour", week, as_of)
    money, money_joins = _of_week(contract, "money", week, as_of)
    return {
        "customers": _customers(contract, as_of, head, known),
        "activity": (
            f"{head}, coalesce({ACTIVE_DAYS}, 0) as {ACTIVE_DAYS}, first_active_at, last_active_at{behaviours} {known} "
            f"left join ({active}) as active on active.customer_id = known.customer_id {behaviour_joins}"
        ),
        "billing": (
            f"{head}, coalesce({REVENUE}, 0) as {REVENUE}{money} {known} "
            f"left join ({_revenue(contract, as_of)}) as paid on paid.customer_id = known.customer_id {money_joins}"
        ),
    }


def _of_week(contract: ExtractContract, role: str, week: date, as_of: date) -> tuple[str, str]:
    """The columns of a role as they were in the week, and the joins that bring them."""
    shown, joins = [], []
    inside = f"where day >= date '{week}'"
    for number, table in enumerate(dynamic_tables(contract)):
        columns = [c for c in table.columns.values() if c.role == role]
        if not columns:
            continue
        place = f"{role}_{number}"
        joins.append(
            f"left join (select customer_id, {', '.join(_week_aggregate(c, inside) for c in columns)} "
            f"from days_{number} where day >= date '{week}' and day < date '{as_of}' group by customer_id) as {place} "
            f"on {place}.customer_id = known.customer_id"
        )
        for column in columns:
            value = f"{place}.{quoted(column)}"
            value = f"coalesce({value}, 0)" if column.aggregate == "sum" else value
            shown.append(f", cast({value} as {SQL_NUMBERS[column.kind]}) as {quoted(column)}")
    return "".join(shown), " ".join(joins)


def _revenue(contract: ExtractContract, as_of: date) -> str:
    """Revenue of the horizon's days before as_of. A weekly row counts by the share of its days that lie inside."""
    start = as_of - timedelta(days=contract.horizon_days)
    parts = []
    for number, table in enumerate(dynamic_tables(contract)):
        money = table.with_role("money")
        for column in [c for c in money if c.slot == "revenue"] or [c for c in money if c.aggregate == "sum"]:
            share = "1"
            if table.grain == "week":
                days = f"date_diff('day', date '{start}', cast(date_trunc('week', day) as date) + 7)"
                share = f"(least(7, greatest(0, {days})) / 7.0)"
            parts.append(
                f"select customer_id, {quoted(column)} * {share} as amount from days_{number} "
                f"where day >= date '{start}' and day < date '{as_of}'"
            )
    if not parts and contract.monthly_revenue is not None:
        amount = contract.monthly_revenue * contract.horizon_days / DAYS_A_MONTH
        return (
            f"select distinct customer_id, {amount!r} as {REVENUE} from days "
            f"where day >= date '{start}' and day < date '{as_of}'"
        )
    if not parts:
        return f"select cast(null as varchar) as customer_id, 0.0 as {REVENUE} where false"
    union = " union all ".join(parts)
    return f"select customer_id, cast(sum(amount) as double) as {REVENUE} from ({union}) group by customer_id"


def _customers(contract: ExtractContract, as_of: date, head: str, known: str) -> str:
    """Profile and attributes as they were last known, and the sums since the beginning and over longer windows."""
    counted = {"days": [(ACTIVE_DAYS, "count(*)"), (EVENTS, f"sum({EVENTS})")]}
    summed = summed_columns(contract)
    places: dict[str, str] = {}
    latest: dict[str, list[str]] = {}
    for number, table in enumerate(dynamic_tables(contract)):
        source = f"days_{number}"
        own = [(c.name, f"sum({quoted(c)})") for c in table.columns.values() if c in summed]
        last_values = table.with_role("category", "sensitive")
        if own or last_values:
            counted[source] = own
        latest[source] = [f"arg_max({quoted(c)}, day) as {quoted(c)}" for c in last_values]
        places |= dict.fromkeys((c.name for c in last_values), f"sums_{len(counted) - 1}.")
    shown, joins = [], []
    for place, (source, columns) in enumerate(counted.items()):
        sums = [part for name, total in columns for part in _sums(name, total, as_of)]
        names = [name for column, _ in columns for name in (f"{column}_total", *(f"{column}_{w}w" for w in WINDOWS))]
        extra = ["max(last_at) as last_seen_at"] if source == "days" else latest[source]
        joins.append(
            f"left join (select customer_id, {', '.join([*sums, *extra])} from {source} where day < date '{as_of}' "
            f"group by customer_id) as sums_{place} on sums_{place}.customer_id = known.customer_id"
        )
        shown += [f', coalesce(sums_{place}."{name}", 0.0) as "{name}"' for name in names]
    profile = "".join(f", {places.get(c.name, 'known.')}{quoted(c)}" for c in profile_columns(contract))
    slots = slot_columns(contract, places, "known.")
    return f"{head}, known.signup_at, last_seen_at{''.join(shown)}{profile}, {slots} {known} {' '.join(joins)}"


def _sums(name: str, total: str, as_of: date) -> list[str]:
    windows = [
        f"cast({total} filter (where day >= date '{as_of - timedelta(weeks=weeks)}') as double) as \"{name}_{weeks}w\""
        for weeks in WINDOWS
    ]
    return [f'cast({total} as double) as "{name}_total"', *windows]
