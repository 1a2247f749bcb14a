"""Tasks that wait for one another: the cycles of a graph, in time that is linear in its edges.

Nothing here recurses: a chain may be longer than Python's stack.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

Thing = TypeVar("Thing", bound=Hashable)

After = Mapping[str, Iterable[str]]
"""By task, those that come after it."""


def cycles(after: After) -> Iterator[list[str]]:
    """One cycle of each knot, as the tasks that it passes.

    >>> list(cycles({"a": ["b"], "b": ["c"], "c": ["b"], "d": ["d"], "e": []}))
    [['b', 'c'], ['d']]
    """
    rank = {task: number for number, task in enumerate(after)}
    for knot in knotted(after):
        yield _cycle(after, knot, min(knot, key=rank.__getitem__))


def knotted(after: After) -> Iterator[set[str]]:
    """The knots: sets of tasks that wait for one another, or for themselves.

    >>> [sorted(knot) for knot in knotted({"a": ["b"], "b": ["c"], "c": ["b"], "d": ["d"]})]
    [['b', 'c'], ['d']]
    """
    placed: list[str] = in_order(after)
    left = set(after).difference(placed)
    inside = {task: [one for one in after[task] if one in left] for task in after if task in left}
    for knot in knots(inside):
        first = next(iter(knot))
        if len(knot) > 1 or first in inside[first]:
            yield knot


def in_order(after: Mapping[Thing, Iterable[Thing]]) -> list[Thing]:
    """Every task behind all that it comes after; those in or behind a cycle are left out.

    >>> in_order({"c": [], "a": ["b"], "b": ["c"]})
    ['a', 'b', 'c']
    """
    waiting = dict.fromkeys(after, 0)
    for following in after.values():
        for task in following:
            waiting[task] += 1
    free = [task for task, sources in waiting.items() if not sources]
    for task in free:  # the list grows meanwhile
        for one in after[task]:
            waiting[one] -= 1
            if not waiting[one]:
                free.append(one)
    return free


def knots(after: After) -> Iterator[set[str]]:
    """The strongly connected components: sets of tasks each of which leads to all of its set."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}  # of all that a task leads to and that is in no knot yet
    loose: list[str] = []
    done: set[str] = set()
    for root in after:
        path: list[tuple[str, Iterator[str]]] = []
        fresh: str | None = None if root in number else root
        while path or fresh is not None:
            if fresh is not None:
                number[fresh] = lowest[fresh] = len(number)
                loose.append(fresh)
                path.append((fresh, iter(after[fresh])))
            task, following = path[-1]
            fresh = None
            for one in following:
                if one not in number:
                    fresh = one
                    break
                if one not in done:
                    lowest[task] = min(lowest[task], number[one])
            else:
                path.pop()
                if path:
                    before = path[-1][0]
                    lowest[before] = min(lowest[before], lowest[task])
                if lowest[task] == number[task]:
                    knot = _cut(loose, task)
                    done |= knot
                    yield knot


def _cut(loose: list[str], task: str) -> set[str]:
    """Take the tasks from this one on."""
    knot = {task}
    while (last := loose.pop()) != task:
        knot.add(last)
    return knot


def _cycle(after: After, knot: set[str], first: str) -> list[str]:
    """Walk on from the first task, into the depth, until a task comes that lies on the way."""
    path, ways = [first], [iter(after[first])]
    on_the_way, left_behind = {first}, set[str]()
    while True:
        following = (one for one in ways[-1] if one in knot and one not in left_behind)
        task = next(following, None)
        if task is None:  # no way from here that is not known to lead nowhere
            ways.pop()
            on_the_way.discard(path[-1])
            left_behind.add(path.pop())
        elif task in on_the_way:
            return path[path.index(task) :]
        else:
            path.append(task)
            ways.append(iter(after[task]))
            on_the_way.add(task)
