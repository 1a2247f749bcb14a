from __future__ import annotations

from swarmdsl import Swarm, Task
from swarmdsl.light import Daemon, on


def number() -> int:
    return 1


class Sum(Daemon):
    total = 0

    @on
    def add(self, number: int) -> None:
        self.total += number

    def snapshot(self) -> int:
        return self.total

    def restore(self, state: int) -> None:
        self.total = state


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Sum, "any")(Task(number, "any"))
