"""The weekly brief: every answer it can give, as a page, and without the tables that a platform lacks."""

from datetime import date

import dagster as dg

from engage_assets.assets.answers import build_answer_assets
from engage_assets.assistant.brief import QUESTIONS, as_markdown, weekly_brief
from engage_assets.assistant.catalogue import load_questions
from engage_assets.assistant.language import load_language
from engage_assets.assistant.offline import CatalogueAssistant
from engage_assets.assistant.reading import DuckDBTables
from engage_assets.resources.bindings import build_resources
from engage_assets.resources.lake import LocalLake
from engage_assets.settings import Settings
from tests.engage_assets.assistant.comparison import difference
from tests.engage_assets.assistant.contracts import published_types
from tests.engage_assets.assistant.independent import expected
from tests.engage_assets.assistant.world import WEEKS, publish


def test_every_answer_of_the_brief_is_right(assistant, world):
    answers = weekly_brief(assistant, str(WEEKS[1]))
    assert [answer.question_id for answer in answers] == list(QUESTIONS)
    for answer in answers:
        assert difference(answer, expected(world, answer.question_id, WEEKS[1], {})) == ""


def test_the_page_holds_every_sentence_and_query(assistant):
    answers = weekly_brief(assistant, str(WEEKS[-1]))
    page = as_markdown(answers, str(WEEKS[-1]))
    assert page.startswith(f"# The week of {WEEKS[-1]}\n\nGates: 6 passed, 1 insufficient.")
    assert all(answer.sentence in page and answer.sql in page for answer in answers)


def test_a_platform_without_places_has_a_brief_without_them(world, tmp_path):
    warehouse, lake = publish(world, tmp_path, published_types(), left_out=frozenset({"locations"}))
    assistant = CatalogueAssistant(DuckDBTables(warehouse, lake), load_questions(), load_language())
    answers = weekly_brief(assistant, str(WEEKS[-1]))
    assert {answer.question_id for answer in answers} == set(QUESTIONS) - {"locations_by_revenue_at_risk"}
    refused = assistant.ask("which city has the most customers")
    assert (refused.status, "no published table" in refused.sentence) == ("refused", True)


def test_an_extract_that_tells_no_places_is_not_asked_for_them(assistant):
    answers = weekly_brief(assistant, str(WEEKS[-1]), knows_places=False)
    assert [answer.question_id for answer in answers] == [each for each in QUESTIONS if "location" not in each]


def test_the_asset_writes_the_page_and_keeps_the_answers(published_home):
    settings = Settings.from_environment({}, home=published_home)
    lake = LocalLake(root=str(settings.lake))
    model = build_resources(settings)["language_model"]
    result = dg.materialize(
        build_answer_assets(settings),
        partition_key=date(2026, 11, 16).isoformat(),
        resources={"language_model": model, "lake": lake, "reports": LocalLake(root=str(settings.reports))},
    )
    assert result.success
    page = (settings.reports / "week=2026-11-16" / "brief.md").read_text()
    kept = lake.read_json("answers/week=2026-11-16/brief.json")["answers"]
    assert len(kept) == len(QUESTIONS)
    assert all(answer["sentence"] in page for answer in kept)
