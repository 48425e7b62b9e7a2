"""Empty, missing and non-finite input, and input that makes a rule raise: never a pass."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from engage_assets.checks import rules_data, rules_models, rules_scores, rules_tables
from engage_assets.checks.result import GateResult
from tests.engage_assets.checks.world import GATES, World, sound_evidence, with_column

NAN = float("nan")

_PARTS: dict[str, list[Any]] = {
    "accounting": [[], None, [{}], [{"source_table": "customers", "rows_in": NAN}]],
    "features": [None, pa.table({}), World().features.slice(0, 0)],
    "truncated": [None, pa.table({}), World().features.slice(0, 0), World().features.drop_columns(["trend"])],
    "evidence": [None, {}, [], "evidence"],
    "comparison": [None, {}, {"pr_auc": {"difference": {"value": NAN, "lower": NAN, "upper": NAN}}}],
    "customers": [None, pa.chunked_array([], pa.string())],
    "predictions": [None, pa.table({}), World().predictions.slice(0, 0)],
    "decisions": [None, pa.table({}), World().decisions.slice(0, 0)],
    "results": [None, pa.table({}), World().results.slice(0, 0)],
    "previous": [[NAN, 0.5], ["x"]],
}
_READERS = {
    "accounting": ["row_accounting"],
    "features": ["null_budget", "truncation_invariance"],
    "truncated": ["truncation_invariance"],
    "evidence": [
        "holdout_auc",
        "beats_baseline",
        "ensemble_not_worse",
        "calibration",
        "leak_canary",
        "fairness",
        "survival_agrees",
    ],
    "comparison": ["champion_comparison"],
    "customers": ["coverage", "decisions_complete"],
    "predictions": ["coverage", "score_range", "reconcile"],
    "decisions": ["decisions_complete"],
    "results": ["reconcile"],
    "previous": ["score_drift"],
}
_CASES = [(part, bad, gate) for part, values in _PARTS.items() for bad in values for gate in _READERS[part]]


@pytest.mark.parametrize(("part", "bad", "gate"), _CASES, ids=[f"{g}-{p}" for p, _, g in _CASES])
def test_unusable_input_fails(part: str, bad: Any, gate: str) -> None:
    verdict = GATES[gate](World().changed(**{part: bad}))
    assert verdict.state == "failed"
    assert verdict.gate == gate
    assert verdict.message


@pytest.mark.parametrize("gate", ["feature_freshness", "label_maturity"])
@pytest.mark.parametrize("bad", [None, 0, -1, NAN, "x"])
def test_unusable_figures_fail(gate: str, bad: Any) -> None:
    part = "freshness" if gate == "feature_freshness" else "labels"
    for name in getattr(World(), part):
        world = World()
        verdict = GATES[gate](world.changed(**{part: getattr(world, part) | {name: bad}}))
        assert verdict.state == "failed", (name, bad)


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict | list):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for step, child in items:
            yield from _leaves(child, (*path, step))
    else:
        yield path


_JUDGED_FIGURES = {
    "holdout_auc": ["n_validation_active", "positives_active", "auc_active"],
    "beats_baseline": ["positives_active", "baseline.difference"],
    "ensemble_not_worse": ["n_validation_active", "ensemble"],
    "calibration": ["calibration.slope", "calibration.intercept"],
    "leak_canary": ["leak.canary_gain", "leak.max_single_feature_auc", "split"],
    "survival_agrees": [
        *("survival.decile_gap", "survival.held_out_silences"),
        *("survival.curve.1.predicted", "survival.curve.1.observed", "survival.curve.1.by_chance"),
    ],
    "fairness": ["fairness.0.selection_rate_ratio", "fairness.0.ratio_upper", "fairness.0.tpr_gap", "fairness.0.state"],
}


@pytest.mark.parametrize("bad", [NAN, None, "0.9", True, "absent"])
@pytest.mark.parametrize("gate", _JUDGED_FIGURES)
def test_every_judged_figure_is_needed(gate: str, bad: Any) -> None:
    judged = 0
    for path in _leaves(sound_evidence()):
        dotted = ".".join(map(str, path))
        if not any(dotted == prefix or dotted.startswith(prefix + ".") for prefix in _JUDGED_FIGURES[gate]):
            continue
        evidence = copy.deepcopy(sound_evidence())
        place: Any = evidence
        for step in path[:-1]:
            place = place[step]
        if bad == "absent":
            del place[path[-1]]
        else:
            place[path[-1]] = bad
        if dotted.startswith("split.training_weeks") and bad == "absent":
            continue  # one training week fewer is a legitimate split
        judged += 1
        assert GATES[gate](World().changed(evidence=evidence)).state != "passed", dotted
    assert judged


def test_no_scores_of_this_week_fail() -> None:
    for current in ([], [NAN], [0.5, np.inf], None, pa.chunked_array([[0.5, None]])):
        assert rules_scores.score_drift(current, [0.5, 0.6]).state == "failed"


def test_nan_in_a_column_is_never_a_pass() -> None:
    world = World()
    for column in ("churn_probability", "predicted_engagement", "predicted_revenue_30d_usd", "expected_ltv_12m_usd"):
        values = world.predictions[column].to_numpy().copy()
        values[3] = NAN
        assert rules_scores.score_range(with_column(world.predictions, column, values)).state == "failed"
    values = world.decisions["expected_action_value_usd"].to_numpy().copy()
    values[3] = NAN
    decisions = with_column(world.decisions, "expected_action_value_usd", values)
    assert rules_scores.decisions_complete(decisions, world.customers).state == "failed"


def test_a_null_never_compares_equal_to_a_value_and_nan_equals_nan() -> None:
    left = pa.table({"id": ["a", "b", "c"], "x": pa.array([1.0, NAN, None], from_pandas=False)})
    assert rules_tables.truncation_invariance(left, left, key=["id"]).state == "passed"
    for other in ([1.0, NAN, 0.0], [1.0, None, None], [1.0, 0.0, None], [None, NAN, None]):
        right = pa.table({"id": ["a", "b", "c"], "x": pa.array(other, from_pandas=False)})
        verdict = rules_tables.truncation_invariance(left, right, key=["id"])
        assert (verdict.state, verdict.value, verdict.details["by_column"]) == ("failed", 1.0, {"x": 1})


def test_a_rule_that_raises_says_why() -> None:
    verdict = rules_models.calibration({"calibration": 7})
    assert "calibration.slope.value" in verdict.message
    verdict = rules_data.null_budget(None, columns=["x"])
    assert verdict.state == "failed"
    assert "AttributeError" in verdict.message
    assert verdict.details == {"exception": "AttributeError"}


def test_a_passed_result_needs_a_finite_value() -> None:
    assert GateResult.passed("g", NAN, "limit", "fine").state == "failed"
    assert GateResult.passed("g", np.inf, "limit", "fine").value is None
    assert GateResult("g", "passed", None, "limit", "fine").state == "failed"
