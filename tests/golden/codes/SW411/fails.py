from __future__ import annotations

from swarmdsl import Daemon, Swarm, Task, on


class Daemon1(Daemon):
    @on
    def keep(self, number: int) -> int:
        return number


class Daemon2(Daemon1):
    pass


def start() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> list[Task]:
        first = Task(start, "any")
        one = Task(Daemon1, "any", maximum=1, port=3391)
        two = Task(Daemon2, "any", maximum=1, port=3391)
        return [one(first), two(first)]
