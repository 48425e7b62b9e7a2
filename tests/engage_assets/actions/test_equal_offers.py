"""Thresholds by group: the same share of each, by value, nothing that does not pay, and the price computed by hand."""

import math

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from engage_assets.actions import ActionError
from engage_assets.actions.choice import choose_actions
from engage_assets.actions.equal_offers import MIN_CUSTOMERS, equal_share, groups_of, price_of
from tests.engage_assets.actions.decisions import DECIDED_AT, WEEK, catalogue, features, predictions

SIZE = MIN_CUSTOMERS
TWO = np.array(["a"] * SIZE + ["b"] * SIZE)


def ids(rows: int) -> np.ndarray:
    return np.array([f"c{number:05}" for number in range(rows)])


def test_the_group_that_is_offered_more_keeps_its_most_valuable_offers() -> None:
    # All of group a pay 1, 2, ... 200 USD; half of group b pay 5 USD.
    values = np.concatenate([np.arange(1.0, SIZE + 1), np.where(np.arange(SIZE) < SIZE // 2, 5.0, 0.0)])
    offered = equal_share(values, TWO, ids(2 * SIZE))
    assert offered[TWO == "a"].tolist() == [False] * (SIZE // 2) + [True] * (SIZE // 2)
    assert (offered[TWO == "b"] == (values[TWO == "b"] > 0)).all()
    price = price_of(values, offered, TWO, "gender")
    assert price.offers_given_up == SIZE // 2
    assert price.price_usd == sum(range(1, SIZE // 2 + 1))
    assert price.smallest_ratio_before == pytest.approx(0.5 / 0.75)
    assert price.smallest_ratio_after == 1.0


def test_a_small_group_does_not_set_the_rate_and_gets_it() -> None:
    groups = np.array(["a"] * SIZE + ["few"] * (SIZE - 1))
    values = np.concatenate([np.where(np.arange(SIZE) < SIZE // 2, 3.0, 0.0), np.zeros(SIZE - 1)])
    assert (equal_share(values, groups, ids(len(values)))[:SIZE] == (values[:SIZE] > 0)).all()


@given(
    hnp.arrays(np.float64, 3 * SIZE, elements=st.one_of(st.just(0.0), st.floats(0.01, 100))),
    st.permutations(["a"] * SIZE + ["b"] * SIZE + ["c"] * SIZE),
)
def test_any_values_are_offered_at_one_rate_and_only_where_they_pay(values: np.ndarray, names: list[str]) -> None:
    groups = np.array(names)
    if not all((values[groups == name] > 0).any() for name in "abc"):
        return  # refused, see below
    offered = equal_share(values, groups, ids(len(values)))
    counts = {name: int(offered[groups == name].sum()) for name in "abc"}
    assert len(set(counts.values())) == 1
    assert counts["a"] == min(int((values[groups == name] > 0).sum()) for name in "abc")
    assert (values[offered] > 0).all()
    price = price_of(values, offered, groups, "gender")
    # An exact sum: the difference of two rounded totals is not zero where nothing was given up.
    assert price.price_usd == pytest.approx(math.fsum([*values, *-values[offered]]))


def test_a_crossed_group_joins_its_columns_and_keeps_who_gave_none() -> None:
    customers = pa.table({"gender": ["Woman", None], "age_band": ["18-24", "55+"]})
    assert groups_of(customers, "gender_x_age_band").tolist() == ["Woman, 18-24", "not given, 55+"]


def test_of_equal_values_the_order_of_the_table_decides_nothing() -> None:
    values = np.concatenate([np.full(SIZE, 4.0), np.where(np.arange(SIZE) < SIZE // 2, 5.0, 0.0)])
    names, order = ids(2 * SIZE), np.random.default_rng(3).permutation(2 * SIZE)
    offered = set(names[equal_share(values, TWO, names)])
    assert offered == set(names[order][equal_share(values[order], TWO[order], names[order])])


def test_what_cannot_be_made_equal_is_refused() -> None:
    nothing_for_b = np.concatenate([np.ones(SIZE), np.zeros(SIZE)])
    with pytest.raises(ActionError, match="no action pays for any of the 200 customers of the group b"):
        equal_share(nothing_for_b, TWO, ids(2 * SIZE))
    with pytest.raises(ActionError, match="no group has 200 customers, the largest has 10"):
        equal_share(np.ones(20), np.array(["a", "b"] * 10), ids(20))
    with pytest.raises(ActionError, match="the features lack the columns gender"):
        choose_actions(
            predictions([0.9], [100.0]), features(1), catalogue({"id": "push"}),
            week=WEEK, salt="pepper", decided_at=DECIDED_AT, equal_offers_by="gender",
        )  # fmt: skip


def test_decisions_follow_the_thresholds_and_carry_their_price() -> None:
    at_risk = [0.9] * SIZE + [0.9, 0.0] * (SIZE // 2)
    decisions = choose_actions(
        predictions(at_risk, [100.0] * (2 * SIZE)), features(2 * SIZE, gender=TWO.tolist()),
        catalogue({"id": "push", "cost_usd": 1.0, "default_effect": 0.1}),
        week=WEEK, salt="pepper", decided_at=DECIDED_AT, equal_offers_by="gender",
    )  # fmt: skip
    chosen = np.array(decisions.rows["recommended_action"].to_pylist())
    assert [(chosen[name == TWO] == "push").mean() for name in "ab"] == [0.5, 0.5]
    assert decisions.price is not None
    assert decisions.price.price_usd == pytest.approx(SIZE / 2 * (0.9 * 0.1 * 100 - 1))
    none = decisions.rows.filter(pa.array(chosen == "none"))
    assert set(none["expected_action_value_usd"].to_pylist()) == {0.0}
