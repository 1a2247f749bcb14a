"""Tasks that call daemon modules: each call is noted where it is carried out and where it is told.

What the swarms yield says only how many calls were told of, so it is the same whatever goes wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from swarmdsl import Daemon, Swarm, Task, call, on
from swarmdsl.errors import CallFailed, CallTimedOut
from swarmdsl.light import Results, call_daemon

CALLS = 6
CARRIED_OUT, TOLD = "carried out", "told"


class Ledger(Daemon):
    """Answers calls, and nothing else."""

    @call
    async def enter(self, number: int) -> int:
        Results().add(CARRIED_OUT, number)
        await asyncio.sleep(0.05)  # virtual time, in which it may die
        return number + 1


def ask() -> int:
    """Make calls, and note of each what became of it."""
    told = 0
    for number in range(CALLS):
        try:
            outcome = str(call_daemon("ledger", "enter", number, timeout=20.0))
        except CallFailed as error:
            outcome = type(error).__name__
        Results().add(TOLD, (number, outcome))
        told += 1
    return told


class Noted(Swarm):
    """For tests that look at the results."""

    def execute(self) -> list[Task]:
        return [Task(Ledger, method="any", alias="ledger"), Task(ask, method="any", alias="ask")]


class Count(Daemon):
    """Counts pushes and calls, remembers both, and waits for nobody."""

    def __init__(self) -> None:
        self.count = 0
        self.calls = 0

    @on
    def add(self, number: int) -> int:
        self.count += 1
        return number

    @call
    async def note(self, number: int) -> int:
        self.calls += 1
        return number

    def snapshot(self) -> tuple[int, int]:
        return self.count, self.calls

    def restore(self, state: tuple[int, int]) -> None:
        self.count, self.calls = state


def numbers() -> Iterator[int]:
    """Push and call in turns."""
    for number in range(CALLS):
        yield number
        with suppress(CallFailed):  # Its process died; the test of `Noted` asks for more.
            assert call_daemon("count", "note", number, timeout=20.0) == number


def total(handled: list[int]) -> int:
    return len(set(handled))


class Called(Swarm):
    """Calls between pushes, of a daemon module that remembers."""

    def execute(self) -> Task:
        count = Task(Count, method="any", alias="count")(Task(numbers, method="any"))
        return Task(total, method="any")(count)


class Left(Daemon):
    """Calls the other one, which may be calling this one."""

    other = "right"

    @on
    async def take(self, number: int) -> str:
        await asyncio.sleep(0.1)  # until the other one is at work too
        try:
            return str(self.call(self.other, "double", number, timeout=3.0))
        except CallTimedOut as error:
            return str(error)

    @call
    def double(self, number: int) -> int:
        return 2 * number


class Right(Left):
    """The same from the other side."""

    other = "left"


def ones() -> Iterator[int]:
    yield from [1] * CALLS


class Mutual(Swarm):
    """Two daemon modules that call one another at the same time."""

    def execute(self) -> list[Task]:
        begin = Task(ones, method="any", alias="begin")
        return [
            Task(Left, method="any", alias="left")(begin),
            Task(Right, method="any", alias="right")(begin),
        ]
