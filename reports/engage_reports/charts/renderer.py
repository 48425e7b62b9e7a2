"""Renders plotly figures in one child process with one browser, under a wall-clock limit.

The browser takes seconds to open, so it opens in the background while the caller computes:

    with ChartRenderer(find_browser()) as charts:   # returns at once
        ...                                          # the rest of the week
        build_reports(..., charts=charts)            # hands the figures over, collects the pages

A browser that dies leaves kaleido waiting for ever (the second call never returns, whatever its timeout). Hence the
limit is here, outside the process that may hang, and the child is killed with its browser when it passes.
"""

import base64
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

import psutil

from engage_reports.browser import find_browser
from engage_reports.charts.typeface import font_configuration
from engage_reports.errors import ChartsFailed, ReportError

ImageFormat = Literal["pdf", "png"]

CHILD = Path(__file__).with_name("child.py")


class ChartRenderer:
    """One child process, one browser, any number of figures.

    Args:
        browser: the Chromium; found by `find_browser` when absent.
        limit_seconds: how long `check` and `collect` wait, each, before the child is killed.
    """

    def __init__(self, browser: Path | None = None, *, limit_seconds: float = 60.0) -> None:
        if limit_seconds <= 0:
            raise ReportError(f"limit_seconds is {limit_seconds}; the time limit of the charts must be above 0.")
        self.browser = browser or find_browser()
        self.limit_seconds = limit_seconds
        self.ready_seconds: float | None = None
        self._images: dict[str, bytes] = {}
        self._errors: dict[str, str] = {}
        self._ended = False
        self._news = threading.Condition()
        self._outbox: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._log: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(wait=kind is None)

    def start(self) -> None:
        """Starts the child, which opens the browser; returns without waiting for it. A second call does nothing."""
        if self._process is not None:
            return
        self._folder = tempfile.TemporaryDirectory(prefix="engage-charts-")
        self._log = (Path(self._folder.name) / "log").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(  # noqa: S603 - our own program, by the interpreter that runs this
            [sys.executable, "-P", str(CHILD), str(self.browser)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            env={**os.environ, **font_configuration(Path(self._folder.name))},
        )
        threading.Thread(target=self._listen, args=(self._process,), name="charts-in", daemon=True).start()
        threading.Thread(target=self._speak, args=(self._process,), name="charts-out", daemon=True).start()

    def submit(self, name: str, figure: Mapping[str, Any], image_format: ImageFormat = "pdf") -> None:
        """Hands over one figure (plotly JSON with width and height in its layout) and returns without waiting.

        Raises:
            ReportError: the figure holds a number that is not finite.
        """
        self.start()
        with self._news:
            self._images.pop(name, None)
            self._errors.pop(name, None)
        try:
            line = json.dumps({"name": name, "figure": figure, "format": image_format}, allow_nan=False)
        except ValueError as error:
            raise ReportError(
                f"Figure {name!r} holds a number that is not finite; check the frame behind it."
            ) from error
        self._outbox.put(line + "\n")

    def collect(self, names: Iterable[str]) -> dict[str, bytes]:
        """The rendered figures of these names.

        Raises:
            ChartsFailed: one of them failed, the child ended, or the limit passed (the child is killed then).
        """
        wanted = list(dict.fromkeys(names))

        def settled() -> bool:
            return all(name in self._images or name in self._errors for name in wanted)

        self._wait(settled, f"{len(wanted)} figures")
        if failed := [f"{name}: {self._errors[name]}" for name in wanted if name in self._errors]:
            raise ChartsFailed(f"{len(failed)} of {len(wanted)} figures could not be drawn: {'; '.join(failed)}")
        return {name: self._images[name] for name in wanted}

    def check(self) -> float:
        """Waits for the start-up self-test (one tiny PNG) and returns the seconds from start to ready.

        Raises:
            ChartsFailed: the browser does not start or cannot draw.
        """
        self.start()
        self._wait(lambda: self.ready_seconds is not None, "the self-test")
        assert self.ready_seconds is not None
        return self.ready_seconds

    def close(self, *, wait: bool = True) -> None:
        """Ends the child and its browser. A second call does nothing."""
        process, self._process = self._process, None
        if process is not None:
            self._outbox.put(None)
            try:
                process.wait(timeout=5.0 if wait else 0.0)
            except subprocess.TimeoutExpired:
                kill_tree(process)
        if self._log is not None:
            self._log.close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _speak(self, process: subprocess.Popen[str]) -> None:
        """Writes what is queued: a pipe blocks while the browser opens, and the caller must not wait for that."""
        stdin = process.stdin
        assert stdin is not None
        with suppress(OSError):  # the child has ended: `_listen` notices and says so
            while (line := self._outbox.get()) is not None:
                stdin.write(line)
                stdin.flush()
            stdin.close()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        """Keeps what the child reports until it ends."""
        assert process.stdout is not None
        for line in process.stdout:
            message = json.loads(line)
            with self._news:
                if "ready" in message:
                    self.ready_seconds = float(message["ready"])
                elif "error" in message:
                    self._errors[message["name"]] = message["error"]
                else:
                    self._images[message["name"]] = base64.b64decode(message["image"])
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _wait(self, settled: Callable[[], bool], what: str) -> None:
        began = time.monotonic()
        with self._news:
            done = self._news.wait_for(lambda: settled() or self._ended, timeout=self.limit_seconds)
            finished = settled()
        if finished:
            return
        if done:
            raise self._failure(f"the browser ended before {what} was done")
        raise self._failure(f"{what} was not done after {time.monotonic() - began:.0f} s")

    def _failure(self, what: str) -> ChartsFailed:
        log = self._last_words()
        self.close(wait=False)
        return ChartsFailed(
            f"Charts: {what}. Browser: {self.browser}. Try it by hand (--headless --version), or set BROWSER_PATH "
            f"to another Chromium. Last words: {log or 'none'}"
        )

    def _last_words(self) -> str:
        if self._log is None or self._log.closed:
            return ""
        lines = Path(self._log.name).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return " | ".join(lines[-3:])[-600:]


def kill_tree(process: subprocess.Popen[str]) -> None:
    """Kills the child and all its descendants: choreographer starts the browser in a session of its own."""
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(process.pid)
        for each in [*parent.children(recursive=True), parent]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    process.wait(timeout=5.0)
