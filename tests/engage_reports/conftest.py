"""One published week, one described platform, and one browser for all tests that draw."""

from collections.abc import Iterator

import pandas as pd
import pytest

from engage_reports import ArchitectureFacts, ChartRenderer
from tests.engage_reports.described_platform import architecture_facts
from tests.engage_reports.published_week import published_frames


@pytest.fixture
def frames() -> dict[str, pd.DataFrame]:
    """The frames of a week, freshly made: a test may change them."""
    return published_frames()


@pytest.fixture
def platform() -> ArchitectureFacts:
    """A platform of about sixty assets."""
    return architecture_facts()


@pytest.fixture(scope="session")
def charts() -> Iterator[ChartRenderer]:
    """A renderer whose browser is open for all tests."""
    with ChartRenderer() as renderer:
        renderer.check()
        yield renderer
