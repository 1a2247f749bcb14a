from __future__ import annotations

from swarmdsl import Swarm, Task


def read() -> int | None:
    return 1


def show(value: int) -> None:
    assert value


class Example(Swarm):
    def execute(self) -> Task:
        return Task(show, "any")(Task(read, "any"))
