"""A source that yields a burst and is silent until that has been seen at the other end.

What was seen leaves files in the folder that the environment calls SEEN.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from swarmdsl import Daemon, Limits, Swarm, Task, call, on

BURST = 5


def seen(number: int) -> Path:
    """The file that says that a number has been handled."""
    return Path(os.environ["SEEN"], str(number))


class Bursts(Daemon):
    """Goes on when all of its burst has come."""

    burst = 0

    async def produce(self) -> AsyncIterator[int]:
        """Two bursts."""
        for self.burst in (1, 2):
            for number in range(BURST):
                yield self.burst * BURST + number
            while not seen(self.burst * BURST + BURST - 1).exists():  # noqa: ASYNC110 - in files
                await asyncio.sleep(0.001)
        while not seen(0).exists():  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.001)

    @call
    def hear(self) -> int:
        """Let it end, when it is asked; it is in the middle of its work."""
        seen(0).touch()
        return self.burst


class Sees(Daemon):
    """Leaves a file for each number."""

    @on
    def see(self, number: int) -> int:
        """See it."""
        seen(number).touch()
        return number


class Patient(Swarm):
    """The source and who sees."""

    limits = Limits(call_timeout_s=20.0)

    def execute(self) -> Task:
        """The graph."""
        return Task(Sees, method="any", alias="sees")(Task(Bursts, method="any", alias="bursts"))
