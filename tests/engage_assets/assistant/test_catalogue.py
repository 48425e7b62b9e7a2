"""Every catalogued question: its SQL passes the guard, and its figures are the ones that pandas computes."""

import re
from datetime import date

import pytest

from engage_assets.assistant.catalogue import CatalogueError, load_questions, read_catalogue
from engage_assets.assistant.guard import guard
from engage_assets.assistant.language import load_language
from engage_assets.errors import InputError
from tests.engage_assets.assistant.comparison import difference
from tests.engage_assets.assistant.contracts import published_types
from tests.engage_assets.assistant.independent import RIGHT, expected
from tests.engage_assets.assistant.world import WEEKS

QUESTIONS = load_questions().questions
VALUES = {
    "segment": "Dating regulars", "tier": "Critical", "lifecycle": "slipping", "channel": "push", "location": "Kington",
    "premium": "Gold", "platform": "Dating", "engagement_tier": "High", "cohort": "2025-Q1", "theme": "payment",
    "attribute": "gender", "action": "match_boost", "gate": "calibration", "k": 3, "percent": 20,
}  # fmt: skip
MINIMAL = """
one:
  title: One
  asks: [a, b, c]
  definition: d
  unit: u
  sql: select 1 as n from segments where week = $week
  sentence: "{n}"
"""


def test_the_catalogue_is_large_enough_and_every_question_has_an_independent_answer():
    assert len(QUESTIONS) >= 60
    assert {question.id for question in QUESTIONS} == set(RIGHT)


def test_no_phrasing_belongs_to_two_questions():
    language, owners = load_language(), {}
    for question in QUESTIONS:
        for ask in question.asks:
            slots = frozenset(re.findall(r"\{(\w+)\}", ask))
            meaning = (tuple(language.tokens(re.sub(r"\{\w+\}", " ", ask))), slots)
            assert meaning != ((), frozenset()), ask
            assert owners.setdefault(meaning, question.id) == question.id, ask


def test_the_world_has_every_table_that_a_question_reads(world):
    schema = {table: tuple(columns) for table, columns in published_types().items()}
    assert set(world.tables) <= set(schema)
    for question in QUESTIONS:
        sql = question.render(str(WEEKS[0]), {name: VALUES.get(name, "x") for name in question.required})
        assert guard(sql, schema, policy="catalogued").tables <= set(world.tables), question.id


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_the_figures_are_right_in_every_week(question, assistant, world):
    values = {name: VALUES[name] for name in question.required if name != "customer_id"}
    if "customer_id" in question.required:
        values["customer_id"] = world.people["customer_id"].iloc[17]
    for week in WEEKS[::2]:
        answer = assistant.answer(question, week.isoformat(), values)
        assert difference(answer, expected(world, question.id, week, values)) == ""
        assert (answer.week, bool(answer.gates)) == (week.isoformat(), True)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_every_optional_parameter_narrows_the_rows_as_it_says(question, assistant, world):
    for name in question.accepted - question.required - {"percent"}:
        values = {each: VALUES[each] for each in question.required} | {name: VALUES[name]}
        answer = assistant.answer(question, WEEKS[-1].isoformat(), values)
        assert difference(answer, expected(world, question.id, WEEKS[-1], values)) == "", name


def test_figures_of_nobody_are_none_and_not_zero(assistant):
    question = load_questions().question("expected_leavers_active")
    answer = assistant.answer(question, WEEKS[-1].isoformat(), {"segment": "Dormant"})
    assert (answer.rows, "nothing of that kind" in answer.sentence) == ((), True)


def test_a_chart_names_columns_of_its_answer(assistant):
    for question in QUESTIONS:
        if question.chart:
            values = {name: VALUES[name] for name in question.required}
            answer = assistant.answer(question, WEEKS[-1].isoformat(), values)
            assert {question.chart.x, question.chart.y} <= set(answer.columns), question.id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"asks: [a, b, c]": "asks: [a]"}, "asks"),
        ({"$week": "date '2026-11-02'"}, "sql names"),
        ({"unit: u": "unit: u\n  unknown: 1"}, "unknown"),
        ({"asks: [a, b, c]": "asks: [a, b, 'of {planet}']"}, "planet"),
        ({"asks: [a, b, c]": "asks: [a, b, 'of {segment}']"}, "does not take"),
        ({"unit: u": "unit: u\n  filters: {segment: segment}"}, "{filters}"),
        ({"one:": "One:"}, "id"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(change, message, tmp_path):
    text = MINIMAL
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "topic.yaml").write_text(text)
    with pytest.raises(CatalogueError, match=message):
        read_catalogue(tmp_path)


def test_an_id_of_two_questions_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(CatalogueError, match="no questions"):
        read_catalogue(tmp_path)
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(MINIMAL)
    with pytest.raises(CatalogueError, match="two questions"):
        read_catalogue(tmp_path)


def test_values_are_written_as_literals_that_cannot_end_early():
    question = load_questions().question("location_profile")
    sql = question.render(str(date(2026, 11, 16)), {"location": "x'; drop table segments; --"})
    assert "'x''; drop table segments; --'" in sql


def test_a_parameter_that_is_missing_not_taken_or_not_published_is_named():
    questions = load_questions()
    with pytest.raises(InputError, match="needs a customer id"):
        questions.question("customer_score").render("2026-11-16", {})
    with pytest.raises(InputError, match="does not take segment"):
        questions.question("revenue_30d").render("2026-11-16", {"segment": "Dating regulars"})
    with pytest.raises(InputError, match="expected one of 1, 2, 5"):
        questions.question("lift_at").render("2026-11-16", {"percent": 37})
