"""Sources by the clock whose process dies when they have ended their round."""

from __future__ import annotations

import asyncio

from swarmdsl import Daemon, Swarm, Task, every, on

COUNT = 4
DIES_AT_S = 10.0  # long after the countdown is over, and long before its round is


class Countdown(Daemon):
    """Says only once that it has ended, as code does that knows nothing of processes that die."""

    def __init__(self) -> None:
        self.left = COUNT

    @every(seconds=0.5)
    def count(self) -> int:
        self.left -= 1
        if self.left == 0:
            self.finish()
        return self.left

    def on_round_end(self) -> int:
        return -1

    def position(self) -> int:
        return self.left

    def seek(self, position: int) -> None:
        self.left = position


class Slow(Daemon):
    """Holds its round open."""

    @on
    def take(self, number: int) -> int:
        return number

    async def on_round_end(self) -> None:
        await asyncio.sleep(2 * DIES_AT_S)


class Launch(Swarm):
    """A countdown that ends, whoever dies."""

    def execute(self) -> Task:
        return Task(Slow, method="any")(Task(Countdown, method="any", alias="countdown"))
