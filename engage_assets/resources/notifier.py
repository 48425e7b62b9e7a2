"""The notifier: tells people about a failed run."""

import json
import logging
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

LOGGER = logging.getLogger("engage.notifications")


class Notifier(dg.ConfigurableResource, ABC):  # type: ignore[type-arg]
    """Sends one message to the people who run the platform."""

    @abstractmethod
    def send(self, subject: str, message: str) -> None:
        """Delivers the message or raises."""


class LogNotifier(Notifier):
    """Writes to the log and appends one JSON line to a file."""

    path: str

    def send(self, subject: str, message: str) -> None:
        LOGGER.error("%s: %s", subject, message)
        file = Path(self.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as lines:
            sent_at = datetime.now(UTC).isoformat(timespec="seconds")
            lines.write(json.dumps({"sent_at": sent_at, "subject": subject, "message": message}) + "\n")
