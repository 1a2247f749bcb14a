"""Swarms that a test runs in its own process, or drives with a debugger at a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from swarmdsl import Limits, Module, Swarm, Task
from swarmdsl.light import Daemon, World, on


def double(number: int, world: World) -> int:
    """Stop in the debugger, if the one who runs it wants that."""
    if "STOP" in os.environ:
        breakpoint()  # noqa: T100 - what is tested
    world.results.add("number", number)
    return 2 * number


class Sum(Daemon):
    """Add up what comes."""

    def __init__(self) -> None:
        self.total = 0

    @on
    async def add(self, number: int) -> int:
        """The sum so far."""
        self.total += number
        return self.total


class Doubled(Swarm):
    """The sum of doubles."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Sum, method="any")(Task(double, inputs={"number": 21}))


def spin() -> None:
    """Say so, and go on for ever."""
    sys.stdout.write("spinning\n")
    sys.stdout.flush()
    while True:
        pass


class Spinning(Swarm):
    """A task that never ends by itself."""

    def execute(self) -> Task:
        """The graph."""
        return Task(Module(spin, timeout=1.0), method="any")


class Numbers(Daemon):
    """A source that pushes far more than is taken in at once."""

    def produce(self) -> Iterator[int]:
        """The numbers."""
        yield from range(200)


class Halves(Daemon):
    """Push twice for each number, from the midst of a handler."""

    pushes = int

    @on
    def halve(self, number: int) -> None:
        """Two that add up to it."""
        self.push(number // 2)
        self.push(number - number // 2)


class Last(Daemon):
    """The sum of all, once it is complete."""

    def __init__(self) -> None:
        self.total = self.count = 0

    @on
    def add(self, number: int) -> int | None:
        """The sum, at the last of all sources' numbers."""
        self.total += number
        self.count += 1
        return self.total if self.count == 800 else None


class Narrow(Swarm):
    """Two sources, and channels that hold four pushes: everybody waits for everybody."""

    limits = Limits(inbox_messages=4, unconfirmed_messages=8, batch_messages=2)

    def execute(self) -> Task:
        """The graph."""
        sources = [Task(Numbers, method="any", alias=f"source{i}") for i in range(2)]
        return Task(Last, method="any")(Task(Halves, method="any")(sources))
