import pickle
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage_assets.synthetic import FIRST_WEEK, REFERENCE_WEEK, Defect, Platform, write_weeks
from engage_assets.synthetic.platform import REFERENCE_INDEX, week_index
from engage_assets.synthetic.traits import draw_traits


def accounts(platform: Platform, week: int) -> int:
    traits = draw_traits(platform, 0, platform.accounts(week))
    return int(np.sum(traits.signup_week <= week))


@pytest.mark.parametrize("customers", [1, 7, 500, 20_000])
def test_the_reference_week_has_exactly_the_customers_asked_for(customers: int) -> None:
    assert accounts(Platform(customers), REFERENCE_INDEX) == customers


def test_accounts_grow_slowly_before_and_after_the_reference_week() -> None:
    counts = [accounts(Platform(20_000), REFERENCE_INDEX + ahead) for ahead in range(-13, 53, 5)]
    assert counts == sorted(counts)
    assert counts[0] > 0.96 * 20_000
    assert counts[-1] == pytest.approx(20_000 * (1 + 0.0015 * 52), rel=0.01)


@given(customers=st.integers(1, 5_000), ahead=st.integers(0, 200))
@settings(max_examples=30, deadline=None)
def test_every_simulated_account_exists_after_the_reference_week(customers: int, ahead: int) -> None:
    week = REFERENCE_INDEX + ahead
    assert accounts(Platform(customers), week) == Platform(customers).accounts(week)


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        (date(2026, 11, 10), "Use 2026-11-09"),
        (FIRST_WEEK - timedelta(weeks=1), "outside the simulated time; expected 2025-07-07"),
        (date(2060, 1, 5), "outside the simulated time"),
    ],
)
def test_a_week_that_cannot_be_simulated_is_refused(week: date, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        week_index(week)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"customers": 0}, "customers is 0"),
        ({"customers": -5}, "customers is -5"),
        ({"customers": 10, "seed": -1}, "seed is -1"),
        ({"customers": 10, "defects": (Defect("leak"), Defect.parse("leak:strength=1"))}, "leak is planted 2 times"),
    ],
)
def test_a_platform_that_makes_no_sense_is_refused(options: dict[str, object], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        Platform(**options)  # type: ignore[arg-type]


def test_nothing_to_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="weeks is empty"):
        write_weeks(Platform(10), [], tmp_path)
    with pytest.raises(ValueError, match="workers is 0"):
        write_weeks(Platform(10), [REFERENCE_WEEK], tmp_path, workers=0)


def test_defects_are_read_from_text() -> None:
    drift = Defect.parse(" drift:from=2026-10-05, shift=0.8 ")
    assert (drift.name, drift.number("shift")) == ("drift", 0.8)
    assert not drift.starts(date(2026, 9, 28))
    assert drift.starts(date(2026, 10, 5))
    assert Defect.parse("dirty_rows").number("share") == 0.1
    assert Defect.parse("dirty_rows").starts(FIRST_WEEK)
    assert Defect.parse("biased_group").values["gender"] == "Female"
    assert "gender" not in Defect.parse("biased_group:age_band=55+").values
    assert pickle.loads(pickle.dumps(drift)) == drift  # worker processes get it this way


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("noise", "unknown; expected one of drift, leak"),
        ("drift", "drift:from=YYYY-MM-DD"),
        ("drift:from=2026-10-06", "expected a Monday"),
        ("leak:strength=2", "expected 0 to 1"),
        ("leak:strength=much", "cannot be used"),
        ("leak:power=1", "no option 'power'; expected one of strength"),
        ("dirty_rows:0.1", "is no option"),
        ("biased_group:gender=Female,age_band=55+", "expected one of them"),
    ],
)
def test_a_defect_that_cannot_be_planted_is_refused(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected.replace("+", r"\+")):
        Defect.parse(text)
