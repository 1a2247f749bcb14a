"""Where at the sides of its boxes each arrow begins and ends, and at which end its label stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from swarmdsl.pictures.columns import Columns
from swarmdsl.pictures.sizes import Row

SHARE = 0.8  # of the height of a box, in which its arrows begin and end
PORT = 9.0  # from one arrow to the next: an arrow's head has room
ABOVE = 5.0  # between an arrow and what stands over it
AIR = 1.0  # between that and the next arrow
BEND = 0.25  # of the height of a box, by which its only arrow may leave the middle to be level

Side = tuple[int, bool]
"""A box, and whether it is its right side."""
End = tuple[int, bool]
"""An arrow, and whether it is the end of its way."""


class Sides:
    """Which arrows touch which side of which box.

    A way leads from the right side of its first box to the left side of its last; between boxes of
    one column, and from a box to itself, it leads from right side to right side.
    """

    def __init__(self, made: Columns, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._column = made.column_of()
        self.touching: dict[Side, list[End]] = {}
        self.of: list[tuple[Side, Side]] = []
        for index, way in enumerate(made.ways):
            sides = (way[0], True), (way[-1], self.is_beside(way))
            self.of.append(sides)
            self.touching.setdefault(sides[0], []).append((index, False))
            self.touching.setdefault(sides[1], []).append((index, True))

    def is_beside(self, way: Sequence[int]) -> bool:
        """Whether a way stays beside the column in which it begins."""
        return self._column[way[0]] == self._column[way[-1]]

    def is_early(self, index: int) -> bool:
        """Whether an arrow's label stands where its way begins: where fewer others are."""
        first, last = self.of[index]
        return last[1] or len(self.touching[first]) <= len(self.touching[last])

    def height(self, box: int) -> float:
        """How high a box must be for its arrows, with the labels that stand at them."""
        needed = (self._room((box, right)) for right in (False, True))
        return max(needed) / SHARE

    def _room(self, side: Side) -> float:
        ends = self.touching.get(side, [])
        return len(ends) * max((self._step(end) for end in ends), default=0.0)

    def _step(self, end: End) -> float:
        index, at_the_end = end
        row = self._rows[index]
        here = row.width > 0 and self.is_early(index) is not at_the_end
        return row.height + ABOVE + AIR if here else PORT


class Ports:
    """The height at which each arrow leaves, and the one at which it arrives, along its way."""

    def __init__(
        self, made: Columns, sides: Sides, middles: Sequence[float], sizes: Sequence[float]
    ) -> None:
        self._made, self._sides = made, sides
        self._middles, self._sizes = middles, sizes
        self._at: dict[End, float] = {}
        for (box, _), ends in sides.touching.items():
            self._spread(box, sorted(ends, key=self._order))
        for side, ends in sides.touching.items():
            if len(ends) == 1:
                self._level(side[0], ends[0])

    def heights(self, index: int) -> list[float]:
        """The heights of what an arrow passes, with both ends, as in its way."""
        between = (self._middles[one] for one in self._made.ways[index][1:-1])
        return [self._at[index, False], *between, self._at[index, True]]

    def _order(self, end: End) -> tuple[float, int, bool]:
        """In the order of what is at the other end they do not cross right before the box."""
        return self._middles[self._neighbour(end)], *end

    def _neighbour(self, end: End) -> int:
        """What comes next on the way of an arrow, seen from one of its ends."""
        index, at_the_end = end
        return self._made.ways[index][-2 if at_the_end else 1]

    def _spread(self, box: int, ends: Sequence[End]) -> None:
        step = self._sizes[box] * SHARE / len(ends)
        top = self._middles[box] - self._sizes[box] * SHARE / 2
        for place, end in enumerate(ends):
            self._at[end] = top + step * (place + 0.5)

    def _level(self, box: int, end: End) -> None:
        """Let the only arrow at a side be level, if that is not far from the middle."""
        index, at_the_end = end
        other = self._neighbour(end)
        far = index, not at_the_end
        wanted = self._at[far] if other < self._made.boxes else self._middles[other]
        if abs(wanted - self._middles[box]) <= self._sizes[box] * BEND:
            self._at[end] = wanted


def rises(heights: Sequence[float]) -> Iterator[float]:
    """How far an arrow climbs or falls between each two that it passes.

    >>> list(rises([0.0, 10.0, 4.0]))
    [10.0, 6.0]
    """
    return (abs(one - other) for one, other in pairwise(heights))
