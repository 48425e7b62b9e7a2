"""Numbers in a text are found in results as they are rounded, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage_assets.assistant.provenance import invented_numbers, numbers_in

RESULT = {
    "week": "2026-11-16", "definition": "Revenue of the 30 days before the end of the week.",
    "rows": [{"segment": "Dormant", "customers": 22097, "share": 0.220639, "revenue_usd": 1198276.05, "change": -42.5}],
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "22,097 customers", "22097 customers", "22.1 % of customers", "22 percent", "0.22 of them", "0.2206",
        "revenue of 1,198,276.05 USD", "$1,198,276.05", "1.2 million dollars", "1.198 million", "1,198 thousand",
        "1198k",
        "in the week of 2026-11-16", "over 30 days", "a change of -42.5", "fell by 42.5", "1,198,276 dollars",
        "one of the segments", "no figure at all", "twenty-two thousand and ninety-seven customers", "thirty days",
    ],
)  # fmt: skip
def test_what_a_result_holds(text):
    assert invented_numbers(text, [RESULT]) == []


@pytest.mark.parametrize(
    "text",
    [
        "22,098 customers", "23 percent", "0.23", "1,198,276.06 USD", "1.3 million dollars", "half of them",
        "twice as many",
        "in the week of 2026-11-09", "over 31 days", "a third", "12 customers", "5", "two segments", "a dozen",
        "22.07 %",
        "thirty-one days", "22,097,000", "100 %",
    ],
)  # fmt: skip
def test_what_no_result_holds(text):
    assert invented_numbers(text, [RESULT])


def test_without_results_every_number_is_invented():
    assert invented_numbers("It was 5.", []) == ["5"]


@given(st.floats(0.01, 1e9), st.integers(0, 4))
def test_a_value_is_found_at_every_rounding_that_shows_digits(value, decimals):
    shown = f"{value:,.{decimals}f}"
    if decimals or value >= 100:
        assert invented_numbers(f"It is {shown}.", [{"v": value}]) == []


@given(st.text(max_size=80))
def test_any_text_is_read(text):
    assert all(number.text for number in numbers_in(text))


@given(st.integers(1_000, 10**9), st.integers(1, 500))
def test_a_number_beside_the_value_is_not_found(value, offset):
    assert invented_numbers(f"It is {value + offset:,}.", [{"v": value}])


def test_a_name_with_a_number_in_words_is_no_figure():
    results = [{"action_name": "Three months at half price", "action_cost_usd": 247.5}]
    assert invented_numbers("The dearest is three months at half price with 247.50 USD.", results) == []
    assert invented_numbers("Three months at half price costs half of all, or three times as much.", results) == [
        "three", "half",
    ]  # fmt: skip
