"""Ctrl-C, whatever becomes of it: Dagster, dbt, DuckDB and the gates each make an error of their own of it."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

STOPPING = (signal.SIGINT, signal.SIGTERM)
"""Dagster takes both for an interrupt."""


@contextmanager
def watched() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether this process has been asked to stop within the block.

    The interpreter itself notes the signal, so that it does not matter which handler is in place, nor who catches what
    that handler raises. Only the main thread gets signals; in another one the answer is always no.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        seen = bytearray()

        def asked_to_stop() -> bool:
            with suppress(BlockingIOError):
                seen.extend(reader.recv(4096))
            return any(number in seen for number in STOPPING)

        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield asked_to_stop
        finally:
            signal.set_wakeup_fd(before)
