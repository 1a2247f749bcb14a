from __future__ import annotations

from swarmdsl import Swarm, Task


def number() -> int:
    return 1


def show(value: int) -> None:
    assert value


class Example(Swarm):
    def execute(self) -> Task:
        source = Task(number, method="any")
        return Task(show, method="any")(
            source, delivery="at_most_one", overflow="drop", response_timeout=0
        )
