from __future__ import annotations

from swarmdsl import Daemon, Swarm, Task, on


class Daemon1(Daemon):
    @on
    def keep(self, number: int) -> int:
        return number


def start() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        kept = Task(Daemon1, "any", maximum=1, port=3391)
        return kept(Task(start, "any"))
