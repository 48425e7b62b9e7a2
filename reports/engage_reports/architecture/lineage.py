"""The drawing of the stages: layers from top to bottom, boxes with what runs where, lines for what reads what."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from engage_reports.architecture.stages import Stage
from engage_reports.kit import look
from engage_reports.wording import plain

GAP = 12.0
BEND_WIDTH = 10.0
BOX_WIDTH = 340.0
WIDE_BOX = 280.0
"""A box of at least this width also names its assets."""
SWEEPS = 6

Slot = tuple[str, int]
"""A stage or a bend of a line in one layer: (name, layer)."""


class Lineage(Flowable):  # type: ignore[misc]
    """The stages of the graph on one page. Width and height in points."""

    def __init__(self, stages: Sequence[Stage], height: float) -> None:
        super().__init__()
        self.stages, self.width, self.height = stages, look.WIDTH, height
        self.lines = _lines(stages)
        self.rows = _ordered(_layers(stages, self.lines), self.lines)

    def wrap(self, *_available: float) -> tuple[float, float]:
        """The size is given."""
        return self.width, self.height

    def draw(self) -> None:
        """Lines first, boxes over them."""
        step = self.height / max(1, len(self.rows))
        box_height = min(40.0, step * 0.72)
        names = {stage.name for stage in self.stages}
        spots: dict[Slot, tuple[float, float, float]] = {}
        for number, row in enumerate(self.rows):
            boxes = sum(slot[0] in names for slot in row)
            bends = len(row) - boxes
            free = self.width - GAP * (len(row) - 1) - BEND_WIDTH * bends
            box = min(BOX_WIDTH, free / boxes) if boxes else 0.0
            x = (self.width - box * boxes - BEND_WIDTH * bends - GAP * (len(row) - 1)) / 2
            y = self.height - step * number - box_height / 2 - 2
            for slot in row:
                width = box if slot[0] in names else BEND_WIDTH
                spots[slot] = (x + width / 2, y, width)
                x += width + GAP
        for way in self.lines:
            self._line([spots[slot] for slot in way], box_height)
        for stage in self.stages:
            self._box(stage, spots[stage.name, stage.layer], box_height)

    def _line(self, way: Sequence[tuple[float, float, float]], box_height: float) -> None:
        canvas, half = self.canv, box_height / 2
        canvas.setStrokeColor(HexColor(look.GREY))
        canvas.setLineWidth(1)
        path = canvas.beginPath()
        points = [(way[0][0], way[0][1] - half)]
        points += [point for x, y, _ in way[1:-1] for point in ((x, y + half), (x, y - half))]
        end = (way[-1][0], way[-1][1] + half + 3)
        points.append(end)
        path.moveTo(*points[0])
        for (x0, y0), (x1, y1) in pairwise(points):
            middle = (y0 + y1) / 2
            path.curveTo(x0, middle, x1, middle, x1, y1)
        canvas.drawPath(path)
        canvas.setFillColor(HexColor(look.GREY))
        head = canvas.beginPath()
        head.moveTo(end[0] - 3, end[1] + 1)
        head.lineTo(end[0] + 3, end[1] + 1)
        head.lineTo(end[0], end[1] - 3)
        head.close()
        canvas.drawPath(head, stroke=0, fill=1)

    def _box(self, stage: Stage, spot: tuple[float, float, float], height: float) -> None:
        canvas = self.canv
        x, y, width = spot
        left, bottom = x - width / 2, y - height / 2
        canvas.setFillColor(HexColor(look.PANEL))
        canvas.setStrokeColor(HexColor(look.BLUE))
        canvas.setLineWidth(0.8)
        canvas.roundRect(left, bottom, width, height, 3, fill=1)
        size, small = min(7.6, height * 0.24), min(6.2, height * 0.195)
        title = f"{plain(stage.name)} ({len(stage.assets)} {'asset' if len(stage.assets) == 1 else 'assets'})"
        canvas.setFillColor(HexColor(look.NAVY))
        column = width - 10 if width < WIDE_BOX else 150.0
        _fit(canvas, title, look.BOLD, size, left + 5, bottom + height * 0.67, column)
        canvas.setFillColor(HexColor(look.MUTED))
        _fit(canvas, f"here: {stage.local}", look.REGULAR, small, left + 5, bottom + height * 0.38, column)
        _fit(canvas, f"AWS: {stage.aws}", look.REGULAR, small, left + 5, bottom + height * 0.13, column)
        if width >= WIDE_BOX:
            names = ", ".join(asset.key.rsplit("/", 1)[-1] for asset in stage.assets)
            _fit(canvas, names, look.REGULAR, small, left + 165, bottom + height * 0.38, width - 170)


def _lines(stages: Sequence[Stage]) -> list[list[Slot]]:
    """Each dependency as a way through the layers: from a stage over bends to the stage that reads it."""
    layer = {stage.name: stage.layer for stage in stages}
    return [
        [
            (source, layer[source]),
            *((f"{source}>{stage.name}", between) for between in range(layer[source] + 1, stage.layer)),
            (stage.name, stage.layer),
        ]
        for stage in stages
        for source in stage.upstream
    ]


def _layers(stages: Sequence[Stage], lines: Sequence[Sequence[Slot]]) -> list[list[Slot]]:
    rows: list[list[Slot]] = [[] for _ in range(max((stage.layer for stage in stages), default=-1) + 1)]
    for slot in [(stage.name, stage.layer) for stage in stages] + [slot for way in lines for slot in way[1:-1]]:
        if slot not in rows[slot[1]]:
            rows[slot[1]].append(slot)
    return rows


def _ordered(rows: list[list[Slot]], lines: Sequence[Sequence[Slot]]) -> list[list[Slot]]:
    """Each layer ordered by the mean place of its neighbours above and below, a few times over: few crossings."""
    above: dict[Slot, list[Slot]] = {}
    below: dict[Slot, list[Slot]] = {}
    for way in lines:
        for upper, lower in pairwise(way):
            below.setdefault(upper, []).append(lower)
            above.setdefault(lower, []).append(upper)
    for sweep in range(SWEEPS):
        neighbours: Mapping[Slot, list[Slot]] = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            place = {slot: (number + 0.5) / len(line) for line in rows for number, slot in enumerate(line)}
            row.sort(key=lambda slot: _mean([place[each] for each in neighbours.get(slot, [slot])]))
    return rows


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _fit(canvas: Any, words: str, font: str, size: float, x: float, y: float, width: float) -> None:
    """One line of text, cut with an ellipsis where the box ends."""
    words = look.drawable(words)
    if stringWidth(words, font, size) > width:
        while words and stringWidth(words + "…", font, size) > width:
            words = words[:-1]
        words = words.rstrip(" ,") + "…"
    canvas.setFont(font, size)
    canvas.drawString(x, y, words)
