"""A report before it is printed: its pages as a story, the figures that the story leaves room for, and its ledger."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.platypus import Flowable, KeepTogether

from engage_reports.binding import Ledger
from engage_reports.kit.blocks import Bookmark, Chart, Grid, Words
from engage_reports.kit.document import Edition
from engage_reports.kit.plot import Figure


@dataclass(frozen=True)
class Draft:
    """One report. ``name`` is the file's stem."""

    name: str
    edition: Edition
    subject: str
    story: list[Flowable]
    ledger: Ledger

    @property
    def figures(self) -> Mapping[str, Figure]:
        """The plotly figures by the names of their charts."""
        return {item.name: item.figure for item in self.story if isinstance(item, Chart)}

    def verify(self) -> None:
        """Refuses a draft that prints an unbound number.

        Raises:
            ReportError: names the digits and the sentence.
        """
        for _, words in words_of(self.story):
            self.ledger.verify(words.marked_text)


def words_of(story: Sequence[Flowable]) -> Iterator[tuple[str, Words]]:
    """Every paragraph of a story, those in tables too, with the section that it stands in."""
    section = ""
    for item in story:
        if isinstance(item, Bookmark):
            section = item.title
        for words in _inside(item):
            yield section, words


def _inside(item: Any) -> Iterator[Words]:
    if isinstance(item, Words):
        yield item
    elif isinstance(item, list | tuple):
        for each in item:
            yield from _inside(each)
    elif isinstance(item, KeepTogether):
        yield from _inside(item._content)
    elif isinstance(item, Grid):
        yield from _inside(item._cellvalues)
        yield from _inside(item.caption)
