from __future__ import annotations

from swarmdsl import Swarm, Task


def number() -> int:
    return 1


def compare(left: int, right: int) -> bool:
    return left == right


class Example(Swarm):
    def execute(self) -> Task:
        return Task(compare, "any")([Task(number, "any"), Task(number, "any")])
