"""What a task and the orchestrator say to each other, in S3, below the prefix that is meant for it.

The keys depend on the step and the attempt alone: who comes back to a task that is already running hears all of it.
"""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.pipes.client import PipesContextInjector, PipesMessageReader
from dagster._core.pipes.context import PipesMessageHandler

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


class StableMessageReader(PipesMessageReader):
    """Reads the messages of a task from one prefix, from the first on.

    The session is closed when ECS says that the task has stopped: S3 then has all that it will ever say, and what is
    there is read to its end. Dagster's own reader goes on waiting for ten seconds after a program that ended without
    a last word.
    """

    def __init__(self, region: str, uri: str, *, interval: float) -> None:
        self._bucket, self._prefix = s3.split(uri)
        self._client, self._uri, self._interval = s3.client("s3", region), uri, interval
        self._read = 0

    @contextmanager
    def read_messages(self, handler: PipesMessageHandler) -> Iterator[dict[str, Any]]:
        """Says where the task is to write, and hands its messages on until the block ends."""
        ended = threading.Event()
        thread = threading.Thread(target=self._follow, args=(handler, ended), daemon=True)
        thread.start()
        try:
            yield {"bucket": self._bucket, "key_prefix": self._prefix, "include_stdio_in_messages": False}
        finally:
            ended.set()
            thread.join()

    def _follow(self, handler: PipesMessageHandler, ended: threading.Event) -> None:
        try:
            last = False
            while not last:
                last = ended.wait(self._interval)
                while (chunk := self._next_chunk()) is not None:
                    for line in chunk.splitlines():
                        handler.handle_message(json.loads(line))
        except Exception:  # of a thread: the handler makes it known in the step's log
            handler.report_pipes_framework_exception(type(self).__name__, sys.exc_info())

    def _next_chunk(self) -> str | None:
        """The next object of messages, or None when it is not there yet."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}/{self._read + 1}.json")
        except self._client.exceptions.NoSuchKey:
            return None
        self._read += 1
        return str(answer["Body"].read().decode())

    def no_messages_debug_text(self) -> str:
        """Where messages were looked for, for Dagster's warning about a silent program."""
        return f"Messages were looked for below {self._uri}."
