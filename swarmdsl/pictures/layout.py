"""Where everything in a picture is: boxes in columns from the left to the right, arrows as curves.

Units are those of the drawing, the text of a box being 13 of them high. Downwards is positive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from swarmdsl.pictures.columns import Columns, columns_of
from swarmdsl.pictures.crossings import untangle
from swarmdsl.pictures.diagram import Arrow, Box, Diagram, Mark
from swarmdsl.pictures.heights import heights_of
from swarmdsl.pictures.text_width import cut, width_of

TITLE, LINE, LABEL = 13.0, 11.0, 10.5
BOX_MIN, BOX_MAX = 90.0, 230.0
PADDING, LEADING = 12.0, 16.0
GAP, LANE_GAP, LANE = 18.0, 6.0, 8.0
COLUMN_GAP_MIN, COLUMN_GAP_MAX = 56.0, 220.0
SLOPE = 0.3  # of the height that an arrow climbs, at least so much it has of width
ROOM_FOR_HEADS = 34.0  # beside a label
ABOVE = 4.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A box, its upper left corner and its size; its texts, as far as they fit."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An arrow: the points that it passes, and the middle of the foot of its label.

    It leaves the first point and reaches the last; between two neighbours it swings from the
    height of the one to that of the other.
    """

    arrow: Arrow
    points: tuple[Point, ...]
    label: str
    label_at: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A picture without its margins: how large it is, and what is where in it."""

    width: float
    height: float
    boxes: tuple[Placed, ...]
    arrows: tuple[Drawn, ...]


def laid_out(diagram: Diagram) -> Layout:
    """Find a place for everything.

    >>> from swarmdsl.pictures.diagram import Arrow, Box, Diagram, Mark
    >>> boxes = (Box(id="a", title="a"), Box(id="b", title="b"))
    >>> arrows = (Arrow(source="a", destination="b"),)
    >>> found = laid_out(Diagram(name="two", boxes=boxes, arrows=arrows))
    >>> [(one.box.id, one.x) for one in found.boxes]
    [('a', 0.0), ('b', 146.0)]
    """
    number = {box.id: index for index, box in enumerate(diagram.boxes)}
    ends = [(number[one.source], number[one.destination]) for one in diagram.arrows]
    forward = [one.style != "loop" for one in diagram.arrows]
    made = columns_of(len(diagram.boxes), ends, forward)
    untangle(made)
    sizes = [*map(_height, diagram.boxes), *[LANE] * (len(made.left) - made.boxes)]
    gaps = [GAP if one < made.boxes else LANE_GAP for one in range(len(made.left))]
    middles = heights_of(made, sizes, gaps)
    return _Placing(diagram, made, sizes, middles).layout()


def _height(box: Box) -> float:
    return TITLE + LEADING * len(box.lines) + 2 * PADDING


def _width(box: Box) -> float:
    title = width_of(box.title, TITLE, bold=True)
    wanted = max(title, *(width_of(line, LINE) for line in box.lines), 0.0) + 2 * PADDING
    return min(max(wanted, BOX_MIN), BOX_MAX)


class _Placing:
    """From columns and heights to points."""

    def __init__(
        self, diagram: Diagram, made: Columns, sizes: Sequence[float], middles: Sequence[float]
    ) -> None:
        self._diagram, self._made = diagram, made
        self._sizes, self._middles = sizes, middles
        self._column = {one: index for index, column in enumerate(made.columns) for one in column}
        self._widths = [
            max((_width(diagram.boxes[one]) for one in column if one < made.boxes), default=0.0)
            for column in made.columns
        ]
        self._gaps = self._column_gaps()
        steps = [width + gap for width, gap in zip(self._widths, self._gaps, strict=True)]
        self._lefts = [0.0, *accumulate(steps)]

    def _column_gaps(self) -> list[float]:
        """How wide it is behind each column: for labels, and for arrows that are not too steep."""
        gaps = [COLUMN_GAP_MIN] * len(self._widths)
        for arrow, way in zip(self._diagram.arrows, self._made.ways, strict=True):
            for one, other in pairwise(way):
                column = self._column[one]
                rise = abs(self._middles[one] - self._middles[other])
                gaps[column] = min(max(gaps[column], rise * SLOPE), COLUMN_GAP_MAX)
            if way and (self._diagram.labelled or arrow.marks):
                wanted = _label_width(arrow) + ROOM_FOR_HEADS
                for one in (way[0], way[-2]):
                    column = self._column[one]
                    gaps[column] = min(max(gaps[column], wanted), COLUMN_GAP_MAX)
        return gaps

    def layout(self) -> Layout:
        boxes = tuple(self._placed(index, box) for index, box in enumerate(self._diagram.boxes))
        arrows = tuple(self._arrows(boxes))
        bottoms = [
            middle + size / 2 for middle, size in zip(self._middles, self._sizes, strict=True)
        ]
        rights = [x for one in arrows for x, _ in one.points] + [one.x + one.width for one in boxes]
        return Layout(
            width=max(rights, default=0.0),
            height=max(bottoms, default=0.0),
            boxes=boxes,
            arrows=arrows,
        )

    def _placed(self, index: int, box: Box) -> Placed:
        column = self._column[index]
        width = self._widths[column]
        room = width - 2 * PADDING
        return Placed(
            box=box,
            x=self._lefts[column],
            y=self._middles[index] - self._sizes[index] / 2,
            width=width,
            height=self._sizes[index],
            title=cut(box.title, TITLE, room, bold=True),
            lines=tuple(cut(line, LINE, room) for line in box.lines),
        )

    def _arrows(self, boxes: Sequence[Placed]) -> Iterator[Drawn]:
        ports = _Ports(self._made, self._middles, self._sizes)
        for index, arrow in enumerate(self._diagram.arrows):
            way, turned = self._made.ways[index], self._made.turned[index]
            if len(way) > 1 and self._column[way[0]] != self._column[way[-1]]:
                points = self._points(index, way, ports)
            else:
                points = self._beside(arrow, boxes, way)
            label = cut(arrow.label, LABEL, COLUMN_GAP_MAX - ROOM_FOR_HEADS / 2)
            yield Drawn(
                arrow=arrow,
                points=tuple(points[::-1] if turned else points),
                label=label if self._diagram.labelled else "",
                label_at=_label_at(points, _label_width(arrow), early=ports.is_free(way)),
            )

    def _points(self, index: int, way: Sequence[int], ports: _Ports) -> list[Point]:
        first, last = self._column[way[0]], self._column[way[-1]]
        points = [(self._lefts[first] + self._widths[first], ports.leaves[index])]
        for one in way[1:-1]:
            column, height = self._column[one], self._middles[one]
            points.append((self._lefts[column], height))
            points.append((self._lefts[column] + self._widths[column], height))
        points.append((self._lefts[last], ports.reaches[index]))
        return points

    def _beside(self, arrow: Arrow, boxes: Sequence[Placed], way: Sequence[int]) -> list[Point]:
        """From the right side of a box to that of another in its column, or to its own."""
        number = {box.id: index for index, box in enumerate(self._diagram.boxes)}
        one, other = boxes[number[arrow.source]], boxes[number[arrow.destination]]
        shift = 0.0 if way else one.height / 4
        x, out = one.x + one.width, one.x + one.width + COLUMN_GAP_MIN / 2
        start, end = one.y + one.height / 2 - shift, other.y + other.height / 2 + shift
        return [(x, start), (out, start), (out, end), (x, end)]


class _Ports:
    """Where at the side of its box each arrow begins and ends: in the order of the other ends."""

    def __init__(self, made: Columns, middles: Sequence[float], sizes: Sequence[float]) -> None:
        self.leaves: dict[int, float] = {}
        self.reaches: dict[int, float] = {}
        leaving: dict[int, list[tuple[float, int]]] = {}
        reaching: dict[int, list[tuple[float, int]]] = {}
        for index, way in enumerate(made.ways):
            if len(way) > 1:
                leaving.setdefault(way[0], []).append((middles[way[1]], index))
                reaching.setdefault(way[-1], []).append((middles[way[-2]], index))
        self._leaving = {box: len(others) for box, others in leaving.items()}
        self._reaching = {box: len(others) for box, others in reaching.items()}
        for found, ports in ((leaving, self.leaves), (reaching, self.reaches)):
            for box, others in found.items():
                step = sizes[box] * 0.8 / (len(others) + 1)
                top = middles[box] - sizes[box] * 0.4
                for place, (_, index) in enumerate(sorted(others), start=1):
                    ports[index] = top + step * place

    def is_free(self, way: Sequence[int]) -> bool:
        """Whether an arrow has fewer beside it where it begins than where it ends."""
        return not way or self._leaving[way[0]] <= self._reaching[way[-1]]


def _label_width(arrow: Arrow) -> float:
    code = max((badge_width(one) for one in arrow.marks), default=0.0)
    return max(width_of(arrow.label, LABEL), code)


def badge_width(mark: Mark) -> float:
    """How wide the code of a finding is, with the colour around it."""
    return width_of(mark.code, LABEL, bold=True) + PADDING


def _label_at(points: Sequence[Point], width: float, *, early: bool) -> Point:
    """The middle of a label's foot: near that end of an arrow where fewer others are.

    It stands over a level arrow, in the middle, and on the other side of one that climbs.
    """
    one, other = (points[0], points[1]) if early else (points[-1], points[-2])
    reach = (other[0] - one[0]) / 2
    if one[1] == other[1]:
        return one[0] + reach, one[1] - ABOVE
    near = width / 2 + LEADING / 2
    x = one[0] + (min(near, reach) if early else max(-near - ROOM_FOR_HEADS / 4, reach))
    return x, one[1] - ABOVE if other[1] > one[1] else one[1] + LABEL + ABOVE / 2
