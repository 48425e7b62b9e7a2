"""Charts: plotly figures as plain dictionaries, rendered to vector PDF by one child process with one browser."""

from engage_reports.charts.renderer import ChartRenderer

__all__ = ["ChartRenderer"]
