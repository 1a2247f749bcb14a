"""A chain of daemon modules in which a push carries when it was made: 64 bytes, as the floor's.

The environment says how many pushes there are (HOP_COUNT) and the pause before each (HOP_PAUSE_S).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from threading import Event

from swarmdsl import Daemon, Swarm, Task, on
from swarmdsl.light import Results

FILLING = "." * 55  # with 9 bytes of a number: 64


class Ticks(Daemon):
    """Gives the one behind it something to do, now and then."""

    def produce(self) -> Iterator[int]:
        """Count, slowly; the one below zero is the last."""
        never, pause_s = Event(), float(os.environ["HOP_PAUSE_S"])
        for number in range(int(os.environ["HOP_COUNT"])):
            never.wait(pause_s)
            yield number
        yield -1


class Stamp(Daemon):
    """Pushes the time at which it pushes, in ns of the clock that all processes share."""

    @on
    def take(self, number: int) -> tuple[int, str]:
        """Push the time now; for the last, 0."""
        return (time.monotonic_ns() if number >= 0 else 0, FILLING)


class Meter(Daemon):
    """Notes how long ago what it gets was pushed."""

    def __init__(self) -> None:
        self._hops_ns: list[int] = []

    @on
    def take(self, push: tuple[int, str]) -> None:
        """Note the age of a push; after the last, tell all of them."""
        age_ns = time.monotonic_ns() - push[0]
        if push[0]:
            self._hops_ns.append(age_ns)
        else:
            Results().add("hops_ns", self._hops_ns)


class Hop(Swarm):
    """Ticks, the task that pushes, and the task that measures."""

    def execute(self) -> Task:
        """The graph: a chain of three."""
        return Task(Meter, alias="meter")(Task(Stamp, alias="stamp")(Task(Ticks, alias="ticks")))
