"""The tokens of a week: from the transcripts that the assistant keeps, by the day they were asked on."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from engage_assets.assistant.converse import Budget, ConverseAssistant
from engage_assets.records.questions import QuestionUsage, asked_in

WEEK = date(2026, 11, 16)


def transcript(folder: Path, name: str, asked_at: str, **more: object) -> None:
    content = {"asked_at": asked_at, "calls": 2, "input_tokens": 900, "output_tokens": 80, "model_id": "maker.model-v1"}
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({**content, **more}))


def test_no_transcript_is_no_use(tmp_path: Path) -> None:
    assert asked_in(tmp_path / "nowhere", WEEK) == QuestionUsage()


def test_only_the_days_of_the_week_count(tmp_path: Path) -> None:
    transcript(tmp_path, "sunday-before", "2026-11-15T23:59:59+00:00")
    transcript(tmp_path, "monday", "2026-11-16T00:00:00+00:00")
    transcript(tmp_path, "sunday", "2026-11-22T23:59:59+00:00", model_id="maker.other", input_tokens=100)
    transcript(tmp_path, "monday-after", "2026-11-23T00:00:00+00:00")
    assert asked_in(tmp_path, WEEK) == QuestionUsage(2, 4, 1000, 160, 0, ("maker.model-v1", "maker.other"))


def test_a_transcript_that_cannot_be_read_is_counted_and_its_tokens_are_not(tmp_path: Path) -> None:
    transcript(tmp_path, "good", "2026-11-17T10:00:00+00:00")
    transcript(tmp_path, "lacking", "2026-11-17T10:00:00+00:00", input_tokens=None)
    (tmp_path / "half.json").write_text('{"asked_at": "2026-')
    assert asked_in(tmp_path, WEEK) == QuestionUsage(1, 2, 900, 80, 2, ("maker.model-v1",))


def test_what_the_assistant_writes_is_what_is_counted(tmp_path: Path) -> None:
    """Both sides of the file: a question is asked, and its transcript is read."""

    class Answers:
        def converse(self, **_: object) -> dict:
            message = {"role": "assistant", "content": [{"text": "I cannot know that."}]}
            return {
                "output": {"message": message},
                "stopReason": "end_turn",
                "usage": {"inputTokens": 11, "outputTokens": 5},
            }

    class Tables:
        def vocabulary(self) -> object:
            return type("Vocabulary", (), {"weeks": (WEEK,)})()

    class Offline:
        tables = Tables()
        catalogue = type("Catalogue", (), {"questions": ()})()

    assistant = ConverseAssistant(Offline(), Answers, "maker.model-v1", Budget(9_000, 1.0, 1.0, 5.0), tmp_path)
    assistant.ask("how will the weather be")
    today = datetime.now(UTC).date()
    assert asked_in(tmp_path, today - timedelta(days=today.weekday())) == QuestionUsage(
        1, 1, 11, 5, 0, ("maker.model-v1",)
    )
