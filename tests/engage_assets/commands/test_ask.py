"""``engage ask`` on a small published platform: what is printed, the exit status, and what is kept."""

import json
from pathlib import Path

import pytest

from engage_assets.assistant.history import History
from engage_assets.assistant.keeping import HISTORY, REDACTED
from engage_assets.commands.ask import ask, list_questions
from engage_assets.resources.lake import LocalLake
from engage_assets.settings import Settings
from tests.engage_assets.assistant.contracts import published_types
from tests.engage_assets.assistant.world import WEEKS, build_world, publish


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("asked")
    publish(build_world(), home, published_types())
    return home


@pytest.fixture
def settings(home):
    return Settings.from_environment({}, home=home)


def test_an_answer_has_a_sentence_a_table_the_week_the_gates_and_the_query(settings, capsys):
    assert ask(settings, "top 3 cities by churn", as_json=False) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") >= 9
    for part in (
        "highest mean churn probability",
        "location",
        f"week {WEEKS[-1]}; gates: 6 passed, 1 insufficient",
        "limit 3",
    ):
        assert part in printed


def test_a_refusal_offers_the_nearest_questions_and_exits_with_2(settings, capsys):
    assert ask(settings, "how many customers will buy an umbrella", as_json=False) == 2
    printed = capsys.readouterr().out
    assert printed.startswith("No answer")
    assert len(printed.split("Nearest questions:")[1].strip().splitlines()) == 3


def test_json_holds_the_whole_answer(settings, capsys):
    assert ask(settings, "customers by segment", as_json=True) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["status"], answer["week"], len(answer["rows"])) == ("answered", WEEKS[-1].isoformat(), 6)
    assert answer["chart"] == {"kind": "bar", "x": "segment", "y": "customers"}


def test_the_history_keeps_questions_without_customers(settings, home):
    customer = build_world().people["customer_id"].iloc[0]
    assert ask(settings, f"why will customer {customer} leave", as_json=False) == 0
    entry = History(LocalLake(root=str(settings.lake))).last(1)[0]
    assert (entry.question, entry.question_id) == (f"why will customer {REDACTED} leave", "customer_explained")
    assert all(customer not in path.read_text() for path in (settings.lake / HISTORY).rglob("*.json"))


def test_a_home_that_cannot_be_written_still_answers(settings, home, monkeypatch, capsys):
    monkeypatch.setattr(History, "append", _full)
    assert ask(settings, "total revenue", as_json=False) == 0
    assert "history cannot be written" in capsys.readouterr().err


def _full(self: History, answer: object) -> None:
    raise OSError(28, "No space left on device", "lake/assistant")


def test_the_list_names_every_topic_and_question(settings):
    lines = list_questions(settings)
    assert sum(line.startswith("  ") for line in lines) >= 60
    assert "risk" in lines


def test_nothing_but_the_history_is_written(settings, home):
    before = {path: path.stat().st_mtime_ns for path in Path(home).rglob("*") if path.is_file()}
    ask(settings, "did the gates pass", as_json=False)
    after = {path: path.stat().st_mtime_ns for path in Path(home).rglob("*") if path.is_file()}
    [written] = [path for path in after if before.get(path) != after[path]]
    assert written.is_relative_to(settings.lake / HISTORY)
