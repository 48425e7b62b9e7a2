"""The tokens of a week: from the transcripts that the assistant keeps, by the day they were asked on."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    "changed",
    [
        {"asked_at": "2026-11-17T10:00:00"},
        {"asked_at": 20261117},
        {"calls": float("inf")},
        {"input_tokens": 10**30},
        {"output_tokens": -1},
    ],
    ids=str,
)
def test_a_transcript_with_odd_values_is_counted_as_unreadable(tmp_path: Path, changed: dict[str, object]) -> None:
    transcript(tmp_path, "20261117T100000-aaaa", **{"asked_at": "2026-11-17T10:00:00+00:00", **changed})
    assert asked_in(tmp_path, WEEK) == QuestionUsage(unreadable=1)


def test_no_odd_file_stops_the_week(tmp_path: Path) -> None:
    transcript(tmp_path, "good", "2026-11-17T10:00:00+00:00")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "dangling.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "deep.json").write_text("[" * 200_000)
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    assert asked_in(tmp_path, WEEK) == QuestionUsage(1, 2, 900, 80, 5, ("maker.model-v1",))


@pytest.mark.parametrize(
    ("name", "unreadable"),
    [
        ("20261115T235959-aaaa", 0),
        ("20261116T000000-aaaa", 1),
        ("20261122T235959-aaaa", 1),
        ("20261123T000000-aaaa", 0),
        ("20261399T000000-aaaa", 1),
        ("notes", 1),
    ],
)
def test_an_unreadable_transcript_counts_in_the_week_that_its_name_tells(
    tmp_path: Path, name: str, unreadable: int
) -> None:
    (tmp_path / f"{name}.json").write_text("{")
    assert asked_in(tmp_path, WEEK) == QuestionUsage(unreadable=unreadable)


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
        currency, span, called = "USD", "30 days", ("customer", "customers")
        tables = Tables()
        catalogue = type("Catalogue", (), {"questions": ()})()

    assistant = ConverseAssistant(Offline(), Answers, "maker.model-v1", Budget(9_000, 1.0, 1.0, 5.0), tmp_path)
    assistant.ask("how will the weather be")
    [kept] = tmp_path.glob("*.json")
    today = datetime.now(UTC).date()
    assert asked_in(tmp_path, today - timedelta(days=today.weekday())) == QuestionUsage(
        1, 1, 11, 5, 0, ("maker.model-v1",)
    )
    kept.write_text("{")
    assert asked_in(tmp_path, today - timedelta(days=today.weekday())) == QuestionUsage(unreadable=1)
    assert asked_in(tmp_path, WEEK - timedelta(days=700)) == QuestionUsage()
