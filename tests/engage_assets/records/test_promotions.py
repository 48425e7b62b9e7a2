from dataclasses import replace
from datetime import date

import pytest

from engage_assets.assets.models import promote_or_keep
from engage_assets.assets.publication import CHALLENGER, model_verdicts
from engage_assets.checks.gates import gates_of
from engage_assets.errors import GateRefusedError, InputError
from engage_assets.records.gate_log import GateRecord
from engage_assets.records.model_registry import read_verdict, write_trained
from engage_assets.records.promotions import (
    champion_for,
    champion_version,
    previous_champion,
    read_log,
    record_decision,
    require_champion,
    withdrawn,
)
from engage_assets.resources.lake import LocalLake

WEEKS = [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
FIRST, SECOND, THIRD = (f"{week}-aaaaaaaaaaaa" for week in WEEKS)


@pytest.fixture
def registry(tmp_path):
    return LocalLake(root=str(tmp_path))


def verdicts(version, **states):
    return [
        GateRecord(gate.name, "models/churn", states.get(gate.name, "passed"), 1.0, "limit", "m", "2026-03-09", version)
        for gate in gates_of("model")
    ]


def week_of_training(registry, version, week, **states):
    write_trained(registry, week, version=version, run_id=f"run-{version}")
    records = verdicts(version, **states)
    return promote_or_keep(registry, version, week=week, records=records), records


def test_the_first_then_better_then_worse(registry):
    assert champion_for(registry, WEEKS[0]) is None
    with pytest.raises(InputError, match="no model has passed"):
        require_champion(registry, WEEKS[0])
    assert week_of_training(registry, FIRST, WEEKS[0], champion_comparison="insufficient")[0].event == "promoted"
    assert week_of_training(registry, SECOND, WEEKS[1])[0].event == "promoted"
    assert week_of_training(registry, THIRD, WEEKS[2], champion_comparison="failed")[0].event == "kept"
    assert require_champion(registry, WEEKS[2]) == SECOND
    assert [(each.version, each.event, each.previous) for each in read_log(registry)] == [
        (FIRST, "promoted", None),
        (SECOND, "promoted", FIRST),
        (THIRD, "kept", SECOND),
    ]
    assert read_verdict(registry, THIRD).state == "not promoted"
    assert previous_champion(registry) == FIRST


def test_a_first_version_that_fails_leaves_no_champion(registry):
    assert week_of_training(registry, FIRST, WEEKS[0], calibration="failed")[0].event == "refused"
    assert champion_version(registry) is None


def test_running_again_changes_nothing(registry):
    week_of_training(registry, FIRST, WEEKS[0])
    for _ in range(2):
        assert week_of_training(registry, FIRST, WEEKS[0])[0].rule == "same version"
        week_of_training(registry, SECOND, WEEKS[1], champion_comparison="insufficient")
    assert [each.event for each in read_log(registry)] == ["promoted", "kept"]


def test_a_past_week_is_scored_by_a_model_of_its_time_and_moves_no_pointer(registry):
    week_of_training(registry, FIRST, WEEKS[0])
    week_of_training(registry, THIRD, WEEKS[2])
    assert champion_for(registry, WEEKS[1]) == FIRST
    assert week_of_training(registry, SECOND, WEEKS[1])[0].event == "promoted"
    assert champion_for(registry, WEEKS[1]) == SECOND
    assert champion_version(registry) == THIRD


def test_a_kill_before_the_pointer_moves_is_decided_again(registry):
    week_of_training(registry, FIRST, WEEKS[0])
    (pointer,) = [registry.read_json("champion.json")]
    week_of_training(registry, SECOND, WEEKS[1])
    registry.write_json("champion.json", pointer)
    assert week_of_training(registry, SECOND, WEEKS[1])[0].event == "promoted"
    assert champion_version(registry) == SECOND


def test_a_rollback_is_remembered_until_a_person_promotes_again(registry):
    week_of_training(registry, FIRST, WEEKS[0])
    week_of_training(registry, SECOND, WEEKS[1])
    record_decision(
        registry, event="rolled back", version=FIRST, week=WEEKS[0], rule="by hand", reason="too many calls"
    )
    assert champion_version(registry) == FIRST
    assert withdrawn(registry, SECOND) == "too many calls"
    decision, _ = week_of_training(registry, SECOND, WEEKS[1])
    assert (decision.event, champion_version(registry)) == ("kept", FIRST)
    assert read_verdict(registry, SECOND).state == "passed", "the verdict of its promotion was overwritten"
    record_decision(registry, event="promoted by hand", version=SECOND, week=WEEKS[1], rule="by hand", reason="fixed")
    assert withdrawn(registry, SECOND) == ""


def test_the_champion_publishes_a_week_whose_own_model_lost(registry):
    week_of_training(registry, FIRST, WEEKS[0])
    _, records = week_of_training(registry, SECOND, WEEKS[1], calibration="failed")
    shown = model_verdicts(registry, FIRST, week=WEEKS[1], records=records)
    assert [(each.gate, each.asset) for each in shown if each.state != "passed"] == [("calibration", CHALLENGER)]
    with pytest.raises(GateRefusedError, match="was not promoted"):
        model_verdicts(registry, SECOND, week=WEEKS[1], records=records)


@pytest.mark.parametrize("gate", ["leak_canary", "fairness"])
def test_a_leak_or_a_bias_refuses_the_week_whoever_scores(registry, gate):
    week_of_training(registry, FIRST, WEEKS[0])
    _, records = week_of_training(registry, SECOND, WEEKS[1], **{gate: "failed"})
    with pytest.raises(GateRefusedError, match=gate):
        model_verdicts(registry, FIRST, week=WEEKS[1], records=records)
    with pytest.raises(GateRefusedError, match=f"{gate}: was not evaluated"):
        model_verdicts(registry, FIRST, week=WEEKS[1], records=[replace(each, subject="another") for each in records])
