"""What can go wrong while a report is built. A message names the figure or file, what was expected and the remedy."""


class ReportError(Exception):
    """A report cannot be built from what it was given."""


class BrowserMissing(ReportError):  # noqa: N818 - the name is the finding
    """No Chromium was found for the charts."""


class ChartsFailed(ReportError):  # noqa: N818
    """The charts were not rendered: the browser failed, or the time limit passed."""
