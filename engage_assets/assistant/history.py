"""What was asked and what was said, one JSON line a question. Customers' identifiers are not kept."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engage_assets.assistant.answer import Answer
from engage_assets.assistant.parameters import UUID

REDACTED = "‹customer›"


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
    """A file that is appended to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, answer: Answer) -> None:
        """Keeps a question and its answer's sentence."""
        entry = HistoryEntry(
            asked_at=datetime.now(UTC).isoformat(timespec="seconds"),
            question=without_customers(answer.question),
            status=answer.status,
            sentence=without_customers(answer.sentence),
            question_id=answer.question_id,
            week=answer.week,
        )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(vars(entry), ensure_ascii=False) + "\n")

    def last(self, number: int) -> list[HistoryEntry]:
        """The newest entries, newest first."""
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8").splitlines()[-number:]
        return [HistoryEntry(**json.loads(line)) for line in reversed(lines)]


def without_customers(text: str) -> str:
    """The text with every customer's identifier replaced."""
    return UUID.sub(REDACTED, text)
