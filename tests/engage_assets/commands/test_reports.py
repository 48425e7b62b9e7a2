"""``engage reports``: which week is drawn, and how memory is counted. The drawing itself runs in tests/e2e."""

from datetime import date
from types import SimpleNamespace

import pytest

from engage_assets.commands.reports import measured_memory, published_week
from engage_assets.errors import InputError
from engage_assets.settings import Settings

WEEKS = [date(2026, 11, 9), date(2026, 11, 16)]


def lake(weeks):
    return SimpleNamespace(weeks=lambda _: weeks)


def test_the_newest_published_week_is_drawn_unless_another_is_named(tmp_path):
    settings = Settings(home=tmp_path)
    assert published_week(lake(WEEKS), settings, None) == WEEKS[1]
    assert published_week(lake(WEEKS), settings, "2026-11-09") == WEEKS[0]


@pytest.mark.parametrize(
    ("weeks", "given", "message"),
    [
        ([], None, "`engage run` publishes one"),
        (WEEKS, "2026-11-02", "2026-11-02 is not published; published are 2026-11-09, 2026-11-16"),
        (WEEKS, "2026-11-03", "Monday"),
    ],
)
def test_a_week_that_cannot_be_drawn_is_refused_with_what_can(tmp_path, weeks, given, message):
    with pytest.raises(InputError, match=message):
        published_week(lake(weeks), Settings(home=tmp_path), given)


def test_memory_is_the_most_that_was_held_at_one_time():
    with measured_memory() as before:
        pass
    with measured_memory() as during:
        held = bytearray(200_000_000)
        during.look()
        del held
    assert 100 < during.peak_mb - before.peak_mb < 400
