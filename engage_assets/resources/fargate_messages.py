"""What a task and the orchestrator say to each other, in S3, below the prefix that is meant for it.

The keys depend on the step and the attempt alone: who comes back to a task that is already running hears all of it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.pipes.client import PipesContextInjector
from dagster_aws.pipes import PipesS3MessageReader

from engage_assets.resources import s3


class StableContextInjector(PipesContextInjector):
    """Puts the parameters of a task into one object. It stays until the session ends: a task may start late."""

    def __init__(self, region: str, uri: str) -> None:
        self._region, self._uri = region, uri

    @contextmanager
    def inject_context(self, context: Any) -> Iterator[dict[str, Any]]:
        """Writes the object and says where it is."""
        bucket, key = s3.split(f"{self._uri}/context.json")
        s3.write(self._region, f"{self._uri}/context.json", json.dumps(context).encode())
        yield {"bucket": bucket, "key": key}

    def no_messages_debug_text(self) -> str:
        """Where the parameters were put, for Dagster's warning about a silent program."""
        return f"The parameters were written to {self._uri}/context.json."


class StableMessageReader(PipesS3MessageReader):
    """Reads the messages of a task from one prefix, from the first on."""

    def __init__(self, region: str, uri: str, *, interval: float) -> None:
        bucket, self._prefix = s3.split(uri)
        super().__init__(bucket=bucket, client=s3.client("s3", region), interval=interval)

    @contextmanager
    def get_params(self) -> Iterator[dict[str, Any]]:
        """Where the task is to write, and how often: what it says last must not come too late."""
        yield {"bucket": self.bucket, "key_prefix": self._prefix, "include_stdio_in_messages": False}


def results_of(session: dg.PipesSession) -> list[dg.MaterializeResult]:  # type: ignore[type-arg]
    """What the program has reported about assets."""
    reported = session.get_results(implicit_materializations=False)
    return [each for each in reported if isinstance(each, dg.MaterializeResult)]
