from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Swarm, Task
from swarmdsl.light import Daemon


class Readings(Daemon):
    def produce(self) -> Iterator[float]:
        for _ in range(1000):
            yield 0.5


def mean(readings: list[float]) -> float:
    return sum(readings) / len(readings)


class Example(Swarm):
    def execute(self) -> Task:
        return Task(mean, "any")(Task(Readings, "any"))
