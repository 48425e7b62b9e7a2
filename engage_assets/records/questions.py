"""What the assistant's language model used in a week: questions, calls and tokens, from its transcripts."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path


@dataclass(frozen=True)
class QuestionUsage:
    """Questions that a language model was asked from Monday to Sunday, UTC. All are 0 when it was asked none."""

    questions: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    unreadable: int = 0
    """Transcripts that cannot be read, such as one that is being written; their tokens are not counted."""
    models: tuple[str, ...] = ()


def asked_in(transcripts: Path, week: date) -> QuestionUsage:
    """The use of a week. Questions that the catalogue answered alone have no transcript and cost nothing."""
    start = datetime.combine(week, datetime.min.time(), UTC)
    models: set[str] = set()
    questions = calls = tokens_in = tokens_out = unreadable = 0
    for path in sorted(transcripts.glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            asked_at = datetime.fromisoformat(content["asked_at"])
            used, read, written = (int(content[name]) for name in ("calls", "input_tokens", "output_tokens"))
            model = str(content["model_id"])
        except (ValueError, KeyError, TypeError):
            unreadable += 1
            continue
        if start <= asked_at < start + timedelta(days=7):
            questions, calls = questions + 1, calls + used
            tokens_in, tokens_out = tokens_in + read, tokens_out + written
            models.add(model)
    return QuestionUsage(questions, calls, tokens_in, tokens_out, unreadable, tuple(sorted(models)))
