"""Daemon modules that are asked while they work: as sources, with handlers, and with a memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from swarmdsl import Daemon, Limits, Swarm, Task, call, on
from swarmdsl.errors import CallFailed, CallTimedOut
from swarmdsl.light import call_daemon

TIMES = 8
DIES_AT_S = 10.0  # long after the last note was taken, and long before it is asked for


class Endless(Daemon):
    """A source that goes on until somebody says stop."""

    def __init__(self) -> None:
        self.goes_on = True

    def produce(self) -> Iterator[int | None]:
        while self.goes_on:
            yield 1

    @call
    def stop(self) -> None:
        self.goes_on = False


def halt() -> bool:
    """Say stop."""
    call_daemon("endless", "stop")
    return True


class Halted(Swarm):
    """It only ends because its source can be asked to."""

    def execute(self) -> list[Task]:
        return [Task(Endless, method="any", alias="endless"), Task(halt, method="any")]


class Busy(Daemon):
    """Waits in its handler: for time to pass, and for credit."""

    pushes = int

    def __init__(self) -> None:
        self.at_work = False

    @on
    async def take(self, number: int) -> None:
        self.at_work = True
        for _ in range(TIMES):
            self.push(number)
            await asyncio.sleep(0.01)
        self.at_work = False

    @call
    def is_at_work(self) -> bool:
        return self.at_work


class Slow(Daemon):
    """Gives credit late."""

    @on
    async def take(self, number: int) -> int:
        await asyncio.sleep(0.02)
        return number


def numbers() -> Iterator[int]:
    yield from range(TIMES)


def look() -> list[bool]:
    """What can be seen of a handler from a call."""
    return [call_daemon("busy", "is_at_work") for _ in range(2 * TIMES)]


class Watched(Swarm):
    """A call never sees a handler at work."""

    limits = Limits(inbox_messages=1, batch_messages=1)

    def execute(self) -> list[Task]:
        busy = Task(Busy, method="any", alias="busy")(Task(numbers, method="any"))
        return [Task(Slow, method="any")(busy), Task(look, method="any", alias="look")]


class Notes(Daemon):
    """Remembers what it was told by calls; nothing is pushed to it."""

    def __init__(self) -> None:
        self.notes: list[int] = []

    @call
    def note(self, number: int) -> None:
        self.notes.append(number)

    @call
    def noted(self) -> list[int]:
        return self.notes

    def snapshot(self) -> list[int]:
        return self.notes

    def restore(self, state: list[int]) -> None:
        self.notes = state


async def remind() -> list[int]:
    """Have something noted, and ask for it when much time has passed."""
    for number in range(TIMES):
        call_daemon("notes", "note", number)
    await asyncio.sleep(2 * DIES_AT_S)
    try:
        found: list[int] = call_daemon("notes", "noted")
    except CallFailed:
        return []
    return found


class Reminded(Swarm):
    """What calls have changed outlives a process, if there is a snapshot."""

    def execute(self) -> list[Task]:
        return [
            Task(Notes, method="any", alias="notes"),
            Task(remind, method="any", alias="remind"),
        ]


class Sleepy(Daemon):
    """Is asked while it dozes."""

    def __init__(self) -> None:
        self.woken = 0

    @call
    async def doze(self) -> None:
        await asyncio.sleep(DIES_AT_S)

    @call
    def wake(self) -> None:
        self.woken += 1

    @call
    def times_woken(self) -> int:
        return self.woken


def lull() -> None:
    """Have it doze."""
    call_daemon("sleepy", "doze")


async def hurry() -> int:
    """Try to wake it, and give up long before it can be woken; tell how often it was."""
    await asyncio.sleep(1.0)
    try:
        call_daemon("sleepy", "wake", timeout=2.0)
    except CallTimedOut:
        return int(call_daemon("sleepy", "times_woken"))
    return -1


class Hurried(Swarm):
    """Nobody is woken for whom nobody waits."""

    def execute(self) -> list[Task]:
        return [
            Task(Sleepy, method="any", alias="sleepy"),
            Task(lull, method="any"),
            Task(hurry, method="any", alias="hurry"),
        ]


class Drowsy(Sleepy):
    """A source: what it is asked waits for what it is asked before."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = False

    async def produce(self) -> AsyncIterator[int | None]:
        await asyncio.sleep(1.5)  # both have called by then
        yield None
        while not self.asked:
            await asyncio.sleep(0.1)
            yield None

    @call
    def times_woken(self) -> int:
        self.asked = True
        return self.woken


class HurriedSource(Swarm):
    """The same of a source."""

    def execute(self) -> list[Task]:
        return [
            Task(Drowsy, method="any", alias="sleepy"),
            Task(lull, method="any"),
            Task(hurry, method="any", alias="hurry"),
        ]
