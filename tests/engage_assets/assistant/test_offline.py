"""Questions that compare with the week before, those that ask for the week itself, and words that are close."""

import pytest

from engage_assets.assistant.answer import formatted
from tests.engage_assets.assistant.comparison import difference
from tests.engage_assets.assistant.independent import expected
from tests.engage_assets.assistant.world import WEEKS


@pytest.mark.parametrize(
    "question",
    [
        "did more leave than last week", "will more customers leave than last week", "is churn worse than last week",
        "are there more high risk customers than last week", "more customers at risk than the week before",
        "is revenue higher than in the previous week", "do we have fewer customers than a week ago",
        "how much more revenue than last week", "compared to last week", "versus the prior week, how are we doing",
        "what changed since last week", "has revenue gone up since the previous week",
        "is revenue lower than last week",
        "is more revenue at risk than 1 week ago", "compare this week with the week before",
    ],
)  # fmt: skip
def test_more_than_last_week_is_a_comparison_with_the_week_before(question, assistant, world):
    answer = assistant.ask(question)
    assert answer.question_id == "week_change"
    assert difference(answer, expected(world, "week_change", WEEKS[-1], {})) == ""


@pytest.mark.parametrize(
    "question",
    [
        "did more people on dating leave than last week", "do more gold customers leave than last week",
        "has churn in Kington become worse than last week", "more premium customers leave than last week",
    ],
)  # fmt: skip
def test_a_group_that_is_compared_with_the_week_before_is_refused_with_the_change_of_all(question, assistant):
    answer = assistant.ask(question)
    assert answer.status == "refused"
    assert "What changed against the week before?" in answer.nearest


@pytest.mark.parametrize(
    "question",
    [
        "the newest published week", "what is the newest published week", "latest published week",
        "what is the latest week", "newest week",
        "which is the most recent published week", "what is the most recent week", "what is the newest data",
        "which week is the latest", "latest week with data",
    ],
)  # fmt: skip
def test_the_newest_published_week_can_be_asked_for(question, assistant):
    answer = assistant.ask(question)
    assert answer.question_id == "published_weeks"
    assert str(WEEKS[-1]) in answer.sentence


def test_the_sentence_names_every_figure_that_changed(assistant, world):
    sentence = assistant.ask("is revenue higher than last week").sentence
    [changes] = expected(world, "week_change", WEEKS[-1], {})
    shown = {name: formatted(name, value) for name, value in changes.items()}
    assert sentence == (
        f"Against the week before, the week of {WEEKS[-1]} has {shown['customers_change']} customers, "
        f"{shown['expected_leavers_change']} expected leavers, "
        f"{shown['high_risk_customers_change']} customers at high risk, "
        f"{shown['revenue_30d_change_usd']} revenue of 30 days and "
        f"{shown['revenue_at_risk_change_usd']} revenue at risk more (less where negative)."
    )


@pytest.mark.parametrize(
    ("question", "near"),
    [
        ("did drift get worse than last week", "Have the scores drifted?"),
        ("is the churn probability higher than last week", "What is the average churn probability?"),
        ("is average churn higher than last week", "What is the average churn probability?"),
        ("is the churn rate higher than last week", "What is the average churn probability?"),
        ("is predicted revenue higher than last week", "How much revenue is predicted for the next 30 days?"),
        ("will revenue be higher than last week", "How much revenue is predicted for the next 30 days?"),
        ("is engagement higher than last week", "How engaged are customers on average?"),
        ("are there more active customers than last week", "How many customers were active in the last 30 days?"),
        ("new customers since last week", "How many customers signed up in the week?"),
        ("did the run cost more than last week", "What does the run cost on AWS?"),
    ],
)
def test_a_figure_whose_change_is_not_held_is_refused(question, near, assistant):
    answer = assistant.ask(question)
    assert answer.status == "refused"
    assert "customers at high risk, revenue, revenue at risk" in answer.sentence
    assert {"What changed against the week before?", near} <= set(answer.nearest)


@pytest.mark.parametrize(
    ("question", "trend"),
    [
        ("were there more customers than two weeks ago", "How does the number of customers develop?"),
        ("do we have more customers than in the week of 2026-11-02", "How does the number of customers develop?"),
        ("customers versus two weeks ago", "How does the number of customers develop?"),
        ("more gold customers than two weeks ago", "How does the number of customers develop?"),
        ("what changed since 2026-11-02", "How does revenue develop?"),
        ("change from 2026-11-02", "How does revenue develop?"),
        ("is revenue higher than on 2 november", "How does revenue develop?"),
        ("did we make more revenue than last month", "How does revenue develop?"),
        ("how did revenue change since two weeks ago", "How does revenue develop?"),
        ("was revenue higher two weeks ago", "How does revenue develop?"),
        ("was churn lower in the previous week", "How does expected churn develop?"),
        ("is churn worse than in week 45", "How does expected churn develop?"),
        ("churn since 2026-11-02", "How does expected churn develop?"),
        ("what was churn in the week of 2026-11-02 compared to now", "How does expected churn develop?"),
    ],
)
def test_a_comparison_with_another_week_is_refused_with_the_trend(question, trend, assistant):
    answer = assistant.ask(question)
    assert (answer.status, "with no other week" in answer.sentence) == ("refused", True)
    assert trend in answer.nearest


@pytest.mark.parametrize(
    ("question", "question_id", "given"),
    [
        ("most recent revenue", "revenue_30d", {}), ("latest revenue", "revenue_30d", {}),
        ("newest churn", "mean_churn_probability", {}), ("most recent churn", "mean_churn_probability", {}),
        ("most recent leavers", "expected_leavers", {}), ("most recent customers", "customers_scored", {}),
        ("how long did the most recent run take", "run_duration", {}), ("latest gate results", "gates_status", {}),
        ("latest data on churn", "mean_churn_probability", {}), ("summary of the newest week", "week_summary", {}),
        ("which group has the lowest selection rate", "groups_selected_least", {}),
        ("which group has the highest selection rate", "groups_selected_most", {}),
        ("selected most often", "groups_selected_most", {}),
        ("which gender is selected least often", "groups_selected_least", {"attribute": "gender"}),
        ("lowest selection rate ratio", "fairness_lowest", {}),
        ("price of a question", "assistant_cost", {}), ("what does a question cost", "assistant_cost", {}),
        ("cost of the language model", "assistant_cost", {}), ("price of the actions", "action_cost", {}),
        ("how many customers have a free subscription", "premium_profile", {"premium": "Free"}),
        ("weekly active customers", "retention_rate", {}), ("how many customers were active this week",
        "retention_rate", {}),
        ("how much revenue will we lose next month", "revenue_at_risk", {}),
        ("churn in percent", "mean_churn_probability", {}), ("how many weeks do we have", "published_weeks", {}),
    ],
)  # fmt: skip
def test_words_that_are_close_to_those_of_another_question(question, question_id, given, assistant, world):
    answer = assistant.ask(question)
    assert answer.question_id == question_id
    assert difference(answer, expected(world, question_id, WEEKS[-1], given)) == ""


@pytest.mark.parametrize(
    "question",
    [
        "what did the language model say", "what does the language model know", "how many questions were asked",
        "how many customers do not have a premium subscription", "customers without a subscription",
        "share of customers who do not pay", "customers who are not dormant", "who left last week",
        "which customers left last week", "how much revenue did we lose last month",
    ],
)  # fmt: skip
def test_what_no_question_means_is_refused(question, assistant):
    assert assistant.ask(question).status == "refused"


def test_groups_are_still_compared_with_each_other(assistant):
    assert assistant.ask("is premium better than free").question_id == "premium_vs_free"
    assert assistant.ask("is dating worse than social").question_id == "platforms_overview"
    assert assistant.ask("last week").status == "refused"


@pytest.mark.parametrize("question", ["отток клиентов", "churn 北京", "churn in Łódź", "сhurn"])
def test_words_of_other_scripts_are_not_dropped(question, assistant):
    assert assistant.ask(question).status == "refused"


def test_accents_change_nothing(assistant):
    assert assistant.ask("chürn by cïty").question_id == "locations_by_churn"
