"""Whether a version replaces the champion: the comparison's three states, and every way to win or to lose."""

import copy
from typing import Any

import pytest

from engage_assets.checks.gates import gates_of
from engage_assets.checks.rules_promotion import already_champion, champion_comparison, decide
from engage_assets.records.gate_log import GateRecord
from tests.engage_assets.checks.world import sound_comparison, spread

NEW, CHAMPION = "2026-03-02-aaaaaaaaaaaa", "2026-02-23-bbbbbbbbbbbb"


def compared(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(sound_comparison()), **changes}


def overall(value: float, half_width: float) -> dict[str, Any]:
    return {"pr_auc": {"challenger": 0.43, "opponent": 0.43 - value, "difference": spread(value, half_width)}}


@pytest.mark.parametrize(
    ("value", "half_width", "state"),
    [
        (0.010, 0.005, "passed"),
        (-0.010, 0.009, "passed"),  # proven worse, by less than the margin
        (-0.012, 0.013, "insufficient"),
        (0.005, 0.040, "insufficient"),
        (-0.030, 0.005, "failed"),
    ],
)
def test_the_lower_limit_decides(value: float, half_width: float, state: str) -> None:
    assert champion_comparison(compared(**overall(value, half_width))).state == state


def test_a_slice_that_loses_is_named() -> None:
    for change, state in ((spread(-0.08, 0.02), "failed"), (spread(-0.02, 0.05), "insufficient")):
        record = compared()
        record["slices"][1]["pr_auc"]["difference"] = change
        verdict = champion_comparison(record)
        assert verdict.state == state
        assert "gender Male" in verdict.message


def test_a_champion_that_has_seen_the_validation_week_is_no_opponent() -> None:
    verdict = champion_comparison(compared(opponent_trained_through="2026-01-26"))
    assert verdict.state == "insufficient"
    assert "no test of it" in verdict.message


def records(**states: str) -> list[GateRecord]:
    names = [gate.name for gate in gates_of("model")]
    assert states.keys() <= set(names)
    return [
        GateRecord(name, "models/churn", states.get(name, "passed"), 1.0, "limit", "message", "2026-03-09", NEW)
        for name in names
    ]


def decision(champion: str | None = CHAMPION, *, verdicts: list[GateRecord] | None = None, **rest: Any) -> Any:
    given = records() if verdicts is None else verdicts
    return decide(NEW, champion=champion, records=given, gates=gates_of("model"), **rest)


@pytest.mark.parametrize(
    ("champion", "states", "event"),
    [
        (CHAMPION, {}, "promoted"),
        (None, {}, "promoted"),
        (None, {"champion_comparison": "insufficient"}, "promoted"),
        (None, {"champion_comparison": "failed"}, "refused"),
        (None, {"calibration": "failed"}, "refused"),
        (None, {"calibration": "insufficient"}, "refused"),
        (CHAMPION, {"champion_comparison": "insufficient"}, "kept"),
        (CHAMPION, {"champion_comparison": "failed"}, "kept"),
        (CHAMPION, {"fairness": "failed"}, "kept"),
        (CHAMPION, {"holdout_auc": "insufficient"}, "kept"),
    ],
)
def test_every_gate_counts_and_the_first_version_has_a_rule_of_its_own(
    champion: str | None, states: dict[str, str], event: str
) -> None:
    found = decision(champion, verdicts=records(**states))
    assert found.event == event
    assert found.rule == ("first version" if champion is None else "challenge")
    for gate in states:
        assert gate in found.reason or event == "promoted"


def test_a_gate_that_was_not_evaluated_keeps_the_champion() -> None:
    found = decision(verdicts=records()[1:])
    assert found.event == "kept"
    assert "was not evaluated" in found.reason


def test_an_override_stands_for_the_gates_it_names_and_for_no_other() -> None:
    failed = records(fairness="failed", champion_comparison="insufficient")
    assert not decision(verdicts=failed, overridden=frozenset({"fairness"})).promotes
    assert decision(verdicts=failed, overridden=frozenset({"fairness", "champion_comparison"})).promotes


def test_a_version_that_was_rolled_back_does_not_come_back_by_itself() -> None:
    found = decision(withdrawn="it annoyed customers")
    assert found.event == "kept"
    assert "it annoyed customers" in found.reason


def test_the_champion_made_again_stays() -> None:
    assert decision(NEW).rule == "same version"
    assert already_champion(NEW).state == "passed"


def test_leak_and_fairness_refuse_a_week_and_the_others_a_promotion() -> None:
    assert {gate.name for gate in gates_of("model") if gate.refuses_week} == {"leak_canary", "fairness"}
