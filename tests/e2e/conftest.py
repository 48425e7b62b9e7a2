"""The platform of these tests: one published week, made once, and put back before every test."""

import shutil
import signal
from collections.abc import Iterator

import pytest

from tests.e2e.small_platform import WEEK, SmallPlatform, output_of


@pytest.fixture(scope="session")
def first_week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallPlatform]:
    """A platform whose first week has been published by ``engage run``; tests ask for `platform`."""
    # A suite that a shell started in the background ignores Ctrl-C, and so would every command that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    platform = SmallPlatform(tmp_path_factory.mktemp("e2e"))
    platform.first_run = platform.run(WEEK, "--weeks", "13")
    assert platform.first_run.returncode == 0, output_of(platform.first_run)
    platform.keep()
    yield platform
    shutil.rmtree(platform.folder)


@pytest.fixture
def platform(first_week: SmallPlatform) -> Iterator[SmallPlatform]:
    """The published platform as it was after its first run; a test may do with it what it likes."""
    first_week.restore()
    yield first_week
    assert first_week.wait_for_survivors() == []
