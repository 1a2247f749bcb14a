from __future__ import annotations

from swarmdsl import Swarm, Task
from swarmdsl.light import Daemon, on


def number() -> int:
    return 1


class Sum(Daemon):
    @on
    def add(self, number: int) -> int:
        return number


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Sum, "any")
