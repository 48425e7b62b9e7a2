"""Every fault that the weekly job has to withstand is planted by a test, and the page tells how each ends."""

from types import ModuleType

import pytest

from tests.aws import fault_table, test_weekly_job
from tests.aws.fault_table import FAULTS, LEFT_OUT, WRITE, kept, planted, settle


def test_every_fault_is_planted_by_one_test():
    assert sorted(fault for fault, _ in planted(test_weekly_job)) == sorted(FAULTS)


def test_ci_plants_all_but_the_last_and_the_page_says_so():
    slow = {fault for fault, is_slow in planted(test_weekly_job) if is_slow}
    assert slow == set(FAULTS[-LEFT_OUT:])
    page = " ".join(fault_table.PAGE.read_text().split())
    assert f"The first {len(FAULTS) - LEFT_OUT} are planted in every CI run; the last {LEFT_OUT}," in page


def test_a_test_is_slow_by_its_own_mark_its_parameters_or_its_module():
    @pytest.mark.parametrize("x", [pytest.param(1, marks=[pytest.mark.slow, pytest.mark.fault("b")])])
    @pytest.mark.fault("a")
    def quick(x):
        return x

    module = ModuleType("some")
    module.test_quick = quick
    assert dict(planted(module)) == {"a": False, "b": True}
    module.pytestmark = [pytest.mark.slow]
    assert dict(planted(module)) == {"a": True, "b": True}


def test_the_page_tells_of_every_fault_and_of_no_other():
    assert tuple(kept()) == FAULTS


def test_an_outcome_that_the_page_does_not_tell_fails(monkeypatch):
    monkeypatch.delenv(WRITE, raising=False)
    fault = FAULTS[0]
    settle(fault, kept()[fault])
    with pytest.raises(AssertionError, match="not current"):
        settle(fault, "the week is lost")
    with pytest.raises(AssertionError, match="not in FAULTS"):
        settle("an earthquake", "the week is lost")


def test_an_outcome_is_written_into_its_row(monkeypatch, tmp_path):
    page = tmp_path / "aws.md"
    page.write_text(fault_table.PAGE.read_text())
    monkeypatch.setattr(fault_table, "PAGE", page)
    before = kept()
    monkeypatch.setenv(WRITE, "1")
    settle(FAULTS[1], "seen anew")
    assert kept() == {**before, FAULTS[1]: "seen anew"}
    assert tuple(kept()) == FAULTS
