from __future__ import annotations

from swarmdsl import Swarm, Task


def number() -> int:
    return 1


def show(value: int) -> None:
    assert value


class Example(Swarm):
    def execute(self) -> Task:
        read = Task(number, "any", alias="read")
        return Task(show, "any")(read)
