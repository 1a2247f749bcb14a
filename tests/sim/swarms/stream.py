"""A long stream into a slow sink: every bound is reached, and everybody has to wait."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, on

VALUES = 60


def produce() -> Iterator[int]:
    yield from range(VALUES)


class Relay(Daemon):
    @on
    def relay(self, number: int) -> int:
        return number


class Sink(Daemon):
    @on
    def keep(self, number: int) -> Iterator[int]:
        if number % 10 == 0:
            yield number


class Stream(Swarm):
    def execute(self) -> Task:
        source = Task(produce, method="all", alias="source")
        relay = Task(Relay, method="any", alias="relay")(source)
        return Task(Sink, method="any", alias="sink")(relay)
