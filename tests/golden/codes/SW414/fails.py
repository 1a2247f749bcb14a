from __future__ import annotations

from swarmdsl import Swarm, Task


def start() -> int:
    return 1


def keep(number: int) -> int:
    return number


class Example(Swarm):
    def execute(self) -> Task:
        return Task(keep, "any", port=3391)(Task(start, "any"))
