"""The tokens of a week: from the transcripts that the assistant keeps, by the week they were asked in."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from engage_assets.assistant.converse import Budget, ConverseAssistant
from engage_assets.assistant.keeping import TRANSCRIPTS
from engage_assets.records.questions import QuestionUsage, asked_in
from engage_assets.resources.lake import LocalLake

WEEK = date(2026, 11, 16)


@pytest.fixture
def lake(tmp_path: Path) -> LocalLake:
    return LocalLake(root=str(tmp_path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The transcripts of the week."""
    made = tmp_path / TRANSCRIPTS / f"week={WEEK}"
    made.mkdir(parents=True)
    return made


def transcript(folder: Path, name: str, **more: object) -> None:
    content = {"calls": 2, "input_tokens": 900, "output_tokens": 80, "model_id": "maker.model-v1"}
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({**content, **more}))


def test_no_transcript_is_no_use(lake: LocalLake) -> None:
    assert asked_in(lake, WEEK) == QuestionUsage()


def test_only_the_transcripts_of_the_week_count(lake: LocalLake, folder: Path) -> None:
    transcript(folder, "monday")
    transcript(folder, "sunday", model_id="maker.other", input_tokens=100)
    transcript(folder.with_name("week=2026-11-09"), "sunday-before")
    transcript(folder.with_name("week=2026-11-23"), "monday-after")
    assert asked_in(lake, WEEK) == QuestionUsage(2, 4, 1000, 160, 0, ("maker.model-v1", "maker.other"))


@pytest.mark.parametrize(
    "changed",
    [{"calls": float("inf")}, {"input_tokens": 10**30}, {"output_tokens": -1}, {"input_tokens": None}],
    ids=str,
)
def test_a_transcript_with_odd_values_is_counted_as_unreadable(
    lake: LocalLake, folder: Path, changed: dict[str, object]
) -> None:
    transcript(folder, "odd", **changed)
    assert asked_in(lake, WEEK) == QuestionUsage(unreadable=1)


def test_no_odd_file_stops_the_week(lake: LocalLake, folder: Path) -> None:
    transcript(folder, "good")
    (folder / "folder.json").mkdir()
    (folder / "dangling.json").symlink_to(folder / "nowhere")
    (folder / "list.json").write_text("[1]")
    (folder / "deep.json").write_text("[" * 200_000)
    (folder / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (folder / "half.json").write_text('{"asked_at": "2026-')
    assert asked_in(lake, WEEK) == QuestionUsage(1, 2, 900, 80, 6, ("maker.model-v1",))


class Answers:
    """A model that knows nothing."""

    def converse(self, **_: object) -> dict:
        message = {"role": "assistant", "content": [{"text": "I cannot know that."}]}
        usage = {"inputTokens": 11, "outputTokens": 5}
        return {"output": {"message": message}, "stopReason": "end_turn", "usage": usage}


class Offline:
    """A catalogue without a question."""

    currency, span, called = "USD", "30 days", ("customer", "customers")
    catalogue = type("Catalogue", (), {"questions": ()})()

    tables = type("Tables", (), {"vocabulary": lambda _: type("Vocabulary", (), {"weeks": (WEEK,)})()})()


def test_what_the_assistant_writes_is_what_is_counted(lake: LocalLake, tmp_path: Path) -> None:
    """Both sides of the file: a question is asked, and its transcript is read."""
    assistant = ConverseAssistant(Offline(), Answers, "maker.model-v1", Budget(9_000, 1.0, 1.0, 5.0), lake)
    assistant.ask("how will the weather be")
    [kept] = tmp_path.rglob("*.json")
    today = datetime.now(UTC).date()
    this_week = today - timedelta(days=today.weekday())
    assert asked_in(lake, this_week) == QuestionUsage(1, 1, 11, 5, 0, ("maker.model-v1",))
    kept.write_text("{")
    assert asked_in(lake, this_week) == QuestionUsage(unreadable=1)
    assert asked_in(lake, this_week - timedelta(days=7)) == QuestionUsage()


class Full(LocalLake):
    """A lake that takes nothing."""

    def write_json(self, path: str, content: object) -> None:
        raise OSError(28, "No space left on device", path)


def test_a_conversation_that_cannot_be_kept_is_said_to_be_lost(tmp_path: Path) -> None:
    budget = Budget(9_000, 1.0, 1.0, 5.0)
    answer = ConverseAssistant(Offline(), Answers, "m", budget, Full(root=str(tmp_path))).ask("how is the weather")
    assert answer.sentence == "I cannot know that."
    assert "its tokens are in no report" in answer.note
