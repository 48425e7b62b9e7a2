"""Every gate against every planted defect: the right gate turns red, the others stay as they are. Prints the table."""

import copy
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from engage_assets.checks.gates import GATES as LISTED_GATES
from tests.engage_assets.checks.world import GATES, World, spread, verdicts, with_column

Plant = Callable[[World], World]


DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "gates.md"


def _evidence(*changes: tuple[tuple[str | int, ...], Any]) -> Plant:
    """Replaces figures of the evidence."""
    return _figures("evidence", *changes)


def _comparison(*changes: tuple[tuple[str | int, ...], Any]) -> Plant:
    """Replaces figures of the comparison with the champion."""
    return _figures("comparison", *changes)


def _figures(part: str, *changes: tuple[tuple[str | int, ...], Any]) -> Plant:
    def plant(world: World) -> World:
        figures = copy.deepcopy(getattr(world, part))
        for path, value in changes:
            place: Any = figures
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
        return world.changed(**{part: figures})

    return plant


def _lost_rows(world: World) -> World:
    return world.changed(accounting=[world.accounting[0] | {"rows_kept": 3000}, *world.accounting[1:]])


def _dirty_rows(world: World) -> World:
    dirty = {"rows_kept": 3799, "rows_quarantined": 201}
    return world.changed(accounting=[*world.accounting[:1], world.accounting[1] | dirty, *world.accounting[2:]])


def _scores(change: Callable[[np.ndarray], np.ndarray]) -> Plant:
    def plant(world: World) -> World:
        scores = change(world.predictions["churn_probability"].to_numpy().copy())
        predictions = with_column(world.predictions, "churn_probability", scores)
        return world.changed(predictions=predictions, results=predictions)

    return plant


def _one(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(scores: np.ndarray) -> np.ndarray:
        scores[7] = value
        return scores

    return change


def _weeks_remaining(world: World) -> World:
    weeks = world.predictions["expected_remaining_weeks"].to_numpy().copy()
    weeks[7] = 60.0
    predictions = with_column(world.predictions, "expected_remaining_weeks", weeks)
    return world.changed(predictions=predictions, results=predictions)


def _shifted(world: World) -> World:
    return world.changed(previous=np.asarray(world.previous) ** 1.6)


def _future_in_feature(world: World) -> World:
    sessions = world.features["sessions_last_7_days"].to_numpy().copy()
    sessions[11] += 1
    return world.changed(truncated=with_column(world.truncated, "sessions_last_7_days", sessions))


def _empty_feature(world: World) -> World:
    gone = with_column(world.features, "trend", np.full(world.features.num_rows, np.nan))
    return world.changed(features=gone, truncated=gone)


def _missing_customer(world: World) -> World:
    return world.changed(predictions=world.predictions.slice(1), results=world.results.slice(1))


def _doubled_customer(world: World) -> World:
    predictions = pa.concat_tables([world.predictions, world.predictions.slice(0, 1)])
    return world.changed(predictions=predictions)


def _wrong_tier(world: World) -> World:
    tiers = world.predictions["churn_risk_tier"].to_pylist()
    tiers[int(np.argmax(world.predictions["churn_probability"].to_numpy()))] = "Low"
    predictions = with_column(world.predictions, "churn_risk_tier", tiers)
    return world.changed(predictions=predictions, results=predictions)


def _stale_result(world: World) -> World:
    reasons = world.results["reason_1"].to_pylist()
    reasons[5] = "Another reason"
    return world.changed(results=with_column(world.results, "reason_1", reasons))


def _decisions(column: str, row: int, value: Any) -> Plant:
    def plant(world: World) -> World:
        values = world.decisions[column].to_pylist()
        values[row] = value
        return world.changed(decisions=with_column(world.decisions, column, values))

    return plant


def _no_holdout(world: World) -> World:
    return world.changed(decisions=with_column(world.decisions, "is_holdout", np.zeros(len(world.customers), bool)))


BREACH = {"selection_rate_ratio": 0.61, "ratio_lower": 0.5, "ratio_upper": 0.72}
BIASED = _evidence(*((("fairness", 3, name), value) for name, value in BREACH.items()))

# defect: (how it is planted, the gates that must fail)
DEFECTS: dict[str, tuple[Plant, set[str]]] = {
    "rows lost between extract and lake": (_lost_rows, {"row_accounting"}),
    "5.03 % of a table quarantined": (_dirty_rows, {"row_accounting"}),
    "a table not delivered": (lambda w: w.changed(accounting=w.accounting[1:]), {"row_accounting"}),
    "activity feed stopped on Friday": (
        lambda w: w.changed(freshness=w.freshness | {"latest_activity_at": datetime.fromisoformat("2026-03-06 20:00")}),
        {"feature_freshness"},
    ),
    "activity from after as_of": (
        lambda w: w.changed(freshness=w.freshness | {"latest_activity_at": datetime.fromisoformat("2026-03-09 00:01")}),
        {"feature_freshness"},
    ),
    "customers without features": (
        lambda w: w.changed(freshness=w.freshness | {"feature_rows": 3999}),
        {"feature_freshness"},
    ),
    "a feature that is always empty": (_empty_feature, {"null_budget"}),
    "labels that are not mature": (
        lambda w: w.changed(labels=w.labels | {"max_label_as_of": date(2026, 2, 9)}),
        {"label_maturity"},
    ),
    "a feature that reads the future": (_future_in_feature, {"truncation_invariance"}),
    "a model that ranks at random": (
        _evidence((("auc_active",), spread(0.51, 0.015)), (("baseline", "difference"), spread(-0.30, 0.02))),
        {"holdout_auc", "beats_baseline"},
    ),
    "trees worse than the logistic baseline": (
        _evidence((("baseline", "difference"), spread(-0.008, 0.004))),
        {"beats_baseline"},
    ),
    "an ensemble worse than a member": (_evidence((("ensemble", "log_loss"), 0.2671)), {"ensemble_not_worse"}),
    "probabilities too extreme": (_evidence((("calibration", "slope"), spread(0.7, 0.06))), {"calibration"}),
    "probabilities too high on average": (
        _evidence((("calibration", "intercept"), spread(-0.5, 0.1))),
        {"calibration"},
    ),
    "mixed folds: a random future column helps": (
        _evidence((("leak", "canary_gain"), spread(0.03, 0.004))),
        {"leak_canary"},
    ),
    "a feature that carries the outcome": (_evidence((("leak", "max_single_feature_auc"), 0.985)), {"leak_canary"}),
    "a customer in training and validation": (_evidence((("split", "customer_overlap"), 1)), {"leak_canary"}),
    "validation older than training": (_evidence((("split", "validation_week"), "2026-01-12")), {"leak_canary"}),
    "a group selected too rarely": (BIASED, {"fairness"}),
    "a group with other error rates": (_evidence((("fairness", 0, "state"), "failed")), {"fairness"}),
    "a survival curve that knows another churn probability": (
        _evidence((("survival", "decile_gap"), 0.09)),
        {"survival_agrees"},
    ),
    "a survival curve that is too hopeful": (
        _evidence((("survival", "curve", 3, "predicted"), 0.83)),
        {"survival_agrees"},
    ),
    "a model worse than the champion": (
        _comparison((("pr_auc", "difference"), spread(-0.021, 0.008))),
        {"champion_comparison"},
    ),
    "a model worse than the champion for one slice of customers": (
        _comparison((("slices", 2, "pr_auc", "difference"), spread(-0.06, 0.02))),
        {"champion_comparison"},
    ),
    "a customer without a score": (_missing_customer, {"coverage"}),
    "a customer scored twice": (_doubled_customer, {"coverage", "reconcile"}),
    "a probability above 1": (_scores(_one(1.001)), {"score_range"}),
    "more weeks remaining than there are": (_weeks_remaining, {"score_range"}),
    "a probability that is NaN": (_scores(_one(np.nan)), {"score_range", "score_drift"}),
    "the same probability for everybody": (_scores(lambda s: np.full_like(s, 0.1)), {"score_range", "score_drift"}),
    "a tier against the probability": (_wrong_tier, {"score_range"}),
    "scores that shifted since last week": (_shifted, {"score_drift"}),
    "an action at a loss": (_decisions("expected_action_value_usd", 1, -0.02), {"decisions_complete"}),
    "an action worth nothing": (_decisions("expected_action_value_usd", 1, 0.0), {"decisions_complete"}),
    "a customer decided twice": (_decisions("customer_id", 1, "customer-00000"), {"decisions_complete"}),
    "no holdout": (_no_holdout, {"decisions_complete"}),
    "a result of another run": (_stale_result, {"reconcile"}),
}


def test_a_sound_world_passes_every_gate() -> None:
    for name, verdict in verdicts(World()).items():
        assert verdict.state == "passed", verdict
        assert verdict.gate == name


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_fails_its_gates_and_no_other(defect: str) -> None:
    plant, expected = DEFECTS[defect]
    judged = verdicts(plant(World()))
    assert {name for name, verdict in judged.items() if verdict.state != "passed"} == expected
    for name in expected:
        assert judged[name].state == "failed"
        assert len(judged[name].message) > 15
        assert judged[name].limit


def test_every_gate_has_a_defect_that_fails_it() -> None:
    assert set().union(*(expected for _, expected in DEFECTS.values())) == set(GATES)
    assert set(GATES) == {gate.name for gate in LISTED_GATES}


def _table_lines() -> Iterator[str]:
    yield "| planted defect | gates that fail |"
    yield "| --- | --- |"
    for defect, (plant, _) in DEFECTS.items():
        failed = [name for name, verdict in verdicts(plant(World())).items() if verdict.state == "failed"]
        yield f"| {defect} | {', '.join(failed)} |"


def test_the_table_in_the_docs_is_this_one(capsys: pytest.CaptureFixture[str]) -> None:
    table = "\n".join(_table_lines())
    with capsys.disabled():
        print("\n" + table)
    assert table in DOCUMENT.read_text(), "put the table printed above into docs/gates.md"


def test_planting_a_defect_leaves_the_sound_world_alone() -> None:
    world = World()
    for plant, _ in DEFECTS.values():
        plant(world)
    assert pc.all(pc.less_equal(world.predictions["churn_probability"], 1.0)).as_py()
    assert {verdict.state for verdict in verdicts(world).values()} == {"passed"}
