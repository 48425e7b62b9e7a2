"""The week: the one partition of every asset.

A week is keyed by the Monday that opens it (UTC). Its ``as_of`` is the next Monday 00:00 UTC.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import dagster as dg

from engage_assets.errors import InputError

FIRST_WEEK = date(2025, 7, 7)
"""The first week that can be built: the simulated platform's own first half year is its warm-up."""


@cache
def weekly(first_week: date = FIRST_WEEK) -> dg.WeeklyPartitionsDefinition:
    """The weeks from `first_week` on, as Dagster's partitions."""
    return dg.WeeklyPartitionsDefinition(start_date=first_week.isoformat(), day_offset=1, timezone="UTC")


WEEKLY = weekly()


def as_of(week: date) -> datetime:
    """The moment a week's features speak of: the Monday 00:00 UTC (naive) that closes the week."""
    return datetime.combine(week + timedelta(days=7), datetime.min.time())


def last_ended_week(now: datetime | None = None) -> date:
    """The Monday of the newest week that has ended at `now` (default: the present, UTC)."""
    today = (now or datetime.now(UTC)).date()
    return today - timedelta(days=today.weekday() + 7)


def parse_week(text: str, *, first: date = FIRST_WEEK, last: date | None = None, now: datetime | None = None) -> date:
    """Reads a week given as its Monday, ``YYYY-MM-DD``.

    Raises
    ------
    InputError
        When it is no date, no Monday, has not ended, or lies before `first` or after `last`.
    """
    last = min(last_ended_week(now), last or date.max)
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
    if week < first:
        raise InputError(f"week {text} lies before the first week that can be built, {first}.")
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
