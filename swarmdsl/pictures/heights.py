"""How high each box stands in its column: near its neighbours, and none upon another."""

from __future__ import annotations

from collections.abc import Sequence

from swarmdsl.pictures.columns import Columns

PASSES = 8
STRAIGHT = 8.0  # times as much as boxes do arrows mind to be bent


def heights_of(made: Columns, sizes: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The middle of each, downwards from 0.

    Args:
        made: with the columns in order.
        sizes: the height of each.
        gaps: what must be free above each.
    """
    middles = [0.0] * len(made.left)
    spaces = [_spaces(column, sizes, gaps) for column in made.columns]
    for column, space in zip(made.columns, spaces, strict=True):
        _settle(middles, column, [0.0] * len(column), [1.0] * len(column), space)
    sweeps = len(made.columns)
    for number in range(PASSES):
        order = range(sweeps) if number % 2 == 0 else range(sweeps - 1, -1, -1)
        sides = (made.left, made.right) if number >= PASSES - 2 else ()
        beside = sides or ((made.left,) if number % 2 == 0 else (made.right,))
        for index in order:
            column = made.columns[index]
            wanted = [_wanted(middles, one, beside) for one in column]
            weights = [STRAIGHT if one >= made.boxes else 1.0 for one in column]
            _settle(middles, column, wanted, weights, spaces[index])
    top = min((middles[one] - sizes[one] / 2 for one in range(len(middles))), default=0.0)
    return [one - top for one in middles]


def _spaces(column: Sequence[int], sizes: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """How far below the first of its column the middle of each is, if they stand close."""
    found: list[float] = []
    for index, one in enumerate(column):
        above = column[index - 1] if index else one
        step = (sizes[above] + sizes[one]) / 2 + gaps[one] if index else 0.0
        found.append((found[-1] if found else 0.0) + step)
    return found


def _wanted(middles: Sequence[float], one: int, beside: Sequence[Sequence[Sequence[int]]]) -> float:
    neighbours = [other for side in beside for other in side[one]]
    if not neighbours:
        return middles[one]
    return sum(middles[other] for other in neighbours) / len(neighbours)


def _settle(
    middles: list[float],
    column: Sequence[int],
    wanted: Sequence[float],
    weights: Sequence[float],
    spaces: Sequence[float],
) -> None:
    """Give a column the heights nearest to the wanted ones, by squares, that leave room.

    With the least distances taken off, what is left must not fall from one to the next: neighbours
    that would, are pooled at their mean (isotonic regression, by pooling adjacent violators).
    """
    pools: list[tuple[float, float, int]] = []  # the mean, its weight, and how many share it
    for want, weight, space in zip(wanted, weights, spaces, strict=True):
        mean, heavy, count = want - space, weight, 1
        while pools and pools[-1][0] > mean:
            before, its_weight, its_count = pools.pop()
            mean = (mean * heavy + before * its_weight) / (heavy + its_weight)
            heavy, count = heavy + its_weight, count + its_count
        pools.append((mean, heavy, count))
    shared = [mean for mean, _, count in pools for _ in range(count)]
    for one, mean, space in zip(column, shared, spaces, strict=True):
        middles[one] = mean + space
