from __future__ import annotations

from swarmdsl import Daemon, Swarm, Task, on


def number() -> int:
    return 1


class Show(Daemon):
    @on
    def count(self, value: int) -> None:
        assert value

    @on
    def text(self, value: str) -> None:
        assert value


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Show, "any")(Task(number, "any"))
