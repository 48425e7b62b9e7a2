"""What the assistant's language model used in a week: questions, calls and tokens, from its transcripts."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

MOST_TOKENS = 10**12
"""A transcript that says more of itself is damaged; the table of the record holds 64-bit numbers."""


@dataclass(frozen=True)
class QuestionUsage:
    """Questions that a language model was asked from Monday to Sunday, UTC. All are 0 when it was asked none."""

    questions: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    unreadable: int = 0
    """Transcripts of the week, by the day in their names, or of no known day, that cannot be read, such as one that
    is being written; their tokens are not counted."""
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Transcript:
    asked_at: datetime
    counts: tuple[int, int, int]
    model: str


def asked_in(transcripts: Path, week: date) -> QuestionUsage:
    """The use of a week. Questions that the catalogue answered alone have no transcript and cost nothing."""
    start = datetime.combine(week, datetime.min.time(), UTC)
    models: set[str] = set()
    questions = calls = tokens_in = tokens_out = unreadable = 0
    for path in sorted(transcripts.glob("*.json")):
        found = _read(path)
        if found is None:
            named = _day_in_name(path)
            unreadable += named is None or week <= named < week + timedelta(days=7)
        elif start <= found.asked_at < start + timedelta(days=7):
            used, read, written = found.counts
            questions, calls = questions + 1, calls + used
            tokens_in, tokens_out = tokens_in + read, tokens_out + written
            models.add(found.model)
    return QuestionUsage(questions, calls, tokens_in, tokens_out, unreadable, tuple(sorted(models)))


def _read(path: Path) -> _Transcript | None:
    """A transcript; None for whatever else the file is: a week whose gates passed is not held up by one odd file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        asked_at = datetime.fromisoformat(content["asked_at"])
        used, read, written = (int(content[name]) for name in ("calls", "input_tokens", "output_tokens"))
        model = str(content["model_id"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    counts = (used, read, written)
    if asked_at.tzinfo is None or not all(0 <= count <= MOST_TOKENS for count in counts):
        return None
    return _Transcript(asked_at, counts, model)


def _day_in_name(path: Path) -> date | None:
    """The UTC day that the assistant puts first into a transcript's name; None for other names."""
    try:
        return datetime.strptime(path.name[:8], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
