"""Customers of a user's own extract are named in questions by identifiers of any form."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage_assets.assistant.catalogue import load_questions
from engage_assets.assistant.identifiers import Identifiers
from engage_assets.assistant.language import load_language
from engage_assets.assistant.offline import CatalogueAssistant
from engage_assets.assistant.parameters import UUID
from engage_assets.assistant.reading import DuckDBTables
from engage_assets.assistant.tools import ToolError, Tools
from tests.engage_assets.assistant.contracts import published_types
from tests.engage_assets.assistant.world import World, build_world, publish

OWN = Identifiers(("subscriber",))


@pytest.mark.parametrize(
    ("question", "identifier"),
    [
        ("why will customer 7590-VHVEG leave", "7590-VHVEG"),
        ("explain subscriber 17850", "17850"),
        ("Why is Customer #12 at risk?", "12"),
        ("what do we know about customer id: 2026", "2026"),
        ("why is id 4711 at risk", "4711"),
        ("tell me about customer 'a.b@c-1.de'.", "a.b@c-1.de"),
        ("why might member's no. 88x churn", "88x"),
    ],
)
def test_what_follows_the_word_for_a_customer_is_an_identifier(question: str, identifier: str) -> None:
    hidden, named = OWN.hidden(question)
    [stand_in] = UUID.findall(hidden)
    assert named == {stand_in: identifier}
    assert identifier not in hidden


@pytest.mark.parametrize(
    "question",
    [
        "revenue per customer 2026",
        "top 100 customers by value",
        "how many customers 30 days ago",
        "customers in 2026-W41",
        "churn of customer 90 days",
        "value per customer 12345",
        "did 17850 customers leave",
        "is the customer valid",
    ],
)
def test_other_numbers_stay(question: str) -> None:
    assert OWN.hidden(question) == (question, {})


def test_the_simulated_platform_knows_uuids_only() -> None:
    question = "why will customer 7590-VHVEG leave"
    assert Identifiers().hidden(question) == (question, {})


@given(st.text(max_size=80))
def test_any_text_can_be_searched(text: str) -> None:
    hidden, named = OWN.hidden(text)
    assert all(stand_in in hidden and found in text for stand_in, found in named.items())


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, CatalogueAssistant]:
    """The published world with customers called as in a public data set."""
    home: Path = tmp_path_factory.mktemp("own")
    world = build_world()
    names = {each: f"{number:04d}-VHVEG" for number, each in enumerate(world.people["customer_id"].unique())}
    renamed: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: (  # noqa: E731
        frame.assign(customer_id=frame["customer_id"].map(names)) if "customer_id" in frame else frame
    )
    world = replace(
        world, people=renamed(world.people), tables={name: renamed(each) for name, each in world.tables.items()}
    )
    tables = DuckDBTables(*publish(world, home, published_types()))
    return world, CatalogueAssistant(tables, load_questions(), load_language(), identifiers=OWN)


def test_a_customer_is_explained_however_the_identifier_is_written(own: tuple[World, CatalogueAssistant]) -> None:
    world, assistant = own
    row = world.people[world.people["customer_id"] == "0017-VHVEG"].iloc[-1]
    for question in ("why will customer 0017-VHVEG leave", "why is subscriber 0017-vhveg at risk?"):
        answer = assistant.ask(question)
        assert (answer.status, answer.question_id) == ("answered", "customer_explained")
        [found] = answer.as_json()["rows"]
        assert found["churn_probability"] == pytest.approx(row["churn_probability"])
        assert "0017-VHVEG" in answer.sentence
        assert json.dumps(answer.as_json())


def test_a_customer_that_nobody_knows_is_named_in_the_refusal(own: tuple[World, CatalogueAssistant]) -> None:
    answer = own[1].ask("why will customer 9999-XXXXX leave")
    assert answer.status == "refused"
    assert "customer 9999-XXXXX was not scored" in answer.sentence
    assert answer.customers() == {"9999-XXXXX"}


def test_two_customers_are_one_too_many(own: tuple[World, CatalogueAssistant]) -> None:
    answer = own[1].ask("why will customer 0017-VHVEG and customer 0018-VHVEG leave")
    assert "one customer only" in answer.sentence


def test_a_language_model_may_ask_about_the_named_customer_only(own: tuple[World, CatalogueAssistant]) -> None:
    tools = Tools(own[1], "why will customer 0017-vhveg leave")
    [row] = tools.use("explain_customer", {"customer_id": "0017-VHVEG"})["rows"]
    assert row["customer_id"] == "0017-VHVEG"
    assert "0017-VHVEG" in tools.customers
    with pytest.raises(ToolError, match="stands in the question"):
        tools.use("explain_customer", {"customer_id": "0018-VHVEG"})
