"""Boxes in columns, with a place in each column that an arrow passes: nothing lies behind a box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from swarmdsl.pictures.ranks import Ends, ranks_of


@dataclass(slots=True, kw_only=True)
class Columns:
    """Who stands in which column, from the top down. The first numbers are those of the boxes.

    Attributes:
        boxes: how many there are; what has a higher number is a place that an arrow passes.
        columns: the numbers of each.
        left, right: the neighbours of each in the columns beside its own.
        ways: what each arrow passes, from the left to the right, with both ends.
        turned: whether an arrow leads to the left.
    """

    boxes: int
    columns: list[list[int]]
    left: list[list[int]] = field(default_factory=list)
    right: list[list[int]] = field(default_factory=list)
    ways: list[list[int]] = field(default_factory=list)
    turned: list[bool] = field(default_factory=list)

    def column_of(self) -> dict[int, int]:
        """In which column each is."""
        return {one: index for index, column in enumerate(self.columns) for one in column}


def columns_of(count: int, arrows: Sequence[Ends], forward: Sequence[bool]) -> Columns:
    """So many boxes in columns, as the arrows want it.

    Args:
        count: of boxes.
        arrows: by the numbers of their ends. The way of one from a box to itself is twice that box.
        forward: whether each has a say in where boxes stand; a loop has none.
    """
    kept = [one for one, has_say in zip(arrows, forward, strict=True) if has_say]
    ranks = ranks_of(count, [one for one in kept if one[0] != one[1]])
    made = Columns(
        boxes=count,
        columns=[[] for _ in range(max(ranks, default=-1) + 1)],
        left=[[] for _ in range(count)],
        right=[[] for _ in range(count)],
    )
    for box, rank in enumerate(ranks):
        made.columns[rank].append(box)
    for source, destination in arrows:
        turned = ranks[source] > ranks[destination]
        ends = (destination, source) if turned else (source, destination)
        made.turned.append(turned)
        made.ways.append(_way(made, ends, ranks))
    return made


def _way(made: Columns, ends: Ends, ranks: Sequence[int]) -> list[int]:
    """What an arrow passes, now that there is a place for it in each column between its ends."""
    first, last = ends
    if ranks[first] == ranks[last]:  # one box, or two of a cycle that stand in one column
        return [first, last]
    way = [first]
    for rank in range(ranks[first] + 1, ranks[last]):
        way.append(len(made.left))
        made.columns[rank].append(way[-1])
        made.left.append([])
        made.right.append([])
    way.append(last)
    for before, after in pairwise(way):
        made.right[before].append(after)
        made.left[after].append(before)
    return way
