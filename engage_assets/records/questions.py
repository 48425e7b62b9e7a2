"""What the assistant's language model used in a week: questions, calls and tokens, from its transcripts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from engage_assets.assistant.keeping import TRANSCRIPTS, Files, kept_in

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
    """Transcripts of the week that cannot be read; their tokens are not counted."""
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Transcript:
    counts: tuple[int, int, int]
    model: str


def asked_in(files: Files, week: date) -> QuestionUsage:
    """The use of a week. Questions that the catalogue answered alone have no transcript and cost nothing."""
    models: set[str] = set()
    questions = calls = tokens_in = tokens_out = unreadable = 0
    for content in kept_in(files, TRANSCRIPTS, week):
        found = _transcript(content)
        if found is None:
            unreadable += 1
            continue
        used, read, written = found.counts
        questions, calls = questions + 1, calls + used
        tokens_in, tokens_out = tokens_in + read, tokens_out + written
        models.add(found.model)
    return QuestionUsage(questions, calls, tokens_in, tokens_out, unreadable, tuple(sorted(models)))


def _transcript(content: Any) -> _Transcript | None:
    """A transcript; None for whatever else it is: a week whose gates passed is not held up by one odd file."""
    try:
        used, read, written = (int(content[name]) for name in ("calls", "input_tokens", "output_tokens"))
        model = str(content["model_id"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    counts = (used, read, written)
    return _Transcript(counts, model) if all(0 <= count <= MOST_TOKENS for count in counts) else None
