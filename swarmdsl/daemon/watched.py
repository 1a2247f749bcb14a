"""The values of a batch as a handler takes them: how many, and how long they took. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from operator import length_hint, sub
from typing import Any

TOGETHER = 8
"""Pushes of a quick handler that are timed together: a look at the clock takes as long as one."""

QUICK_NS = 1_000
"""What a push takes in the middle at most, where some are timed together."""

Took = list[tuple[int, list[int]]]
"""How many pushes were timed together, and how long they took, in nanoseconds."""


class Watched(list[Any]):
    """Values of which is known how many have been taken."""

    _left: Iterator[Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        self._left = super().__iter__()
        return self._left

    @property
    def taken(self) -> int:
        """How many the handler has been given."""
        return 0 if self._left is None else len(self) - length_hint(self._left)

    def took(self) -> Took:
        """How long they were at hand, if that is measured."""
        return []

    def paused(self, nanoseconds: int) -> None:
        """So long its taker waited for something else than its own code."""


class Noted(Watched):
    """Values of which each is noted before it is taken."""

    def __init__(self, values: Iterable[Any], note: Callable[[int], None]) -> None:
        super().__init__(values)
        self._note = note

    def __iter__(self) -> Iterator[Any]:
        for index, value in enumerate(super().__iter__()):
            self._note(index)
            yield value


class Stamped(Watched):
    """Values that are timed: a clock is read where one ends and the next begins."""

    def __init__(
        self,
        values: Iterable[Any],
        now_ns: Callable[[], int],
        note: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(values)
        self._now_ns = now_ns
        self._note = note
        self._stamps: list[int] = []
        self._pauses: list[tuple[int, int]] = []

    def paused(self, nanoseconds: int) -> None:
        """So long its taker waited for something else than its own code."""
        self._pauses.append((len(self._stamps), nanoseconds))

    def between(self) -> list[int]:
        """From each stamp to the next, without what was waited in between."""
        took = list(map(sub, self._stamps[1:], self._stamps))
        for index, nanoseconds in self._pauses:
            if index <= len(took):
                took[index - 1] -= nanoseconds
        return took


class Timed(Stamped):
    """Values of which is known when each was taken, and when its taker came back for the next."""

    def __iter__(self) -> Iterator[Any]:
        # A step of this runs for each push, so it does no more than it must.
        now_ns, stamp, values = self._now_ns, self._stamps.append, list.__iter__(self)
        stamp(now_ns())
        if self._note is None:
            for value in values:
                yield value
                stamp(now_ns())
            return
        for index, value in enumerate(values):
            self._note(index)
            yield value
            stamp(now_ns())

    @property
    def taken(self) -> int:
        """How many the handler has been given."""
        return min(len(self._stamps), len(self))

    def took(self) -> Took:
        """Also of one that raised: of it no end is known, and it is left out."""
        return [(1, self.between())]


class TimedTogether(Stamped):
    """Values that are timed some at a time, as each takes less than to look at a clock would.

    >>> times = iter([0, 800, 1_700])
    >>> values = TimedTogether(range(10), lambda: next(times))
    >>> [*values] == [*range(10)], values.took()
    (True, [(8, [800]), (2, [900])])
    """

    _given = 0

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(self._groups())  # without a step of Python for each

    def _groups(self) -> Iterator[Iterator[Any]]:
        now_ns, stamp = self._now_ns, self._stamps.append
        stamp(now_ns())
        for begin in range(0, len(self), TOGETHER):
            group = self[begin : begin + TOGETHER]
            self._given, self._left = begin + len(group), iter(group)
            yield self._left
            stamp(now_ns())

    @property
    def taken(self) -> int:
        """How many the handler has been given."""
        return 0 if self._left is None else self._given - length_hint(self._left)

    def took(self) -> Took:
        """Also before one that raised: these took their share of the time since, as far as known.

        How long the one that raised took nobody has seen, so none of the others counts for more
        than a quick push may take.
        """
        took = self.between()
        rest = len(self) % TOGETHER
        ended = len(took) * TOGETHER
        if ended < self._given:  # one of the group has raised
            return [(TOGETHER, took), *self._before(self.taken - 1 - ended)]
        return [(TOGETHER, took[:-1]), (rest, took[-1:])] if rest else [(TOGETHER, took)]

    def _before(self, handled: int) -> Took:
        """The pushes of the last group that were handled before the one that raised."""
        if handled <= 0:
            return []
        share = (self._now_ns() - self._stamps[-1]) // (handled + 1)
        return [(handled, [handled * min(share, QUICK_NS)])]


def mean_ns(took: Took) -> float:
    """How long one of them took, in the middle.

    >>> mean_ns([(8, [800]), (2, [900])]), mean_ns([])
    (170.0, 0.0)
    """
    nanoseconds = pushes = 0
    for together, durations in took:
        nanoseconds += sum(durations)
        pushes += together * len(durations)
    return nanoseconds / pushes if pushes else 0.0
