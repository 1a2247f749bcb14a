from __future__ import annotations

from swarmdsl import Swarm, Task


def read() -> str:
    return "a rose is a rose"


def count(line: strng) -> int:  # type: ignore[name-defined] # noqa: F821
    return len(line.split())


class Example(Swarm):
    def execute(self) -> Task:
        return Task(count, "any")(Task(read, "any"))
