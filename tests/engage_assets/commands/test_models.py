"""``engage models`` on a registry of its own: the list, the card, promotion by hand, rollback."""

import json
from datetime import date

import pytest
from typer.testing import CliRunner

from engage_assets.assets.models import promote_or_keep
from engage_assets.assets.publication import model_verdicts
from engage_assets.cli import app
from engage_assets.commands.models import promote_by_hand, registry_of, roll_back
from engage_assets.errors import EngageError, InputError
from engage_assets.records.model_registry import write_trained
from engage_assets.records.promotions import champion_version
from engage_assets.settings import Settings
from engage_ml.registry import require_passed
from tests.engage_assets.checks.world import sound_comparison, sound_evidence, spread
from tests.engage_assets.records.test_promotions import FIRST, SECOND, WEEKS, verdicts

REASON = "the fraud team needs it before Monday"


AUDIT = {
    "proxies": [
        {
            "attribute": "gender",
            "auc": {"value": 0.61, "lower": 0.6, "upper": 0.62},
            "features": {"followers_count": 0.3},
        }
    ],
    "mitigation": {
        "reweighting": {
            "attribute": "gender",
            "difference": {"auc": -0.002, "leavers_reached": -9, "revenue_reached_usd": -120.0, "smallest_ratio": 0.06},
        },
        "thresholds_by_group": [
            {
                "attribute": "age_band",
                "leavers_common": 300,
                "leavers_by_group": 295,
                "revenue_reached_common_usd": 4_000.0,
                "revenue_reached_by_group_usd": 3_950.0,
                "smallest_ratio_common": 0.84,
                "smallest_ratio_by_group": 0.99,
            }
        ],
    },
}


def metrics():
    return [
        {"model": "churn", "population": "active", "metric": name, **spread(value, 0.01)}
        for name, value in (("auc", 0.86), ("pr_auc", 0.43), ("log_loss", 0.24), ("expected_calibration_error", 0.007))
    ]


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "home").mkdir()
    return Settings(home=tmp_path / "home")


@pytest.fixture
def registry(settings):
    return registry_of(settings)


def add(registry, version, week, **states):
    data = {"training_rows": 900, "validation_rows": 300, "validation_rows_active": 200, "churn_rate_active": 0.1}
    card = {
        "week": str(week),
        "run_id": "r1",
        "metrics": metrics(),
        "data": {**data, "sha256": "0" * 64},
        "split": {"description": "Out of time and out of customer."},
        "features": [],
        "ensemble": {"weights": {"xgboost": 0.5, "logistic": 0.5}},
        "limits": ["A limit."],
    }
    registry.write_json(f"{version}/card.json", card)
    registry.write_json(f"{version}/evidence.json", {**sound_evidence(), **AUDIT})
    registry.write_json(f"comparisons/{version}/baseline.json", sound_comparison())
    write_trained(registry, week, version=version, run_id="r1")
    records = verdicts(version, **states)
    promote_or_keep(registry, version, week=week, records=records)
    return records


def test_the_list_says_why(settings, registry):
    add(registry, FIRST, WEEKS[0])
    add(registry, SECOND, WEEKS[1], champion_comparison="insufficient")
    result = CliRunner().invoke(app, ["models", "--home", str(settings.home)])
    newest, oldest = result.output.splitlines()[2:]
    assert newest.startswith(SECOND)
    assert "kept" in newest
    assert "champion_comparison: insufficient" in newest
    assert oldest.startswith(FIRST)
    assert "champion" in oldest
    assert "0.4300" in oldest


def test_a_version_that_only_lost_the_comparison_needs_a_reason_and_no_override(settings, registry):
    add(registry, FIRST, WEEKS[0])
    add(registry, SECOND, WEEKS[1], champion_comparison="insufficient")
    with pytest.raises(InputError, match="--reason is 'so'"):
        promote_by_hand(settings, SECOND, reason="so", override=False)
    assert promote_by_hand(settings, SECOND, reason=REASON, override=False).previous == FIRST
    assert champion_version(registry) == SECOND
    require_passed(registry.uri, SECOND)


@pytest.mark.parametrize("gate", ["leak_canary", "fairness", "calibration"])
def test_no_other_gate_is_skipped_without_an_override_and_then_it_is_written_down(settings, registry, gate):
    add(registry, FIRST, WEEKS[0])
    records = add(registry, SECOND, WEEKS[1], **{gate: "failed"})
    with pytest.raises(EngageError, match=f"refused by {gate}: failed"):
        promote_by_hand(settings, SECOND, reason=REASON, override=False)
    assert champion_version(registry) == FIRST
    promote_by_hand(settings, SECOND, reason=REASON, override=True)
    require_passed(registry.uri, SECOND)
    card = CliRunner().invoke(app, ["models", "card", SECOND, "--home", str(settings.home)]).output
    assert f"**{gate} was overridden by hand: {REASON}**" in card
    [shown] = [
        each for each in model_verdicts(registry, SECOND, week=WEEKS[1], records=records) if each.state != "passed"
    ]
    assert (shown.gate, shown.state) == (gate, "overridden")
    assert REASON in shown.message


def test_rollback_and_its_history(settings, registry):
    add(registry, FIRST, WEEKS[0])
    with pytest.raises(InputError, match="is the first champion"):
        roll_back(settings, reason=REASON)
    add(registry, SECOND, WEEKS[1])
    assert roll_back(settings, reason=REASON).version == FIRST
    add(registry, SECOND, WEEKS[1])
    assert champion_version(registry) == FIRST
    output = CliRunner().invoke(app, ["models", "history", "--home", str(settings.home)]).output
    assert f"rolled back: {FIRST}, before: {SECOND}" in output
    assert REASON in output


def test_an_unknown_version_is_one_message(settings, registry):
    with pytest.raises(InputError, match="none has been trained yet"):
        promote_by_hand(settings, FIRST, reason=REASON, override=False)
    add(registry, FIRST, WEEKS[0])
    with pytest.raises(InputError, match=f"the newest is {FIRST}"):
        promote_by_hand(settings, "2026-03-02", reason=REASON, override=False)
    with pytest.raises(InputError, match="is the champion already"):
        promote_by_hand(settings, FIRST, reason=REASON, override=False)


def test_the_card_is_markdown_with_every_part(settings, registry):
    add(registry, FIRST, WEEKS[0])
    output = CliRunner().invoke(app, ["models", "card", "--home", str(settings.home)]).output
    for heading in ("Use", "Data", "Churn model", "Quality", "Fairness", "Gates", "Decisions", "Limits"):
        assert f"\n## {heading}" in output
    assert "| gender | 0.610 | 0.600 to 0.620 | followers_count 30% |" in output
    assert "reweighted (in use) by gender: AUC -0.0020, -9 leavers" in output
    assert "A threshold for each group by age band: AUC +0.0000, -5 leavers" in output
    assert "no activity at all in the 30 days after the week has ended" in output
    assert "| PR-AUC | active | 0.4300 | 0.4200 to 0.4400 |" in output


def test_a_pointer_is_one_file(registry):
    add(registry, FIRST, WEEKS[0])
    pointer = json.loads(json.dumps(registry.read_json("champion.json")))
    assert date.fromisoformat(pointer["week"]) == WEEKS[0]
    assert pointer["model_version"] == FIRST
