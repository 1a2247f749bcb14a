"""A daemon module that remembers what it has counted, between a function and the run."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, on

NUMBERS = 11


def produce() -> Iterator[int]:
    yield from range(NUMBERS)


class Count(Daemon):
    def __init__(self) -> None:
        self.seen = 0

    @on
    def add(self, _number: int) -> int:
        self.seen += 1
        return self.seen

    def snapshot(self) -> int:
        return self.seen

    def restore(self, state: int) -> None:
        self.seen = state


class Counting(Swarm):
    def execute(self) -> Task:
        source = Task(produce, method="any", alias="source")
        return Task(Count, method="any", alias="count")(source)


class Relay(Daemon):
    """Remembers nothing."""

    @on
    def relay(self, number: int) -> int:
        return number + 1


class Relaying(Swarm):
    def execute(self) -> Task:
        source = Task(produce, method="any", alias="source")
        return Task(Relay, method="any", alias="count")(source)
