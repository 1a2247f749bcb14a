"""A source, a daemon module and a function that wait in event loops of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from swarmdsl import Daemon, Swarm, Task, on

NUMBERS = 12
WAIT_S = 60.0  # a test that waited for it in real time would be noticed


class Numbers(Daemon):
    """Goes on where it was."""

    def __init__(self) -> None:
        self.next = 0
        self.end = NUMBERS

    async def produce(self) -> AsyncIterator[int | None]:
        while self.next < self.end:
            await asyncio.sleep(0.01)
            self.next += 1
            yield self.next
        self.end += NUMBERS

    async def position(self) -> tuple[int, int]:
        return self.next, self.end

    async def seek(self, position: tuple[int, int]) -> None:
        self.next, self.end = position


class Distinct(Daemon):
    """Counts what it has not seen before, in an event loop of its own."""

    pushes = int

    def __init__(self) -> None:
        self.highest = 0
        self.seen = 0

    async def on_start(self) -> None:
        self.at_work = asyncio.Lock()

    @on
    async def add(self, number: int) -> None:
        assert not self.at_work.locked(), "one handler at a time"
        async with self.at_work:
            await asyncio.sleep(0.02)
            if number > self.highest:
                self.highest = number
                self.seen += 1
                self.push(self.seen)
                await asyncio.sleep(0.01)

    async def snapshot(self) -> tuple[int, int]:
        return self.highest, self.seen

    async def restore(self, state: tuple[int, int]) -> None:
        self.highest, self.seen = state

    async def on_stop(self) -> None:
        await asyncio.sleep(0)


async def collect(counts: list[int]) -> list[int]:
    await asyncio.sleep(0.1)
    return counts


class Awaiting(Swarm):
    def execute(self) -> Task:
        source = Task(Numbers, method="any", alias="source")
        count = Task(Distinct, method="any", alias="count")(source)
        return Task(collect, method="any", alias="all")(count)


async def rest() -> int:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await asyncio.sleep(WAIT_S)
    return round(loop.time() - began_s)


class Resting(Swarm):
    def execute(self) -> Task:
        return Task(rest, method="any", alias="rest")
