"""Why an action was chosen: the options agree with the decision, and name what speaks against the others."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from engage_assets.actions import NO_ACTION, weigh_options
from tests.engage_assets.actions.decisions import Reasons, catalogue, decide, features, predictions

PUSH = {"id": "push", "cost_usd": 1.0, "effect_by_theme": {"dating": 0.5}, "default_effect": 0.1}
CALL = {
    "id": "call",
    "cost_usd": 6.0,
    "default_effect": 0.9,
    "eligible_when": [{"column": "support_tickets_week", "operator": ">=", "value": 1}],
}
REASONS: Reasons = [("dating", "raises", 0.6), ("tenure", "lowers", -0.9), ("friction", "raises", 0.2)]


def test_options_computed_by_hand() -> None:
    scored, known = predictions([0.5], [100.0], [REASONS]), features(1, support_tickets_week=[0])
    best, closed = weigh_options(scored, known, catalogue(CALL, PUSH))
    assert (best.action.id, best.is_open) == ("push", True)
    assert best.value_usd == pytest.approx(0.5 * 0.4 * 100 - 1)
    assert (closed.action.id, closed.is_open) == ("call", False)
    assert closed.unmet == ("support_tickets_week is 0; must be >= 1",)


def test_a_missing_value_is_named_and_opens_nothing() -> None:
    [closed] = weigh_options(predictions([0.5], [10.0]), features(1, support_tickets_week=[None]), catalogue(CALL))
    assert closed.unmet == ("support_tickets_week is None; must be >= 1",)


@given(st.floats(0, 1), st.floats(0, 500), st.integers(0, 2))
def test_the_first_open_option_above_zero_is_the_decision(probability: float, ltv: float, tickets: int) -> None:
    scored, known = predictions([probability], [ltv], [REASONS]), features(1, support_tickets_week=[tickets])
    options = weigh_options(scored, known, catalogue(PUSH, CALL))
    [row] = decide(scored, known, catalogue(PUSH, CALL))
    first = options[0]
    expected = first.action.id if first.is_open and first.value_usd > 0 else NO_ACTION
    assert row["recommended_action"] == expected
