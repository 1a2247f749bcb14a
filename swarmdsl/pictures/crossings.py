"""Which order of the boxes in each column lets few arrows cross.

By barycentres: each stands at the mean of its neighbours in the column beside it, from the left to
the right and back, as long as that helps (K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual
understanding of hierarchical system structures", IEEE Transactions on Systems, Man, and
Cybernetics 11, 1981).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from itertools import pairwise

from swarmdsl.pictures.columns import Columns

SWEEPS_MAX = 12
PATIENCE = 3  # sweeps without gain


def untangle(made: Columns) -> int:
    """Put the columns in order, and return how many crossings are left.

    >>> from swarmdsl.pictures.columns import columns_of
    >>> made = columns_of(4, [(0, 3), (1, 2)], [True, True])
    >>> untangle(made), made.columns
    (0, [[0, 1], [3, 2]])
    """
    best, fewest, idle = [list(one) for one in made.columns], crossings(made), 0
    for sweep in range(SWEEPS_MAX):
        if not fewest or idle == PATIENCE:
            break
        _sweep(made, to_the_right=sweep % 2 == 0)
        found = crossings(made)
        idle += 1
        if found < fewest:
            best, fewest, idle = [list(one) for one in made.columns], found, 0
    made.columns = best
    return fewest


def _sweep(made: Columns, *, to_the_right: bool) -> None:
    columns = made.columns if to_the_right else made.columns[::-1]
    beside = made.left if to_the_right else made.right
    for fixed, moved in pairwise(columns):
        place = {one: index for index, one in enumerate(fixed)}
        wanted = {one: _mean(beside[one], place) for one in moved if beside[one]}
        still = [index for index, one in enumerate(moved) if one not in wanted]
        order = sorted((one for one in moved if one in wanted), key=wanted.__getitem__)
        for index in still:  # who has no neighbour there stays where it is
            order.insert(index, moved[index])
        moved[:] = order


def _mean(neighbours: Sequence[int], place: dict[int, int]) -> float:
    return sum(place[one] for one in neighbours) / len(neighbours)


def crossings(made: Columns) -> int:
    """How many pairs of arrows cross between all columns."""
    return sum(_between(made, one, other) for one, other in pairwise(made.columns))


def _between(made: Columns, left: Sequence[int], right: Sequence[int]) -> int:
    """Of two arrows one crosses the other if it begins above it and ends below it."""
    place = {one: index for index, one in enumerate(right)}
    ended: list[int] = []
    count = 0
    for one in left:
        ends = sorted(place[other] for other in made.right[one])
        for end in ends:
            count += len(ended) - bisect_left(ended, end + 1)
        for end in ends:
            insort(ended, end)
    return count
