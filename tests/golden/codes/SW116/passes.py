from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, on


class Sensor(Daemon):
    def produce(self) -> Iterator[float]:
        for _ in range(1000):
            yield 0.5


class Loud(Daemon):
    @on
    def take(self, value: float) -> float | None:
        return value if value > 0.9 else None


class Alarms(Daemon):
    def __init__(self) -> None:
        self.count = 0

    @on
    def take(self, value: float) -> None:
        self.count += 1

    def on_round_end(self) -> int:
        return self.count


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Alarms, "any")(Task(Loud, "any")(Task(Sensor, "any")))
