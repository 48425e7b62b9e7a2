"""How questions are kept: one file each, below the week it was asked in, without customers' identifiers.

The files are the lake's, so that they outlive the process that answered, on one machine as on AWS.
"""

import re
import uuid
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from engage_assets.assistant.parameters import UUID

HISTORY = "assistant/history"
"""What was asked and said."""
TRANSCRIPTS = "assistant/transcripts"
"""The conversations with a language model."""
REDACTED = "‹customer›"


class Files(Protocol):
    """JSON files by relative path, such as the lake's."""

    def write_json(self, path: str, content: Any) -> None: ...

    def read_json(self, path: str) -> Any: ...

    def names(self, folder: str) -> list[str]: ...


def keep(files: Files, kind: str, content: Any, *, customers: Collection[str] = ()) -> None:
    """Writes a file of this kind, in the order of time by name.

    customers: identifiers that stand in the content; those of the simulated platform are known by their form.
    """
    now = datetime.now(UTC)
    monday = now.date() - timedelta(days=now.weekday())
    name = f"{now:%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}.json"
    files.write_json(f"{_folder(kind, monday)}/{name}", _redacted(content, _pattern(customers)))


def kept_in(files: Files, kind: str, week: date) -> Iterator[Any]:
    """The contents of a week (Monday to Sunday, UTC), oldest first; None for a file that holds no JSON."""
    folder = _folder(kind, week)
    return (_read(files, f"{folder}/{name}") for name in sorted(files.names(folder)))


def newest(files: Files, kind: str) -> Iterator[Any]:
    """All contents, newest first; files that hold no JSON are left out."""
    for folder in sorted((name for name in files.names(kind) if name.startswith("week=")), reverse=True):
        for name in sorted(files.names(f"{kind}/{folder}"), reverse=True):
            content = _read(files, f"{kind}/{folder}/{name}")
            if content is not None:
                yield content


def _pattern(customers: Collection[str]) -> re.Pattern[str]:
    """What identifies a customer: these texts, whole, and whatever has the form of the simulated platform's."""
    # Longest first: one identifier may begin with another one.
    texts = "|".join(re.escape(each) for each in sorted(filter(None, customers), key=len, reverse=True))
    return re.compile(rf"(?<![\w.])(?:{texts})(?!\w|\.\d)|{UUID.pattern}" if texts else UUID.pattern, re.IGNORECASE)


def _redacted(content: Any, identifiers: re.Pattern[str]) -> Any:
    """The content with every identifier in its values replaced."""
    if isinstance(content, Mapping):
        return {name: _redacted(value, identifiers) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_redacted(value, identifiers) for value in content]
    if isinstance(content, str):
        return identifiers.sub(REDACTED, content)
    if isinstance(content, int | float) and not isinstance(content, bool):
        return REDACTED if identifiers.fullmatch(str(content)) else content
    return content


def _read(files: Files, path: str) -> Any:
    """The content of a file; None when it holds no JSON."""
    try:
        return files.read_json(path)
    except (OSError, ValueError, RecursionError):
        return None


def _folder(kind: str, week: date) -> str:
    return f"{kind}/week={week.isoformat()}"
