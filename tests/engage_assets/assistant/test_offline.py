"""Questions that compare with the week before, and those that ask for the week itself."""

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
        "which is the most recent published week", "what is the most recent week",
    ],
)  # fmt: skip
def test_the_newest_published_week_can_be_asked_for(question, assistant):
    answer = assistant.ask(question)
    assert answer.question_id == "published_weeks"
    assert str(WEEKS[-1]) in answer.sentence


def test_groups_are_still_compared_with_each_other(assistant):
    assert assistant.ask("is premium better than free").question_id == "premium_vs_free"
    assert assistant.ask("is dating worse than social").question_id == "platforms_overview"
    assert assistant.ask("last week").status == "refused"


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("most recent revenue", "revenue_30d"), ("latest revenue", "revenue_30d"),
        ("how long did the most recent run take", "run_duration"),
        ("how much revenue will we lose next month", "revenue_at_risk"), ("price of a question", "assistant_cost"),
    ],
)  # fmt: skip
def test_words_beside_the_figure_do_not_change_which_figure_is_given(question, kind, assistant):
    assert assistant.ask(question).question_id == kind


@pytest.mark.parametrize(
    "question",
    [
        "which group has the lowest selection rate", "which group has the highest selection rate",
        "which group is selected most often", "what did the language model say",
        "how many customers have a free subscription", "how many customers do not have a premium subscription",
        "weekly active customers", "churn in percent", "who left last week", "which customers left last week",
        "how many weeks do we have",
    ],
)  # fmt: skip
def test_a_figure_that_is_not_published_is_not_answered_with_its_neighbour(question, assistant):
    assert assistant.ask(question).status == "refused"


def test_the_sentence_of_a_comparison_names_every_figure_of_its_table(assistant):
    answer = assistant.ask("is revenue higher than last week")
    (row,) = answer.rows
    for name, value in zip(answer.columns, row, strict=True):
        assert formatted(name, value, answer.currency) in answer.sentence
