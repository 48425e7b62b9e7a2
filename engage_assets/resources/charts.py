"""The chart renderer: opens its browser when a run that draws reports begins, and closes it with the run."""

from collections.abc import Iterator
from typing import Any

import dagster as dg


@dg.resource(description="One child process with one browser for all charts of a run.")
def chart_renderer(_: dg.InitResourceContext) -> Iterator[Any]:
    """Yields an ``engage_reports.ChartRenderer``. The browser takes seconds to open, while the week is computed."""
    from engage_reports import ChartRenderer

    with ChartRenderer() as charts:
        yield charts
