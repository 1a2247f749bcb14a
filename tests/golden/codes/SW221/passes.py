from __future__ import annotations

from swarmdsl import Swarm, Task


def read() -> str:
    return "a rose is a rose"


def count(line: str) -> int:
    return len(line.split())


class Example(Swarm):
    def execute(self) -> Task:
        return Task(count, "any")(Task(read, "any"))
