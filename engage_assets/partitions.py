"""The week: the one partition of every asset.

A week is keyed by the Monday that opens it (UTC). Its ``as_of`` is the next Monday 00:00 UTC.
"""

from datetime import UTC, date, datetime, timedelta

import dagster as dg

from engage_assets.errors import InputError

FIRST_WEEK = date(2025, 7, 7)
"""The first week that can be built: the simulated platform's own first half year is its warm-up."""

WEEKLY = dg.WeeklyPartitionsDefinition(start_date=FIRST_WEEK.isoformat(), day_offset=1, timezone="UTC")


def as_of(week: date) -> datetime:
    """The moment a week's features speak of: the Monday 00:00 UTC (naive) that closes the week."""
    return datetime.combine(week + timedelta(days=7), datetime.min.time())


def last_ended_week(now: datetime | None = None) -> date:
    """The Monday of the newest week that has ended at `now` (default: the present, UTC)."""
    today = (now or datetime.now(UTC)).date()
    return today - timedelta(days=today.weekday() + 7)


def parse_week(text: str, *, now: datetime | None = None) -> date:
    """Reads a week given as its Monday, ``YYYY-MM-DD``.

    Raises
    ------
    InputError
        When it is no date, no Monday, has not ended, or lies before :data:`FIRST_WEEK`.
    """
    last = last_ended_week(now)
    try:
        week = date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"week {text!r} is not a date. Give the Monday that opens it as YYYY-MM-DD, for example {last}."
        ) from None
    monday = week - timedelta(days=week.weekday())
    if week != monday:
        raise InputError(f"week {text} is a {week:%A}; a week is named by its Monday. Did you mean {monday}?")
    if week > last:
        raise InputError(
            f"week {text} ends on {as_of(week):%Y-%m-%d} 00:00 UTC and has not ended. The newest week is {last}."
        )
    if week < FIRST_WEEK:
        raise InputError(f"week {text} lies before the first week that can be built, {FIRST_WEEK}.")
    return week


def weeks_between(first: date, last: date) -> list[date]:
    """The weeks from `first` to `last`, both included."""
    return [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]


def weeks_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> list[date]:
    """The weeks this run builds, in order: one, or all of a range when it is a backfill.

    Read from the run's tags, which assets and checks share.

    Raises
    ------
    InputError
        When the run was started without a partition.
    """
    tags = context.run.tags
    first = tags.get("dagster/asset_partition_range_start") or tags.get("dagster/partition")
    last = tags.get("dagster/asset_partition_range_end") or tags.get("dagster/partition")
    if first is None or last is None:
        raise InputError("this run has no week. Start it for a partition, named by the Monday that opens the week.")
    return weeks_between(date.fromisoformat(first), date.fromisoformat(last))


def week_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> date:
    """The newest week this run builds: the one that is scored and published."""
    return weeks_of(context)[-1]
