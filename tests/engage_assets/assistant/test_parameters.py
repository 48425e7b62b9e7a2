"""Parameters, weeks and spans are taken out of a question; what the tables do not have is a problem, not a guess."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage_assets.assistant.entities import build_vocabulary
from engage_assets.assistant.parameters import find_parameters, readings
from engage_assets.assistant.periods import find_period

WEEKS = (date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16))
VOCABULARY = build_vocabulary(
    WEEKS,
    {
        "segment": ["Dormant", "Dating regulars", "Big spenders"], "location": ["Colleenbury", "Port Billy", "Gold"],
        "premium": ["Free", "Gold"], "cohort": ["2024-Q3"], "gate": ["score_drift"], "theme": ["payment", "dating"],
        "attribute": ["gender", "age_band", "location"], "channel": ["email", "in_app"],
    },
    {"match_boost": "Free match boost", "support_call": "Call from the support team"},
)  # fmt: skip


def found_in(question):
    return find_parameters(question, VOCABULARY)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("how many dormant customers", {"segment": "Dormant"}),
        ("churn of dating-regulars", {"segment": "Dating regulars"}),
        ("churn of dating regulars", {"segment": "Dating regulars"}),
        ("what about the big spenders' revenue", {"segment": "Big spenders"}),
        ("revenue in Port Billy", {"location": "Port Billy"}),
        ("top 5 cities", {"k": 5}),
        ("the five riskiest cities", {"k": 5}),
        ("top ten customers", {"k": 10}),
        ("lift at 20%", {"percent": 20}),
        ("lift at 2.5 percent", {"percent": 2.5}),
        ("critical tier customers", {"tier": "Critical"}),
        ("customers with low risk", {"tier": "Low"}),
        ("low engagement customers", {"engagement_tier": "Low"}),
        ("cost of the free match boost", {"action": "match_boost"}),
        ("match boosts", {"action": "match_boost"}),
        ("retention of 2024-Q3", {"cohort": "2024-Q3"}), ("retention of Q3 of 2024", {"cohort": "2024-Q3"}),
        ("did score drift pass", {"gate": "score_drift"}),
        ("offers by age group", {"attribute": "age_band"}),
        ("free customers", {"premium": "Free"}),
        ("we are free to choose", {}),
        ("why is 1DB5C877-87b3-41de-b5cf-51d21d8edb05 at risk",
        {"customer_id": "1db5c877-87b3-41de-b5cf-51d21d8edb05"}),
    ],
)  # fmt: skip
def test_values(question, values):
    found = found_in(question)
    assert found.problems == []
    assert values in list(readings(found))


def test_a_name_of_two_kinds_is_read_as_either():
    assert list(readings(found_in("customers in gold"))) == [{"location": "Gold"}, {"premium": "Gold"}]


@pytest.mark.parametrize(
    ("question", "week"),
    [
        ("churn in the week of 2026-11-09", WEEKS[1]), ("churn for 2026-11-11", WEEKS[1]), ("churn last week",
        WEEKS[2]),
        ("churn this week", WEEKS[2]), ("churn in the previous week", WEEKS[1]), ("churn the week before last",
        WEEKS[1]),
        ("churn two weeks ago", WEEKS[0]), ("churn 1 week ago", WEEKS[1]), ("churn on 9 November 2026", WEEKS[1]),
        ("churn for November 9th", WEEKS[1]), ("churn on the 3rd of nov", WEEKS[0]), ("churn in week 46", WEEKS[1]),
        ("churn in 2026-W45", WEEKS[0]), ("churn", None),
    ],
)  # fmt: skip
def test_weeks(question, week):
    period, rest = find_period(f" {question.lower()} ", WEEKS)
    assert (period.week, period.problems) == (week, [])
    assert rest.split()[0] == "churn"
    assert "week" not in rest


@pytest.mark.parametrize(
    ("question", "windows"),
    [
        ("revenue in the last 30 days", {"last 30 days"}), ("revenue of the past month", {"last 1 month"}),
        ("churn in the next 90 days", {"next 90 days"}), ("value over twelve months", {"12 months"}),
        ("revenue in 3 years", {"3 years"}), ("active in the last 7 days", {"last 7 days"}),
        ("within 30 days", {"30 days"}), ("revenue", set()),
    ],
)  # fmt: skip
def test_spans(question, windows):
    period, _ = find_period(f" {question.lower()} ", WEEKS)
    assert (set(period.windows), period.problems, period.week) == (windows, [], None)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("churn in the week of 2025-01-06", "not published"), ("churn five weeks ago", "not published"),
        ("churn in October", "not for a month"), ("churn in 2024", "the year 2024"), ("churn in Q3", "a quarter"),
        ("churn next week", "the next week"), ("churn this year", "a year"), ("churn yesterday", "a single day"),
        ("annual churn", "a calendar year"), ("churn on 2026-02-31", "not a date"), ("churn in week 77", "not a week"),
        ("churn on 2026-11-02 and on 2026-11-09", "one week only"), ("churn of Dormant and Big spenders",
        "several of one kind"),
        ("revenue in canadian dollars", "in USD"),
        ("revenue in euros", "in USD"), ("revenue in £", "in USD"), ("top 5000 customers", "1 to 100 rows"),
        ("top 0 customers", "1 to 100 rows"), ("churn of 12345", "the number 12345"),
        ("1db5c877-87b3-41de-b5cf-51d21d8edb05 or 95e2c8bf-ff14-4b46-82a0-ca8e74b54b94", "one customer only"),
    ],
)  # fmt: skip
def test_what_the_tables_do_not_have_is_a_problem(question, words):
    problems = " ".join(found_in(question).problems)
    assert words in problems


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text):
    found = found_in(text)
    assert found.week is None or found.week in WEEKS or found.problems


@settings(max_examples=100, deadline=None)
@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_a_date_is_its_published_week_or_a_problem(day):
    period, _ = find_period(f" churn on {day} ", WEEKS)
    assert period.week is not None
    assert (period.week in WEEKS) == (not period.problems)
    assert 0 <= (day - period.week).days < 7


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("churn in münchen", "München"), ("churn in munchen?", "München"), ("São Paulo", "São Paulo"),
        ("revenue of sao paulo", "São Paulo"), ("łódź", "Łódź"),
    ],
)  # fmt: skip
def test_places_are_known_with_their_accents_and_without(question, place):
    vocabulary = build_vocabulary(WEEKS, {"location": ["München", "São Paulo", "Łódź"]}, {})
    assert find_parameters(question, vocabulary).values == {"location": [place]}
