"""A contract with another currency, label window or word for customers is spoken in by every text of every question."""

import re
from pathlib import Path

import pytest

from engage_assets.actions import load_catalogue
from engage_assets.assistant.answer import formatted, headed
from engage_assets.assistant.catalogue import load_questions
from engage_assets.assistant.language import load_language
from engage_assets.assistant.offline import CatalogueAssistant
from engage_assets.assistant.own_words import TEXTS, in_words, span_of, understanding
from engage_assets.contracts import load_contract
from engage_assets.extracts import load_extract_contract
from engage_assets.platform_contract import PlatformContract, words_of
from engage_assets.resources.language_model import CatalogueOnly
from engage_reports.house_words import Words

MEMBERS = {"customer": "member", "customers": "members"}
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def platform(example: str, **changed: object) -> PlatformContract:
    own = load_extract_contract(EXAMPLES / example / "contract.yaml").model_copy(update=changed)
    return PlatformContract(tables=load_contract(), catalogue=load_catalogue(), own=own)


def speaking(words: Words, tables) -> CatalogueAssistant:
    return CatalogueAssistant(
        tables, in_words(load_questions(), words), understanding(load_language(), words),
        currency=words.currency, span=span_of(words),
    )  # fmt: skip


def said(words: Words) -> str:
    questions = in_words(load_questions(), words).questions
    parts = [getattr(question, name) for question in questions for name in TEXTS]
    return "\n".join([*parts, *(ask for question in questions for ask in (*question.asks, *question.windows))])


def test_the_platforms_own_words_change_nothing():
    assert in_words(load_questions(), Words()) == load_questions()


@pytest.mark.parametrize("days", [14, 60])
def test_no_text_and_no_phrasing_speaks_of_another_label_window(days):
    text = said(Words(days=days))
    assert not re.search(r"30 days|\b1 month\b|last month|next month|monthly active", text)
    assert f"in the {days} days after the week" in text
    assert all(len(question.asks) >= 3 for question in in_words(load_questions(), Words(days=days)).questions)


def test_places_are_what_the_extract_has_of_them():
    questions = in_words(load_questions(), Words(place="location")).questions
    text = "\n".join(getattr(question, name) for question in questions for name in TEXTS)
    assert "metro" not in text.lower()
    assert "The location with the most revenue at risk" in text
    assert words_of(platform("telco")).place == "location"


def test_a_snapshot_speaks_of_its_label_and_of_no_days():
    text = said(Words(knows_days=False))
    assert not re.search(r"\b\d+ days\b|\b1 month\b|last month|next month", text)
    assert "Sum of the churn probabilities, that is, of the label of the extract." in text
    assert "Revenue divided by the customers who count as active." in text
    assert "seen in them" not in text


def test_amounts_are_in_the_contracts_currency_and_what_aws_charges_stays_in_usd(tables):
    assistant = speaking(Words(currency="EUR"), tables)
    revenue, cost = assistant.ask("what was revenue"), assistant.ask("what does a run cost on aws")
    assert re.search(r"[\d,.]+ EUR", revenue.sentence)
    assert "USD" not in revenue.sentence + revenue.unit
    assert re.search(r"[\d,.]+ USD", cost.sentence)
    assert (cost.currency, cost.unit) == ("USD", "USD")
    assert formatted(cost.columns[0], cost.rows[0][0], cost.currency) in cost.sentence
    refused = assistant.ask("what does a run cost on aws in euros")
    assert (refused.status, "in USD" in refused.sentence) == ("refused", True)
    assert assistant.ask("revenue in euros").status == "answered"
    assert assistant.ask("what does a run cost on aws in usd").status == "answered"
    refused = assistant.ask("revenue in us dollars")
    assert (refused.status, "in EUR" in refused.sentence) == ("refused", True)
    assert assistant.ask("what does a run cost on aws in us dollars").question_id == "run_cost"
    assert assistant.ask("how many dollars could churn cost us").question_id == "revenue_at_risk"


@pytest.mark.parametrize(
    "asked", ["revenue in usd", "revenue in US dollars", "revenue at risk in US$", "revenue in dollars", "revenue in $"]
)
def test_dollars_are_no_euros(asked, tables):
    answer = speaking(Words(currency="EUR"), tables).ask(asked)
    assert (answer.status, "these figures are in EUR" in answer.sentence) == ("refused", True)
    assert speaking(Words(), tables).ask(asked).status == "answered"


def test_dollars_are_those_of_the_contract(tables):
    canadian = speaking(Words(currency="CAD"), tables)
    assert re.search(r"[\d,.]+ CAD", canadian.ask("revenue in dollars").sentence)
    assert canadian.ask("revenue in canadian dollars").status == "answered"
    assert canadian.ask("revenue in us dollars").status == "refused"
    assert canadian.ask("revenue in usd and cad").status == "refused"


def test_every_question_about_costs_on_aws_says_that_it_is_in_usd():
    for question in load_questions().questions:
        assert (question.currency == "USD") == ("engage_costs" in question.sql), question.id


@pytest.mark.parametrize(
    ("asked", "question_id"),
    [
        ("how many will leave in the next 14 days", "expected_leavers"),
        ("how many will leave in the next 2 weeks", "expected_leavers"),
        ("how many will leave in the next 30 days", ""),
        ("how many will leave next month", ""),
        ("monthly active users", ""),
        ("revenue of the last 14 days", "revenue_30d"),
    ],
)
def test_only_the_published_label_window_may_be_named(asked, question_id, tables):
    answer = speaking(Words(days=14), tables).ask(asked)
    assert answer.question_id == question_id
    if question_id:
        assert "14 days" in answer.sentence


def test_a_refusal_names_the_published_label_window(tables):
    answer = speaking(Words(days=14), tables).ask("how many customers will leave tomorrow")
    assert "for weeks and for 14 days or 12 months" in answer.sentence


@pytest.mark.parametrize("words", [MEMBERS, {"customer": "season ticket holder", "customers": "season ticket holders"}])
def test_customers_are_called_and_understood_as_the_contract_calls_them(words, tables):
    assistant = speaking(Words(**words), tables)
    answer = assistant.ask(f"how many {words['customers']} will leave")
    assert answer.question_id == "expected_leavers"
    assert f"{words['customers']} are expected to leave" in answer.sentence
    assert not re.search(r"\b[Cc]ustomers?\b", f"{answer.title} {answer.sentence} {answer.definition} {answer.unit}")


def test_the_assistant_of_a_home_speaks_as_its_contract_says(tables):
    history = platform("cdnow", horizon_days=56, currency="CHF", words=MEMBERS)
    answer = CatalogueOnly(lambda: tables, history).assistant().ask("how many members will leave in 8 weeks")
    assert "members are expected to leave in the 56 days after the week" in answer.sentence
    by_tier = CatalogueOnly(lambda: tables, history).assistant().ask("members by risk tier")
    assert [headed(name, by_tier) for name in by_tier.columns][:2] == ["churn risk tier", "members"]
    snapshot = platform("telco")
    answer = CatalogueOnly(lambda: tables, snapshot).assistant().ask("how many subscribers will leave")
    assert "subscribers are expected to leave after the week of" in answer.sentence
    assert words_of(snapshot) == Words(
        customer="subscriber",
        customers="subscribers",
        churn="Left within the last month",
        knows_days=False,
        plan="Contract",
        group="Internet service",
        place="location",
    )
