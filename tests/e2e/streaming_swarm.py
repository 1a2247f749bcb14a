"""A stream of numbers whose source and counter die at certain numbers, each once.

Whoever dies leaves a file in the folder that the environment calls DEATHS, so that its successor
does not die there again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from swarmdsl import Daemon, Swarm, Task, on

NUMBERS = 20_000
SOURCE_DIES_AT = {2_500, 9_000, 17_000}
COUNTER_DIES_AT = {5_000, 12_000}


def die_once(who: str, number: int) -> None:
    """End this process as the kernel does when memory is short, unless one did so here before."""
    mark = Path(os.environ["DEATHS"], f"{who}.{number}")
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


class Numbers(Daemon):
    def __init__(self) -> None:
        self.last = 0

    def produce(self) -> Iterator[int]:
        while self.last < NUMBERS:
            self.last += 1
            if self.last in SOURCE_DIES_AT:
                die_once("source", self.last)
            yield self.last

    def position(self) -> int:
        return self.last

    def seek(self, position: int) -> None:
        self.last = position


class Count(Daemon):
    """Counts numbers that it has not seen before."""

    def __init__(self) -> None:
        self.highest = 0
        self.seen = 0

    @on
    def add(self, number: int) -> int | None:
        if number <= self.highest:
            return None
        if number in COUNTER_DIES_AT:
            die_once("count", number)
        self.highest = number
        self.seen += 1
        return self.seen

    def snapshot(self) -> tuple[int, int]:
        return self.highest, self.seen

    def restore(self, state: tuple[int, int]) -> None:
        self.highest, self.seen = state


class Thousands(Daemon):
    @on
    def keep(self, count: int) -> int | None:
        return count if count % 1_000 == 0 else None


class Streaming(Swarm):
    def execute(self) -> Task:
        count = Task(Count, method="any", alias="count")(
            Task(Numbers, method="any", alias="source")
        )
        return Task(Thousands, method="any", alias="sink")(count)
