"""The decision rule: rows computed by hand, brute force on random frames, ties, nothing pays, unusable input."""

import math
import operator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import given, settings

from engage_assets.actions import DECISIONS_SCHEMA, THEMES, ActionError, choose_actions, load_catalogue
from tests.engage_assets.actions.decisions import (
    DECIDED_AT,
    NO_REASONS,
    WEEK,
    Reasons,
    catalogue,
    decide,
    features,
    predictions,
)

PUSH = {"id": "push", "cost_usd": 1.0, "effect_by_theme": {"dating": 0.5}, "default_effect": 0.1}
CALL = {"id": "call", "cost_usd": 6.0, "effect_by_theme": {"friction": 0.6}, "default_effect": 0.2, "channel": "phone"}


def test_a_decision_computed_by_hand() -> None:
    reasons: Reasons = [("dating", "raises", 0.6), ("tenure", "lowers", -0.9), ("friction", "raises", 0.2)]
    (row,) = decide(predictions([0.5], [100.0], [reasons]), features(1), catalogue(PUSH, CALL))
    # push: effect 0.75 x 0.5 + 0.25 x 0.1 = 0.40, value 0.5 x 0.40 x 100 - 1 = 19
    # call: effect 0.75 x 0.2 + 0.25 x 0.6 = 0.30, value 0.5 x 0.30 x 100 - 6 = 9
    assert row["recommended_action"] == "push"
    assert row["expected_effect"] == pytest.approx(0.40)
    assert row["expected_action_value_usd"] == pytest.approx(19.0)
    assert row["action_cost_usd"] == 1.0
    assert (row["week"], row["run_id"], row["customer_id"], row["decided_at"]) == (WEEK, "r1", "c0", DECIDED_AT)


def test_without_a_raising_reason_the_default_effect_holds() -> None:
    reasons: Reasons = [("dating", "lowers", -0.6), ("dating", "raises", float("nan")), ("dating", "raises", 0.0)]
    rows = decide(predictions([0.5] * 2, [100.0] * 2, [reasons, NO_REASONS]), features(2), catalogue(PUSH))
    assert [row["expected_effect"] for row in rows] == [0.1, 0.1]


def test_none_when_nothing_pays() -> None:
    (zero, negative, breaks_even) = decide(
        predictions([0.0, 0.9, 0.1], [1000.0, -50.0, 100.0]), features(3), catalogue(PUSH)
    )
    for row in (zero, negative, breaks_even):  # 0.1 x 0.1 x 100 - 1 = 0: not worth doing
        assert row["recommended_action"] == "none"
        assert (row["action_name"], row["channel"]) == ("No action", "none")
        assert (row["action_cost_usd"], row["expected_effect"], row["expected_action_value_usd"]) == (0.0, 0.0, 0.0)


def test_equal_values_go_to_the_first_in_the_catalogue() -> None:
    twins = [{**PUSH, "id": "second"}, {**PUSH, "id": "first"}]
    for order in (twins, twins[::-1]):
        rows = decide(predictions([0.5] * 3, [100.0] * 3), features(3), catalogue(*order))
        assert {row["recommended_action"] for row in rows} == {order[0]["id"]}


@pytest.mark.parametrize(
    ("condition", "eligible"),
    [
        ({"column": "days", "operator": ">=", "value": 3}, [False, True, True, False]),
        ({"column": "days", "operator": ">", "value": 3}, [False, False, True, False]),
        ({"column": "days", "operator": "<", "value": 3.5}, [True, True, False, False]),
        ({"column": "days", "operator": "<=", "value": 2}, [True, False, False, False]),
        ({"column": "tier", "operator": "==", "value": "Gold"}, [False, True, False, False]),
        ({"column": "tier", "operator": "!=", "value": "Free"}, [False, True, True, False]),
        ({"column": "tier", "operator": "in", "value": ["Gold", "Free"]}, [True, True, False, False]),
        ({"column": "tier", "operator": "not_in", "value": ["Gold"]}, [True, False, True, False]),
        ({"column": "creator", "operator": "==", "value": True}, [True, False, True, False]),
    ],
)
def test_eligibility_and_a_missing_value_satisfies_nothing(condition: dict[str, Any], eligible: list[bool]) -> None:
    known = features(
        4, days=[2, 3, 4, None], tier=["Free", "Gold", "Platinum", None], creator=[True, False, True, None]
    )
    rows = decide(predictions([0.9] * 4, [100.0] * 4), known, catalogue({**PUSH, "eligible_when": [condition]}))
    assert [row["recommended_action"] == "push" for row in rows] == eligible


def test_features_are_matched_by_customer_whatever_their_order() -> None:
    known = features(3, days=[1, 5, 9]).take([2, 0, 1])
    action = {**PUSH, "eligible_when": [{"column": "days", "operator": ">=", "value": 5}]}
    rows = decide(predictions([0.9] * 3, [100.0] * 3), known, catalogue(action))
    assert [(row["customer_id"], row["recommended_action"]) for row in rows] == [
        ("c0", "none"),
        ("c1", "push"),
        ("c2", "push"),
    ]


def test_a_holdout_customer_keeps_the_action_that_would_have_been() -> None:
    scored, known = predictions([0.9] * 200, [100.0] * 200), features(200)
    rows = decide(scored, known, catalogue(PUSH), holdout_share=0.5)
    assert {row["is_holdout"] for row in rows} == {True, False}
    assert {row["recommended_action"] for row in rows} == {"push"}


def test_the_result_has_its_schema_and_times_are_utc() -> None:
    local = datetime(2026, 3, 9, 5, tzinfo=timezone(timedelta(hours=2)))
    decisions = choose_actions(
        predictions([0.5], [9.0]), features(1), catalogue(PUSH), week=WEEK, salt="s", decided_at=local
    )
    assert decisions.rows.schema == DECISIONS_SCHEMA
    assert decisions.price is None
    assert decisions.rows["decided_at"][0].as_py() == local.astimezone(UTC).replace(tzinfo=None)


_REASON = st.tuples(
    st.none() | st.sampled_from(THEMES),
    st.none() | st.sampled_from(["raises", "lowers"]),
    st.none() | st.floats(-3, 3) | st.just(float("nan")),
)
_CUSTOMER = st.tuples(
    st.floats(0, 1), st.floats(-100, 5000), st.lists(_REASON, min_size=3, max_size=3), st.none() | st.integers(0, 9)
)
_ACTION = st.fixed_dictionaries(
    {
        "cost_usd": st.floats(0, 20),
        "default_effect": st.floats(0, 1),
        "effect_by_theme": st.dictionaries(st.sampled_from(THEMES), st.floats(0, 1), max_size=4),
        "eligible_when": st.lists(
            st.fixed_dictionaries(
                {
                    "column": st.just("days"),
                    "operator": st.sampled_from(["<", "<=", "==", ">=", ">", "!="]),
                    "value": st.integers(0, 9),
                }
            ),
            max_size=2,
        ),
    }
)
_OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
    "!=": operator.ne,
}


def _value(action: dict[str, Any], p: float, ltv: float, reasons: Reasons) -> float:
    raising = [(t, c) for t, d, c in reasons if t and d == "raises" and c is not None and c > 0]
    total = math.fsum(c for _, c in raising)
    effect = action["default_effect"]
    if total > 0:
        effects = action["effect_by_theme"]
        effect = math.fsum(effects.get(t, action["default_effect"]) * c / total for t, c in raising)
    return float(p * effect * ltv - action["cost_usd"])


@settings(max_examples=80, deadline=None)
@given(st.lists(_CUSTOMER, min_size=1, max_size=5), st.lists(_ACTION, min_size=1, max_size=4))
def test_the_rule_agrees_with_brute_force(customers: list[Any], actions: list[dict[str, Any]]) -> None:
    actions = [{**action, "id": f"a{number}"} for number, action in enumerate(actions)]
    probability, ltv, reasons, days = (list(part) for part in zip(*customers, strict=True))
    known = features(len(customers), days=pa.array(days, pa.int64()))
    for place, row in enumerate(decide(predictions(probability, ltv, reasons), known, catalogue(*actions))):
        values = {"none": 0.0}
        for action in actions:
            day = days[place]
            if all(day is not None and _OPERATORS[c["operator"]](day, c["value"]) for c in action["eligible_when"]):
                values[action["id"]] = _value(action, probability[place], ltv[place], reasons[place])
        best = max(values.values())
        assert row["expected_action_value_usd"] == pytest.approx(best, abs=1e-7)
        assert values[row["recommended_action"]] == pytest.approx(best, abs=1e-7)
        assert row["expected_action_value_usd"] >= 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p, f: (p.drop_columns(["churn_probability"]), f), "the predictions lack the columns churn_probability"),
        (lambda p, f: (p, f.drop_columns(["days"])), "the features lack the columns days"),
        (lambda p, f: (p, f.slice(1)), "1 customers with a prediction have no features, the first is c0"),
        (lambda p, f: (p, pa.concat_tables([f, f])), "expected one row per customer"),
        (lambda p, f: (p.slice(0, 0), f), "no predictions to decide on"),
        (lambda p, f: (p, f.set_column(1, "days", pa.array(["x", "y"]))), "action push: days has type string"),
        (lambda p, f: (predictions([0.1, 1.2], [1.0, 1.0]), f), "churn_probability is 1.2 for customer c1"),
        (lambda p, f: (predictions([0.1, math.nan], [1.0, 1.0]), f), "churn_probability is nan for customer c1"),
        (lambda p, f: (predictions([0.1, 0.2], [math.inf, 1.0]), f), "expected_ltv_12m_usd is inf for customer c0"),
        (
            lambda p, f: (predictions([0.1] * 2, [1.0] * 2, [[("mood", "raises", 1.0)] * 3] * 2), f),
            "reason_1_theme is mood; expected one of recency",
        ),
        (lambda p, f: (p.set_column(0, "run_id", pa.array(["r1", "r2"])), f), "exactly one run"),
    ],
)
def test_unusable_tables_are_named(change: Any, message: str) -> None:
    action = {**PUSH, "eligible_when": [{"column": "days", "operator": ">=", "value": 1}]}
    scored, known = change(predictions([0.5, 0.5], [10.0, 10.0]), features(2, days=[1, 2]))
    with pytest.raises(ActionError, match=message):
        decide(scored, known, catalogue(action))


def test_the_platforms_catalogue_decides() -> None:
    known = features(
        2,
        premium_tier=["Gold", "Free"],
        support_tickets_week=[0, 2],
        is_creator=[False, False],
        platform_primary=["Dating", "Social_Media"],
        days_since_last_active=[5, 0],
    )
    reasons: list[Reasons] = [[("payment", "raises", 1.0)] * 3, [("friction", "raises", 1.0)] * 3]
    rows = decide(predictions([0.6, 0.6], [120.0, 120.0], reasons), known, load_catalogue())
    assert [row["recommended_action"] for row in rows] == ["premium_discount", "support_call"]
