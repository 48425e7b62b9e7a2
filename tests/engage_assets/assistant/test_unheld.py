"""Those who have left, and weeks compared with others than the one before, are told from what is published."""

import pytest

from engage_assets.assistant.unheld import asks_what_worked, asks_who_left, compares_with_a_week, with_week_before


@pytest.mark.parametrize(
    "text",
    [
        "who left last week", "which customers left last week", "who has churned", "who quit", "customers we lost",
        "how many customers did we lose last month", "how many customers have we lost", "did customers leave",
        "how much revenue did we lose last month", "revenue lost last month", "how many customers are left",
    ],
)  # fmt: skip
def test_those_who_have_left(text):
    assert asks_who_left(f" {text} ")


@pytest.mark.parametrize(
    "text",
    [
        "who will leave", "who could be lost", "how much revenue could be lost", "how many are left alone",
        "how many weeks are left", "did more customers leave than weekbefore", "how many customers will we lose",
        "why did we lose customers", "reasons why customers left", "which city loses the most customers",
    ],
)  # fmt: skip
def test_those_who_may_leave_and_why(text):
    assert not asks_who_left(f" {text} ")


@pytest.mark.parametrize(
    "text",
    [
        "more customers than two weeks ago", "more than in the week of 2026-11-02", "higher than on 2 november",
        "revenue since 9 november", "more than it was in week 45", "revenue versus 2026-w45", "fewer than 30 days ago",
        "changed from 2026-11-02", "rose a lot from week 45", "more than last month", "was churn lower in week 45",
        "churn in week 45 against now", "more than in the last 30 days",
    ],
)  # fmt: skip
def test_a_week_beside_another(text):
    assert compares_with_a_week(f" {text} ")


@pytest.mark.parametrize(
    "text",
    [
        "churn in the week of 2026-11-02", "what changed in the week of 2026-11-09 weekbefore",
        "is revenue higher in the week of 2026-11-09 weekbefore", "more weeks to stay as of two weeks ago",
        "not seen for more than 30 days", "creators more loyal than others in week 45", "more customers",
        "since sign-up", "revenue at risk from week 45",
        "what changed in the week of 2026-11-09",
    ],
)  # fmt: skip
def test_one_week_alone(text):
    assert not compares_with_a_week(f" {text} ")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("are more customers leaving?", "are more customers leaving weekbefore"),
        ("will fewer people churn this week", "will fewer people churn this week weekbefore"),
        ("do we have more users", "do we have more users weekbefore"),
        ("is churn up?", "is churn weekbefore"), ("did revenue fall this week", "did revenue weekbefore this week"),
        ("is our revenue at risk down", "is our revenue at risk weekbefore"),
        ("has revenue gone up", "has revenue weekbefore"),
    ],
)  # fmt: skip
def test_more_and_less_than_nothing_is_than_the_week_before(text, read):
    assert with_week_before(text).split() == read.split()


@pytest.mark.parametrize(
    "text",
    [
        "are more customers leaving than weekbefore", "do we have more customers than in week 45", "is churn rising",
        "do creators churn more", "do older customers churn less", "is churn going up", "did people sign up",
        "which segment has more customers", "how much more revenue", "is revenue up or down",
    ],
)  # fmt: skip
def test_other_comparisons_stay_as_they_are(text):
    assert with_week_before(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "which campaign worked best", "did the phone calls help", "how effective were the discounts",
        "open rate of the emails", "how many customers did we win back", "how much revenue did the campaign save",
    ],
)  # fmt: skip
def test_what_actions_have_achieved(text):
    assert asks_what_worked(f" {text} ")


@pytest.mark.parametrize(
    "text", ["what do the actions bring", "which customers should we save first", "cost of the win back campaign"]
)
def test_what_actions_may_bring(text):
    assert not asks_what_worked(f" {text} ")
