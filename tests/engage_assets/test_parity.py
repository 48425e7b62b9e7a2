"""Two warehouses compared: what is the same, and every kind of difference that has to be found."""

import math
from datetime import date, datetime

import pyarrow as pa
import pytest

from engage_assets.commands.parity import print_parity
from engage_assets.parity import TOLERANCE, compare

SCORES = {
    "week": [date(2026, 11, 9)] * 4,
    "customer_id": ["a", "b", "c", "d"],
    "tier": ["high", "low", None, "low"],
    "customers": [1, 2, 3, 4],
    "probability": [0.9, 0.1, None, 1_000_000.0],
    "is_holdout": [True, False, False, None],
    "run_id": ["here"] * 4,
}


def scores(**changed):
    return pa.table({**SCORES, **changed})


def test_the_same_rows_in_another_order_by_another_run_are_the_same():
    other = scores(run_id=["there"] * 4).take([2, 0, 3, 1])
    found = compare("customer_scores", scores(), other)
    assert found.same
    assert (found.rows, found.differing, found.largest) == (4, {}, 0.0)


def test_a_whole_number_may_be_stored_in_another_width():
    other = scores(customers=pa.array([1, 2, 3, 4], pa.int32()))
    assert compare("customer_scores", scores(), other).same


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("tier", ["high", "low", None, "high"]),
        ("tier", ["high", "low", "", "low"]),
        ("customers", [1, 2, 3, 5]),
        ("is_holdout", [True, False, False, False]),
        ("probability", [0.9, 0.1, None, 1_000_002.0]),
        ("probability", [0.9 + 2e-6, 0.1, None, 1_000_000.0]),
        ("probability", [0.9, 0.1, 0.0, 1_000_000.0]),
        ("probability", [0.9, 0.1, None, math.inf]),
        ("probability", [math.nan, 0.1, None, 1_000_000.0]),
    ],
)
def test_one_planted_value_is_found(column, values):
    found = compare("customer_scores", scores(), scores(**{column: values}))
    assert found.differing == {column: 1}
    # Whichever side it is on.
    assert compare("customer_scores", scores(**{column: values}), scores()).differing == {column: 1}


def test_a_row_of_another_key_is_found():
    # Rows are put side by side in the order of their values, so that one key moves its neighbours too.
    other = scores(week=[*[date(2026, 11, 9)] * 3, date(2026, 11, 2)])
    assert "week" in compare("customer_scores", scores(), other).differing


def test_doubles_may_differ_in_a_last_digit_and_the_difference_is_told():
    other = scores(probability=[0.9 + 4e-7, 0.1, None, 1_000_000.5])
    found = compare("customer_scores", scores(), other)
    assert found.same
    assert found.largest == pytest.approx(0.5)
    assert TOLERANCE == 1e-6


def test_infinity_and_nan_equal_themselves():
    odd = scores(probability=[math.inf, -math.inf, math.nan, None])
    assert compare("customer_scores", odd, odd).same


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("customers", ["one", "two", "three", "four"]),
        ("customers", ["1", "2", "3", "4"]),
        ("probability", ["0.9", "0.1", None, "1000000.0"]),
        ("is_holdout", [1, 0, 0, None]),
        ("is_holdout", ["true", "false", "false", None]),
        ("week", ["2026-11-09"] * 4),
    ],
)
def test_a_column_of_another_kind_differs_in_every_row(column, values):
    assert compare("customer_scores", scores(), scores(**{column: values})).differing == {column: 4}
    assert compare("customer_scores", scores(**{column: values}), scores()).differing == {column: 4}


def test_a_column_may_have_another_type_of_the_same_kind():
    other = scores(
        tier=pa.array(SCORES["tier"], pa.large_string()),
        week=pa.array([datetime(2026, 11, 9)] * 4, pa.timestamp("us")),
    )
    assert compare("customer_scores", scores(), other).same


def test_a_column_that_one_side_lacks_differs_in_every_row():
    other = scores().drop_columns(["tier"])
    assert compare("customer_scores", scores(), other).differing == {"tier": 4}
    assert compare("customer_scores", other, scores()).differing == {"tier": 4}


def test_a_row_too_many_is_found():
    found = compare("customer_scores", scores(), scores().slice(1))
    assert not found.same
    assert (found.rows, found.other_rows) == (4, 3)


def test_two_customers_that_have_swapped_their_values_are_found():
    other = scores(probability=[0.1, 0.9, None, 1_000_000.0])
    assert compare("customer_scores", scores(), other).differing == {"probability": 2}


def test_empty_tables_with_the_same_columns_are_the_same():
    assert compare("qa_sample", scores().slice(4), scores().slice(4)).same


def test_columns_that_tell_when_are_not_compared():
    here = scores(scored_at=[datetime(2026, 11, 16, 3)] * 4)
    assert compare("customer_scores", here, scores(scored_at=[datetime(2026, 11, 17, 9)] * 4)).same


def test_the_list_names_table_column_and_rows_and_fails(capsys):
    same = compare("weekly_summary", scores(), scores())
    other = compare("customer_scores", scores(), scores(customers=[1, 2, 3, 5]))
    longer = compare("action_list", scores(), scores().slice(1))
    assert print_parity([same, other, longer]) == 1
    printed = capsys.readouterr().out
    assert "DIFFERS customers (1)" in printed
    assert "4 / 3 rows" in printed
    assert "1 of 3 tables are the same" in printed
    assert print_parity([same]) == 0
