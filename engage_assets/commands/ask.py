"""``engage ask``: one question, answered from the published tables."""

import json
import sys

from engage_assets.assistant.answer import Answer, formatted
from engage_assets.assistant.history import History
from engage_assets.resources.bindings import build_resources
from engage_assets.settings import Settings

SHOWN_ROWS = 20


def ask(settings: Settings, question: str, *, as_json: bool) -> int:
    """Prints the answer. Returns the exit status: 0 answered, 2 a question that has no answer here."""
    resources = build_resources(settings)
    answer = resources["language_model"].assistant().ask(question)
    remember(History(resources["lake"]), answer)
    if as_json:
        print(json.dumps(answer.as_json(), indent=2, ensure_ascii=False))
    else:
        print("\n".join(as_text(answer)))
    return 0 if answer.status == "answered" else 2


def remember(history: History, answer: Answer) -> None:
    """Adds to the history; a place that cannot be written still gets its answer."""
    try:
        history.append(answer)
    except Exception as error:  # whatever the store says, the answer is there
        print(f"engage: the history cannot be written ({error}).", file=sys.stderr)


def as_text(answer: Answer) -> list[str]:
    """The lines that a terminal shows."""
    lines = [answer.sentence, *([answer.note] if answer.note else [])]
    if answer.status == "refused":
        if answer.nearest:
            lines += ["", "Nearest questions:", *(f"  {title}" for title in answer.nearest)]
        return lines
    if answer.rows:
        cells = [
            [formatted(name, value, answer.currency) for name, value in zip(answer.columns, row, strict=True)]
            for row in answer.rows[:SHOWN_ROWS]
        ]
        widths = [max(len(name), *(len(row[i]) for row in cells)) for i, name in enumerate(answer.columns)]
        lines.append("")
        for row in [list(answer.columns), ["-" * width for width in widths], *cells]:
            lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if len(answer.rows) > SHOWN_ROWS:
            lines.append(f"… {len(answer.rows) - SHOWN_ROWS} more rows; --format json has all of them")
    lines += ["", f"week {answer.week}; gates: {answer.gates or 'none recorded'}"]
    if answer.definition:
        lines.append(f"{answer.definition} Unit: {answer.unit}.")
    lines.append(f"query: {answer.sql}")
    return lines


def list_questions(settings: Settings) -> list[str]:
    """Every catalogued question by topic, with its definition, in the words of the home."""
    lines: list[str] = []
    topic = ""
    for question in build_resources(settings)["language_model"].catalogue().catalogue.questions:
        if question.topic != topic:
            topic = question.topic
            lines += ["", topic]
        lines.append(f"  {question.title}  [{question.unit}] {question.definition}")
    return lines[1:]
