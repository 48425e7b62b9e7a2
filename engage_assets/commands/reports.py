"""``engage reports``: the PDFs and the dashboard of a published week once more, in a process of its own, and timed."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import psutil

from engage_assets.commands.home import adopt_platform, locked, make_home, try_to_write
from engage_assets.definitions import build_defs
from engage_assets.errors import InputError
from engage_assets.partitions import parse_week
from engage_assets.records.pointer import published_run
from engage_assets.resources.bindings import build_resources
from engage_assets.resources.lake import Lake
from engage_assets.settings import Settings

SECONDS_BETWEEN_LOOKS = 0.1


@dataclass
class Memory:
    """The most that this process and its children, the browser among them, held at one time, in MB.

    Shared pages are counted once (proportional set size); where the system does not tell it, in each process.
    """

    peak_mb: float = 0.0
    _ended: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Adds up what all processes hold now."""
        total = 0
        for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
            with contextlib.suppress(psutil.Error):  # it has just ended
                held = process.memory_full_info()
                total += getattr(held, "pss", held.rss)
        self.peak_mb = max(self.peak_mb, total / 1e6)

    def watch(self) -> None:
        """Looks until the end."""
        while not self._ended.wait(SECONDS_BETWEEN_LOOKS):
            self.look()

    def end(self) -> None:
        """Ends the watching."""
        self._ended.set()


@contextlib.contextmanager
def measured_memory() -> Iterator[Memory]:
    """Watches the memory of the block."""
    memory = Memory()
    watcher = threading.Thread(target=memory.watch, daemon=True)
    watcher.start()
    try:
        yield memory
    finally:
        memory.look()
        memory.end()
        watcher.join()


def write_reports(settings: Settings, *, week: str | None, out: Path | None) -> None:
    """Draws the reports of a published week; prints where they are, the time since the process began, and the memory.

    week: the newest published one when None. out: another folder than the home's own.

    Raises
    ------
    InputError
        When the week is not published, `out` cannot be written, or there is no browser.
    EngageError
        When a figure is missing, or another run is writing.
    """
    from engage_reports import ChartRenderer, ReportError

    resources = build_resources(settings)
    lake: Lake = resources["lake"]
    chosen = published_week(lake, settings, week)
    if out:
        _check_writable(out)
    make_home(settings)  # a week published on AWS has none here, and the lock needs a place
    with measured_memory() as memory:
        try:
            charts = ChartRenderer()
        except ReportError as error:
            raise InputError(str(error)) from None
        from engage_assets.assets.reports import draw_reports

        settings = adopt_platform(settings, customers=None, seed=None)
        with charts, locked(settings.home), contextlib.ExitStack() as stack:
            place = out or stack.enter_context(resources["reports"].filled(f"week={chosen}"))
            place.mkdir(parents=True, exist_ok=True)
            files = draw_reports(
                settings,
                resources["warehouse"],
                lake,
                resources["registry"],
                chosen,
                run_id=published_run(lake, chosen) or "",
                graph=build_defs(settings).resolve_asset_graph(),
                charts=charts,
                place=place,
            )
    for file in files:
        pages = f"{file.pages:>3} pages" if file.pages else " " * 9
        shown = file.path if out else resources["reports"].location(f"week={chosen}/{file.path.name}")
        print(f"{pages}  {file.bytes / 1e6:5.2f} MB  {shown}")
    seconds = time.time() - psutil.Process().create_time()
    print(f"{seconds:.1f} s since the process began, {memory.peak_mb:,.0f} MB in all its processes, browser included")


def _check_writable(out: Path) -> None:
    try:
        try_to_write(out)
    except OSError as error:
        raise InputError(
            f"--out {out} cannot be written ({error.strerror}); expected a folder that may be written to, or a "
            "name for a new one. Choose another."
        ) from None


def published_week(lake: Lake, settings: Settings, given: str | None) -> date:
    """The week whose reports are drawn. Raises InputError when it is not published."""
    weeks = lake.weeks("published")
    if not weeks:
        raise InputError(f"no week is published in {settings.home}. `engage run` publishes one.")
    week = parse_week(given) if given else weeks[-1]
    if week not in weeks:
        raise InputError(f"the week of {week} is not published; published are {', '.join(map(str, weeks[-6:]))}.")
    return week
