"""Questions that compare with the week before, and those that ask for the week itself."""

import pytest

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
