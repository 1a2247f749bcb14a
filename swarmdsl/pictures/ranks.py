"""In which column each box stands: behind all that come before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Ends = tuple[int, int]


def ranks_of(count: int, arrows: Iterable[Ends]) -> list[int]:
    """The column of each of so many boxes, by the longest way to it.

    A box that nothing comes before stands right before what comes after it. Where there is a
    cycle, the arrow that closes it, in the order of the boxes, is not looked at.

    >>> ranks_of(4, [(0, 1), (1, 2), (3, 2), (2, 0)])
    [0, 1, 2, 1]
    """
    kept = _without_cycles(count, arrows)
    after: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    for source, destination in kept:
        after[source].append(destination)
        before[destination].append(source)
    ranks = [0] * count
    for box in _sources_first(after, before):
        ranks[box] = max((ranks[one] + 1 for one in before[box]), default=0)
    for box in range(count):
        if not before[box] and after[box]:
            ranks[box] = min(ranks[one] for one in after[box]) - 1
    return ranks


def _without_cycles(count: int, arrows: Iterable[Ends]) -> list[Ends]:
    """The arrows but for those that lead back to where a walk along them came from."""
    after: list[list[int]] = [[] for _ in range(count)]
    for source, destination in dict.fromkeys(arrows):
        after[source].append(destination)
    kept: list[Ends] = []
    unseen, walked, done = range(3)
    state = [unseen] * count
    for start in range(count):
        if state[start] != unseen:
            continue
        state[start] = walked
        way = [(start, iter(after[start]))]
        while way:
            box, others = way[-1]
            for other in others:
                if state[other] == walked:
                    continue  # it closes a cycle
                kept.append((box, other))
                if state[other] == unseen:
                    state[other] = walked
                    way.append((other, iter(after[other])))
                    break
            else:
                state[box] = done
                way.pop()
    return kept


def _sources_first(after: Sequence[Sequence[int]], before: Sequence[Sequence[int]]) -> list[int]:
    missing = [len(one) for one in before]
    ready = [box for box, number in enumerate(missing) if not number]
    for box in ready:  # grows while it is read
        for other in after[box]:
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    return ready
