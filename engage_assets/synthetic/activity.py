"""The raw table ``activity``: what each account did in the week; zeros and null times for absent customers."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engage_assets.synthetic import signals
from engage_assets.synthetic.draws import Stream, draw, normal, quarters, unit
from engage_assets.synthetic.observation import DAY_US, EPOCH_US, Observation
from engage_assets.synthetic.signals import Codes
from engage_assets.synthetic.traits import Flags

Times = npt.NDArray[np.int64]
_SECOND_US = 1_000_000
_HALF_DAY = 43_200
_DRAWN_SETS = 420  # a multiple of every number of sets but one, so that all are equally likely
# Shares of something that did not happen are zero.
_NEEDS = {
    "ad_conversion_rate_pct": "ads_clicked_week",
    "live_stream_time_minutes_week": "live_streams_watched_week",
    "super_like_match_rate_pct": "super_likes_used_week",
}


def activity_columns(week: Observation) -> dict[str, pa.Array]:
    """The columns of ``activity`` except the two keys."""
    drawn: dict[str, Codes] = {}
    columns: dict[str, pa.Array] = {}
    for signal in signals.ACTIVITY:
        needed = _NEEDS.get(signal.name)
        drawn[signal.name] = week.codes(signal, only=None if needed is None else drawn[needed] > 0)
        columns[signal.name] = signals.column(signal, drawn[signal.name])
    by_name = {signal.name: signal for signal in signals.ACTIVITY}

    def numbers(name: str) -> npt.NDArray[np.float64]:
        return signals.lookup(by_name[name]).numbers[drawn[name]]

    share = signals.lookup(signals.MATCH_SHARE).numbers[week.codes(signals.MATCH_SHARE)]
    columns["matches_per_day"] = pa.array(np.round(numbers("swipes_right_day") * share / 100, 2))
    columns |= _dates(week, numbers("dates_scheduled_month"))
    times = activity_times(week)
    opens = numbers("app_opens_day")
    columns["sessions_last_7_days"] = pa.array(
        np.maximum(times.days, np.minimum(np.rint(opens * 6.3), 2000).astype(np.int64))
    )
    columns["active_days"] = pa.array(times.days)
    columns["first_active_at"] = timestamps(times.first, week.active)
    columns["last_active_at"] = timestamps(times.last, week.active)
    return columns


def timestamps(microseconds: Times, known: Flags) -> pa.Array:
    """Microseconds since 1970 as an Arrow column, null where not known."""
    return pa.array(microseconds.view("datetime64[us]"), mask=~known)


def _dates(week: Observation, scheduled: npt.NDArray[np.float64]) -> dict[str, pa.Array]:
    """Dates that took place: never more than arranged, as floor(n p + u) with p <= 1 and u < 1."""
    show_up = signals.lookup(signals.SHOW_UP).numbers[week.codes(signals.SHOW_UP)] / 100
    u_date, _, _, _ = quarters(draw(week.traits.keys, week.week, Stream.SCALARS))
    completed = np.floor(scheduled * show_up + unit(u_date))
    np.minimum(completed, scheduled, out=completed)
    rate = np.round(100 * completed / np.maximum(scheduled, 1), 1)
    return {"dates_completed_month": pa.array(completed.astype(np.int64)), "date_show_up_rate_pct": pa.array(rate)}


@cache
def _day_sets() -> npt.NDArray[np.uint8]:
    """(8, 420): for 0 … 7 active days, sets of that many weekdays as bits, every set equally often."""
    sets = [[mask for mask in range(128) if mask.bit_count() == days] for days in range(8)]
    return np.array(
        [[masks[place * len(masks) // _DRAWN_SETS] for place in range(_DRAWN_SETS)] for masks in sets], "u1"
    )


@cache
def _bits() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Number of days, first day and last day of a set of weekdays."""
    masks = range(128)
    count = np.array([mask.bit_count() for mask in masks])
    first = np.array([(mask & -mask).bit_length() - 1 if mask else 0 for mask in masks])
    last = np.array([max(mask.bit_length() - 1, 0) for mask in masks])
    return count, first, last


@dataclass(frozen=True)
class ActivityTimes:
    """When customers were active in a week: number of days, first and last activity in microseconds since 1970.

    The times of customers who were not active mean nothing.
    """

    days: Times
    first: Times
    last: Times


def activity_times(week: Observation) -> ActivityTimes:
    """Draw the days and times of activity. Who comes back or signs up in the week starts on exactly that day."""
    u_days, u_first, u_last, u_wanted = quarters(draw(week.traits.keys, week.week, Stream.DAYS))
    wanted = signals.lookup(signals.FREQUENCY).numbers[week.codes(signals.FREQUENCY, noise=normal(u_wanted))]
    count = np.clip(np.rint(wanted), 1, 7).astype(np.intp)
    days = _day_sets()[count, (unit(u_days) * np.float32(_DRAWN_SETS)).astype(np.intp)]
    arrived = week.walk.return_day >= 7 * week.week
    start = np.clip(week.walk.return_day - 7 * week.week, 0, 6).astype(np.uint8)
    begun = np.where(arrived, (days >> start << start) | (np.uint8(1) << start), days) * week.active
    number, first_day, last_day = (table[begun] for table in _bits())
    # Never at midnight sharp: as_of itself belongs to no window.
    first_second = 1 + (unit(u_first) * np.float32(_HALF_DAY - 2)).astype(np.int64)
    last_second = _HALF_DAY + (unit(u_last) * np.float32(_HALF_DAY - 2)).astype(np.int64)
    new = week.traits.signup_week == week.week
    first_second = np.where(new, week.traits.signup_second + 30, first_second)
    last_second = np.where(new, np.maximum(last_second, first_second + 300), last_second)
    opening = EPOCH_US + 7 * DAY_US * week.week
    return ActivityTimes(
        days=number,
        first=opening + first_day * DAY_US + first_second * _SECOND_US,
        last=opening + last_day * DAY_US + last_second * _SECOND_US,
    )
