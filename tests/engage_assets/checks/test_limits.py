"""Where each gate draws its line, and when it says that the rows are too few."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from engage_assets.checks import rules_data, rules_models, rules_scores, rules_tables
from engage_assets.checks.result import State
from tests.engage_assets.checks.world import IDS, World, sound_evidence, spread


def _with(**parts: Any) -> dict[str, Any]:
    return sound_evidence() | parts


@pytest.mark.parametrize(
    ("quarantined", "state"), [(0, "passed"), (50, "passed"), (51, "failed"), (1000, "failed"), (-1, "failed")]
)
def test_five_percent_may_be_quarantined(quarantined: int, state: State) -> None:
    row = {"source_table": "t", "rows_in": 1000, "rows_kept": 1000 - quarantined, "rows_quarantined": quarantined}
    assert rules_data.row_accounting([row], expected_tables=["t"]).state == state


def test_an_empty_table_fails_unless_it_may_be_empty() -> None:
    row = {"source_table": "t", "rows_in": 0, "rows_kept": 0, "rows_quarantined": 0}
    assert rules_data.row_accounting([row], expected_tables=["t"]).state == "failed"
    allowed = rules_data.row_accounting([row], expected_tables=["t"], may_be_empty=frozenset({"t"}))
    assert allowed.state == "passed"
    assert rules_data.row_accounting([row, row], expected_tables=["t"]).state == "failed"


def test_labels_mature_on_the_thirtieth_day() -> None:
    limits = [(date(2026, 2, 7), "passed", 0.0), (date(2026, 2, 8), "failed", -1.0)]
    for newest, state, margin in limits:
        verdict = rules_data.label_maturity(training_rows=1, max_label_as_of=newest, observed_through=date(2026, 3, 9))
        assert (verdict.state, verdict.value) == (state, margin)


def test_a_column_may_have_its_own_budget_of_nulls() -> None:
    table = pa.table({"a": [1.0, None, None, float("nan")], "b": [1, 2, 3, 4]})
    assert rules_data.null_budget(table, columns=["a", "b"]).state == "failed"
    assert rules_data.null_budget(table, columns=["a", "b"], budgets={"a": 0.75}).value == 0.75
    assert rules_data.null_budget(table, columns=["a", "b"], budgets={"a": 0.74}).state == "failed"
    assert rules_data.null_budget(table, columns=["b"], budgets={"gone": 0.1}).state == "failed"


@pytest.mark.parametrize(
    ("auc", "positives", "state"),
    [
        (spread(0.80, 0.05), 200, "passed"),
        (spread(0.70, 0.05), 200, "failed"),
        (spread(0.70, 0.05), 29, "insufficient"),
        (spread(0.80, 0.05), 0, "insufficient"),
        ({"value": 0.9, "lower": 0.95, "upper": 0.85}, 200, "failed"),
    ],
)
def test_the_auc_must_be_above_its_floor(auc: dict[str, float], positives: int, state: State) -> None:
    assert rules_models.holdout_auc_floor(_with(auc_active=auc, positives_active=positives)).state == state


def test_no_validation_rows_is_a_failure_not_a_shortage() -> None:
    assert rules_models.holdout_auc_floor(_with(n_validation_active=0, positives_active=0)).state == "failed"


@pytest.mark.parametrize(
    ("value", "half_width", "positives", "state"),
    [
        (0.01, 0.005, 1500, "passed"),
        (0.000, 0.005, 1500, "passed"),
        (0.000, 0.006, 1500, "insufficient"),
        (-0.004, 0.0005, 1500, "failed"),
        (-0.006, 0.02, 1500, "failed"),
        (-0.006, 0.02, 20, "insufficient"),
        (-0.05, 0.02, 20, "failed"),
    ],
)
def test_the_baseline_must_not_win(value: float, half_width: float, positives: int, state: State) -> None:
    evidence = _with(baseline={"difference": spread(value, half_width)}, positives_active=positives)
    assert rules_models.beats_baseline(evidence).state == state


@pytest.mark.parametrize(
    ("rows", "excess", "state"),
    [(15_000, 0.0004, "passed"), (15_000, 0.0006, "failed"), (400, 0.0019, "passed"), (400, 0.0021, "failed")],
)
def test_the_ensembles_tolerance_depends_on_the_rows(rows: int, excess: float, state: State) -> None:
    ensemble = {"log_loss": 0.25 + excess, "members": {"a": 0.25, "b": 0.3}}
    assert rules_models.ensemble_not_worse(_with(ensemble=ensemble, n_validation_active=rows)).state == state
    alone = {"log_loss": 0.25, "members": {"a": 0.25}}
    assert rules_models.ensemble_not_worse(_with(ensemble=alone)).state == "failed"


@pytest.mark.parametrize(
    ("slope", "intercept", "state"),
    [
        (spread(1.0, 0.1), spread(0.0, 0.1), "passed"),
        (spread(0.85, 0.06), spread(0.0, 0.1), "passed"),
        (spread(0.85, 0.04), spread(0.0, 0.1), "failed"),
        (spread(1.25, 0.16), spread(0.0, 0.1), "failed"),
        (spread(1.0, 0.3), spread(0.0, 0.1), "insufficient"),
        (spread(1.5, 0.3), spread(0.0, 0.1), "failed"),
        (spread(1.0, 0.1), spread(0.3, 0.04), "failed"),
        (spread(1.0, 0.1), spread(0.3, 0.06), "passed"),
    ],
)
def test_calibration_fails_on_proof_only(slope: dict[str, float], intercept: dict[str, float], state: State) -> None:
    calibration = {"slope": slope, "intercept": intercept}
    assert rules_models.calibration(_with(calibration=calibration)).state == state


def test_a_canary_that_is_not_known_well_enough_is_insufficient() -> None:
    leak = sound_evidence()["leak"] | {"canary_gain": spread(0.0, 0.06)}
    assert rules_models.leak_canary(_with(leak=leak)).state == "insufficient"


def test_one_matured_week_trains_and_validates_on_other_customers() -> None:
    split = {"customer_overlap": 0, "training_weeks": ["2026-01-26"], "validation_week": "2026-01-26"}
    assert rules_models.leak_canary(_with(split=split)).state == "passed"


def _groups(**changes: Any) -> dict[str, Any]:
    return _with(fairness=[row | changes for row in sound_evidence()["fairness"]])


def test_fairness_needs_proof_and_groups_large_enough() -> None:
    estimate_only = {"selection_rate_ratio": 0.7, "ratio_lower": 0.55, "ratio_upper": 0.85, "state": "passed"}
    assert rules_models.fairness(_groups(**estimate_only)).state == "passed"
    proven = {"selection_rate_ratio": 0.7, "ratio_lower": 0.6, "ratio_upper": 0.79, "state": "passed"}
    assert rules_models.fairness(_groups(**proven)).state == "failed"
    assert rules_models.fairness(_groups(**proven | {"state": "insufficient"})).state == "insufficient"
    one_attribute = [row for row in sound_evidence()["fairness"] if row["attribute"] != "location"]
    assert "location" in rules_models.fairness(_with(fairness=one_attribute)).message


def test_drift_between_samples_of_one_population_is_rarely_alarmed() -> None:
    draw = np.random.default_rng(5)
    alarms = 0
    for _ in range(300):
        verdict = rules_scores.score_drift(draw.beta(1, 8, 500), draw.beta(1, 8, 300))
        alarms += verdict.state == "failed"
    assert alarms <= 3


def test_the_drift_limit_depends_on_the_rows() -> None:
    assert rules_scores.psi_limit(100_000, 100_000, 10) == rules_scores.PSI_LIMIT
    assert rules_scores.psi_limit(500, 300, 10) == pytest.approx((1 / 500 + 1 / 300) * 27.877, rel=1e-3)
    few = rules_scores.score_drift(np.linspace(0, 1, 50), np.linspace(0, 1, 50))
    assert few.state == "insufficient"
    assert rules_scores.score_drift([0.1, 0.2], None).state == "insufficient"
    assert rules_scores.score_drift([0.1, 0.2], []).state == "insufficient"


def test_drift_sees_a_shift_among_tied_scores() -> None:
    before = np.repeat([0.05, 0.1, 0.4], [700, 200, 100])
    assert rules_scores.score_drift(before, before).value == 0.0
    assert rules_scores.score_drift(np.repeat([0.05, 0.1, 0.4], [400, 300, 300]), before).state == "failed"


def test_coverage_names_what_is_missing_repeated_and_unknown() -> None:
    customers = pa.chunked_array([["a", "b", "c", "d"]])
    verdict = rules_scores.coverage(pa.table({"customer_id": ["a", "a", "x", "b", None]}), customers)
    assert verdict.value == 0.5
    assert verdict.details == {"without an id": 1, "repeated": 1, "for unknown customers": 1, "missing": 2}


@pytest.mark.parametrize(("held_out", "state"), [(400, "passed"), (475, "passed"), (490, "failed"), (300, "failed")])
def test_the_holdout_share_is_within_chance_of_a_tenth(held_out: int, state: State) -> None:
    world = World()
    place = world.decisions.column_names.index("is_holdout")
    decisions = world.decisions.set_column(place, "is_holdout", pa.array(np.arange(len(IDS)) < held_out))
    assert rules_scores.decisions_complete(decisions, world.customers).state == state


def test_tables_are_matched_by_key_in_any_order() -> None:
    world = World()
    shuffled = world.results.take(pa.array(np.random.default_rng(0).permutation(len(IDS))))
    assert rules_tables.reconcile(shuffled, world.predictions).state == "passed"
    verdict = rules_tables.reconcile(shuffled.slice(3), world.predictions)
    assert (verdict.state, verdict.details["only_left"], verdict.details["only_right"]) == ("failed", 3, 0)
    wrong_type = world.results.set_column(2, "churn_probability", pa.array(["x"] * len(IDS)))
    assert rules_tables.reconcile(wrong_type, world.predictions).value == len(IDS)


def _survival(**changes: Any) -> dict[str, Any]:
    return _with(survival={**sound_evidence()["survival"], **changes})


def test_survival_is_judged_when_enough_was_seen() -> None:
    assert rules_models.survival_agrees(_survival()).state == "passed"
    assert rules_models.survival_agrees(_survival(held_out_silences=50)).state == "insufficient"
    constant = rules_models.survival_agrees(_with(survival={"fitted": False, "why": "no week was followed by others"}))
    assert constant.state == "insufficient"
    assert "no week was followed" in constant.message
    assert rules_models.survival_agrees(_survival(curve=[])).state == "insufficient"
    assert rules_models.survival_agrees(_survival(curve=None)).state == "failed"


@pytest.mark.parametrize(
    ("gap", "by_chance", "state"),
    [
        (0.019, 0.010, "passed"),  # within the band
        (-0.021, 0.019, "failed"),
        (0.024, 0.025, "passed"),  # no further than chance carries a right model
        (-0.026, 0.025, "failed"),
        (0.001, 0.041, "insufficient"),
    ],
)
def test_survival_must_leave_the_band_and_what_chance_explains(gap: float, by_chance: float, state: State) -> None:
    curve = sound_evidence()["survival"]["curve"]
    curve[2] |= {"predicted": curve[2]["observed"] + gap, "by_chance": by_chance}
    assert rules_models.survival_agrees(_survival(curve=curve)).state == state
