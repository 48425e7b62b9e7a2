"""The weeks that a run builds before the one it scores: which ones it needs, and which of them are missing."""

from collections.abc import Sequence
from datetime import date, timedelta

import dagster as dg

from engage_assets.errors import InputError
from engage_assets.partitions import FIRST_WEEK, parse_week, weeks_between
from engage_assets.platform_contract import PlatformContract

HISTORY_WEEKS = 13
"""Weeks of history, the scored one included, when nobody says otherwise: a quarter."""
TREND_WEEKS = 4
"""Weeks before the first training week that its trends look back on."""


def own_weeks(platform: PlatformContract, chosen: str | None, history_weeks: int | None) -> tuple[date, int]:
    """The week of a user's extract to score, and how many weeks to build with it: what training and trends need.

    Raises
    ------
    InputError
        When the chosen week is none of the extract's.
    """
    own, last = platform.own, platform.last_week
    if own is None or last is None:
        raise InputError("this home holds no extract of its own")
    week = parse_week(chosen, first=platform.first_week, last=last) if chosen else last
    if own.kind == "snapshot":
        return week, 1
    needed = platform.outcome_weeks + own.training_weeks + TREND_WEEKS
    return week, min(history_weeks or needed, (week - platform.first_week).days // 7 + 1)


def history_before(week: date, history_weeks: int, *, first: date = FIRST_WEEK) -> list[date]:
    """The weeks of the history, without `week` itself; none lies before `first`."""
    return weeks_between(max(first, week - timedelta(weeks=history_weeks - 1)), week - timedelta(weeks=1))


def missing_history(
    instance: dg.DagsterInstance, wanted: Sequence[date], *, changed_since: date | None = None
) -> list[date]:
    """The weeks of `wanted` from the first whose features do not exist, or whose rows have changed, to the last.

    Features of a week look back four weeks, so everything after a gap is built again.
    """
    built = instance.get_materialized_partitions(dg.AssetKey(["features", "customer_features"]))
    gaps = [
        each
        for each in wanted
        if each.isoformat() not in built or (changed_since is not None and each >= changed_since)
    ]
    return [each for each in wanted if each >= gaps[0]] if gaps else []
