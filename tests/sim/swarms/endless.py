"""A stream whose source has no end, and a reader that asks for one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.light import World

STOP_AT = 3
PATIENCE_S = 1.0
PACE_S = 0.25


class Numbers(Daemon):
    """Counts on as long as it is asked, and can be asked again."""

    def __init__(self) -> None:
        self.last = 0

    async def produce(self) -> AsyncIterator[int]:
        while True:
            self.last += 1
            yield self.last
            await asyncio.sleep(PACE_S)

    def position(self) -> int:
        return self.last

    def seek(self, position: int) -> None:
        self.last = position


class Reader(Daemon):
    """Wants no more after some numbers."""

    @on
    def take(self, number: int, world: World) -> int:
        if number == STOP_AT:
            world.stop_swarm()
        return number


class Endless(Swarm):
    """A stream that is stopped while it runs."""

    limits = Limits(stop_timeout_s=PATIENCE_S)

    def execute(self) -> Task:
        return Task(Reader, method="any")(Task(Numbers, method="any", alias="numbers"))
