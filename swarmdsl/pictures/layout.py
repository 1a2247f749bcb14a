"""Where everything in a picture is: boxes in columns from the left to the right, arrows as curves.

Units are those of the drawing, the title of a box being 13 of them high. Downwards is positive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count

from swarmdsl.pictures.columns import Columns, columns_of
from swarmdsl.pictures.crossings import untangle
from swarmdsl.pictures.diagram import Arrow, Box, Diagram
from swarmdsl.pictures.gaps import ASIDE, BEND, HEAD, gaps_of
from swarmdsl.pictures.heights import heights_of
from swarmdsl.pictures.ports import ABOVE, Ports, Sides
from swarmdsl.pictures.sizes import LINE, PADDING, TITLE, Row, box_width, row_of, text_height
from swarmdsl.pictures.text_width import cut

GAP, LANE_GAP, LANE = 18.0, 6.0, 8.0

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
    """An arrow: the points that it passes, what stands over it, and the left end of its foot.

    It leaves the first point and reaches the last; between two neighbours it swings from the
    height of the one to that of the other.
    """

    arrow: Arrow
    points: tuple[Point, ...]
    row: Row
    row_at: Point


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
    return _Placing(diagram, made).layout()


class _Placing:
    """From columns to points."""

    def __init__(self, diagram: Diagram, made: Columns) -> None:
        self._diagram, self._made = diagram, made
        self._rows = [row_of(one, labelled=diagram.labelled) for one in diagram.arrows]
        self._sides = Sides(made, self._rows)
        self._sizes = [*self._heights(), *[LANE] * (len(made.left) - made.boxes)]
        spaces = [GAP if one < made.boxes else LANE_GAP for one in range(len(made.left))]
        self._middles = heights_of(made, self._sizes, spaces)
        self._ports = Ports(made, self._sides, self._middles, self._sizes)
        self._column = made.column_of()
        self._widths = [
            max((box_width(diagram.boxes[one]) for one in column if one < made.boxes), default=0.0)
            for column in made.columns
        ]
        self._gaps = gaps_of(made, self._rows, self._sides, self._ports)
        steps = [width + gap.width for width, gap in zip(self._widths, self._gaps, strict=True)]
        self._lefts = [0.0, *accumulate(steps)]
        self._bends = defaultdict[int, Iterator[int]](count)  # a place for each beside a column

    def _heights(self) -> Iterator[float]:
        for index, box in enumerate(self._diagram.boxes):
            yield max(text_height(box), self._sides.height(index))

    def layout(self) -> Layout:
        bottoms = [one + size / 2 for one, size in zip(self._middles, self._sizes, strict=True)]
        arrows = tuple(self._arrow(index) for index in range(len(self._diagram.arrows)))
        rights = [x for one in arrows for x, _ in one.points]
        return Layout(
            width=max([self._lefts[-1], *rights]),
            height=max(bottoms, default=0.0),
            boxes=tuple(self._placed(index, box) for index, box in enumerate(self._diagram.boxes)),
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

    def _arrow(self, index: int) -> Drawn:
        way, heights = self._made.ways[index], self._ports.heights(index)
        beside = self._sides.is_beside(way)
        points = self._beside(way, heights) if beside else self._across(way, heights)
        return Drawn(
            arrow=self._diagram.arrows[index],
            points=tuple(points[::-1] if self._made.turned[index] else points),
            row=self._rows[index],
            row_at=self._row_at(index, heights),
        )

    def _across(self, way: Sequence[int], heights: Sequence[float]) -> list[Point]:
        """Over the gaps and through the columns between; level where labels stand."""
        points: list[Point] = []
        for column, height, after in zip(
            range(self._column[way[0]], len(self._gaps)), heights, heights[1:], strict=False
        ):
            gap, left = self._gaps[column], self._lefts[column] + self._widths[column]
            right = self._lefts[column + 1]
            if height == after:
                points += (left, height), (right, after)
                continue
            points += (left, height), (left + gap.early, height)
            points += (right - gap.late, after), (right, after)
        return list(dict.fromkeys(points))

    def _beside(self, way: Sequence[int], heights: Sequence[float]) -> list[Point]:
        """From the right side of a box to that of another in its column, or to its own."""
        column = self._column[way[0]]
        x = self._lefts[column] + self._widths[column]
        out = x + self._gaps[column].early + BEND * (1 + next(self._bends[column]))
        start, end = heights[0], heights[-1]
        return [(x, start), (out, start), (out, end), (x, end)]

    def _row_at(self, index: int, heights: Sequence[float]) -> Point:
        """In the middle of a gap where nothing swings, else beside the box."""
        row, early = self._rows[index], self._sides.is_early(index)
        column = self._column[self._made.ways[index][0 if early else -2]]
        gap, left = self._gaps[column], self._lefts[column] + self._widths[column]
        height = heights[0 if early else -1] - ABOVE
        turned = self._made.turned[index]
        if gap.is_level:
            return left + (gap.width - row.width + (HEAD if turned else -HEAD)) / 2, height
        if early:
            return left + ASIDE + (HEAD if turned else 0.0), height
        return left + gap.width - ASIDE - row.width - (0.0 if turned else HEAD), height
