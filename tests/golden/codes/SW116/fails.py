from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Module, Swarm, Task, on


class Sensor(Daemon):
    def produce(self) -> Iterator[float]:
        for _ in range(1000):
            yield 0.5


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
        loud = Module(command=["grep", "-v", "^0"], name="loud", takes=float, yields=float)
        return Task(Alarms, "any")(Task(loud, "any")(Task(Sensor, "any")))
