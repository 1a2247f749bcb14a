from __future__ import annotations

from swarmdsl import Swarm, Task


def add(a: int, b: int, /) -> int:
    return a + b


class Example(Swarm):
    def execute(self) -> Task:
        return Task(add, "any", inputs={"a": 1, "b": 2})
