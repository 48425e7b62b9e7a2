from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage_assets.errors import InputError
from engage_assets.partitions import FIRST_WEEK, WEEKLY, as_of, last_ended_week, parse_week, weeks_between
from engage_assets.synthetic.platform import FIRST_WEEK as FIRST_SIMULATED_WEEK

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_first_week_is_the_first_that_can_be_simulated():
    assert FIRST_WEEK == FIRST_SIMULATED_WEEK


def test_partitions_open_on_mondays():
    keys = WEEKLY.get_partition_keys(current_time=NOW)
    assert keys[0] == FIRST_WEEK.isoformat()
    assert {date.fromisoformat(key).weekday() for key in keys} == {0}
    assert keys[-1] == "2026-11-09"


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), date(2026, 11, 9)),
        (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), date(2026, 11, 16)),
        (datetime(2026, 11, 23, 3, 0, tzinfo=UTC), date(2026, 11, 16)),
    ],
)
def test_the_week_that_just_ended(moment, week):
    assert last_ended_week(moment) == week
    assert as_of(week) <= moment.replace(tzinfo=None)


@given(st.datetimes(datetime(2025, 8, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))
def test_the_last_ended_week_has_ended_and_the_next_has_not(moment):
    week = last_ended_week(moment)
    assert week.weekday() == 0
    assert as_of(week) <= moment.replace(tzinfo=None) < as_of(weeks_between(week, date(2041, 1, 7))[1])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tuesday", "is not a date"),
        ("2026-11-10", "Did you mean 2026-11-09"),
        ("2026-11-16", "has not ended"),
        ("2024-01-01", "before the first week"),
        ("", "is not a date"),
    ],
)
def test_a_wrong_week_is_explained(text, problem):
    with pytest.raises(InputError, match=problem):
        parse_week(text, now=NOW)


@given(st.text())
def test_no_text_makes_it_fail_in_another_way(text):
    try:
        week = parse_week(text, now=NOW)
    except InputError:
        return
    assert week.weekday() == 0
