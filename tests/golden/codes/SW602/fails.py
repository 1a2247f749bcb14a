from __future__ import annotations

from swarmdsl import Swarm, Task


def number() -> int:
    return 1


def show(value: int) -> None:
    assert value


def last() -> None:
    pass


class Example(Swarm):
    def execute(self) -> Task:
        source = Task(number, method="any")
        dropping = Task(show, method="any")(source, overflow="drop_newest")
        return Task(last, method="any")(dropping, delivery="at_most_once")
