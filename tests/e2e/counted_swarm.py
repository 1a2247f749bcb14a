"""A push that comes alone, from a source to a relay and on: the relay counts what it calls.

The next push leaves when the one before has come, by a pipe that the environment names
(COUNTED_PIPE).
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from types import FrameType

from swarmdsl import Daemon, Swarm, Task, on
from swarmdsl.light import Results

WARM, COUNTED = 300, 300


class Pushes(Daemon):
    """Pushes when it is woken up."""

    async def produce(self) -> AsyncIterator[int | None]:
        pipe = os.open(os.environ["COUNTED_PIPE"], os.O_RDWR)
        for number in range(WARM + COUNTED + 1):
            yield number
            yield None
            await asyncio.to_thread(os.read, pipe, 1)
        os.close(pipe)


class Relay(Daemon):
    """Hands on, and counts the functions of Python that are called in its process meanwhile."""

    calls = 0

    @on
    def take(self, number: int) -> int:
        if number == WARM:
            sys.setprofile(self.count)
        elif number == WARM + COUNTED:
            sys.setprofile(None)
            Results().add("calls", self.calls / COUNTED)
        return number

    def count(self, _frame: FrameType, event: str, _argument: object) -> None:
        self.calls += event == "call"


class Wakes(Daemon):
    """Wakes up who pushes."""

    def on_start(self) -> None:
        self.pipe = os.open(os.environ["COUNTED_PIPE"], os.O_RDWR)

    @on
    def take(self, number: int) -> None:
        os.write(self.pipe, b".")

    def on_stop(self) -> None:
        os.close(self.pipe)


class Counted(Swarm):
    """A chain of three."""

    def execute(self) -> Task:
        relay = Task(Relay, alias="relay")(Task(Pushes, alias="pushes"))
        return Task(Wakes, alias="wakes")(relay)
