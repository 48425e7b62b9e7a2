"""What was asked and what was said."""

from dataclasses import dataclass
from datetime import UTC, datetime

from engage_assets.assistant.answer import Answer
from engage_assets.assistant.keeping import HISTORY, Files, keep, newest


@dataclass(frozen=True)
class HistoryEntry:
    """One question of the past."""

    asked_at: str
    question: str
    status: str
    sentence: str
    question_id: str
    week: str


class History:
    """The questions that were asked, kept in these files."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def append(self, answer: Answer) -> None:
        """Keeps a question and its answer's sentence. Customers' identifiers are not kept."""
        entry = HistoryEntry(
            asked_at=datetime.now(UTC).isoformat(timespec="seconds"),
            question=answer.question,
            status=answer.status,
            sentence=answer.sentence,
            question_id=answer.question_id,
            week=answer.week,
        )
        keep(self.files, HISTORY, vars(entry), customers=answer.customers())

    def last(self, number: int) -> list[HistoryEntry]:
        """The newest entries, newest first. A file that is no entry is left out."""
        found: list[HistoryEntry] = []
        for content in newest(self.files, HISTORY):
            try:
                found.append(HistoryEntry(**content))
            except TypeError:
                continue
            if len(found) == number:
                break
        return found
