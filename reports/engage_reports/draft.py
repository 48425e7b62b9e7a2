"""A report before it is printed: its pages as a story, and the figures that the story leaves room for."""

from collections.abc import Mapping
from dataclasses import dataclass

from reportlab.platypus import Flowable

from engage_reports.kit.blocks import Chart
from engage_reports.kit.document import Edition
from engage_reports.kit.plot import Figure


@dataclass(frozen=True)
class Draft:
    """One report. ``name`` is the file's stem."""

    name: str
    edition: Edition
    subject: str
    story: list[Flowable]

    @property
    def figures(self) -> Mapping[str, Figure]:
        """The plotly figures by the names of their charts."""
        return {item.name: item.figure for item in self.story if isinstance(item, Chart)}
