from __future__ import annotations

from swarmdsl import Swarm, Task


def number() -> int:
    return 1


def show(value):  # type: ignore[no-untyped-def]
    assert value


class Example(Swarm):
    def execute(self) -> Task:
        return Task(show, "any")(Task(number, "any"))
