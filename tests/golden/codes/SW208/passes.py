from __future__ import annotations

from swarmdsl import Swarm, Task
from swarmdsl.light import Daemon, on


def number() -> int:
    return 1


class Sum(Daemon):
    @on
    def add(self, left: int) -> int:
        return left


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Sum, "any")(Task(number, "any"))
