"""How wide it is between two columns: where labels stand, arrows are level; between, they swing.

So no arrow passes through a label: those beside it in its gap are level there as well, and further
away than it is high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from swarmdsl.pictures.columns import Columns
from swarmdsl.pictures.ports import Ports, Sides, rises
from swarmdsl.pictures.sizes import Row

GAP_MIN = 56.0
SLOPE = 0.4  # of the height that an arrow climbs, at least so much it has of width
SWING_MIN, SWING_MAX = 32.0, 140.0
ASIDE = 10.0  # beside a label
HEAD = 9.0  # of an arrow
BEND = 9.0  # between those that stay beside a column


@dataclass(slots=True)
class Gap:
    """What is behind a column.

    Attributes:
        early: the width where the labels of arrows stand that begin there; at least that of a head.
        late: the same for those that end behind it.
        climb: how far the steepest arrow climbs or falls.
        beside: the arrows that lead back to the column.
        next: whether a column comes behind it.
    """

    early: float = HEAD
    late: float = HEAD
    climb: float = 0.0
    beside: int = 0
    next: bool = False

    @property
    def is_level(self) -> bool:
        """Whether all that passes it does so straight on: then labels stand in its middle."""
        return self.climb == 0 and not self.beside

    @property
    def width(self) -> float:
        """From the column to the next, or to what is furthest behind the last."""
        if self.is_level:
            return max(self.early, self.late, GAP_MIN) if self.next else 0.0
        if not self.next:
            return self.early + BEND * self.beside
        swing = min(max(SWING_MIN, self.climb * SLOPE), SWING_MAX) + BEND * self.beside
        return max(self.early + swing + self.late, GAP_MIN)


def gaps_of(made: Columns, rows: Sequence[Row], sides: Sides, ports: Ports) -> list[Gap]:
    """The gap behind each column."""
    column = made.column_of()
    last = len(made.columns) - 1
    gaps = [Gap(next=index < last) for index in range(len(made.columns))]
    for index, way in enumerate(made.ways):
        gap = gaps[column[way[0]]]
        if sides.is_beside(way):
            gap.beside += 1
        else:
            for one, rise in zip(way, rises(ports.heights(index)), strict=False):
                passed = gaps[column[one]]
                passed.climb = max(passed.climb, rise)
        wanted = rows[index].width + 2 * ASIDE + HEAD if rows[index].width else 0.0
        if sides.is_early(index):
            gap.early = max(gap.early, wanted)
        else:
            before = gaps[column[way[-2]]]
            before.late = max(before.late, wanted)
    return gaps
