from __future__ import annotations

from swarmdsl import Swarm, Task


def prepare() -> None:
    pass


def work() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        first = Task(prepare, "any")
        return Task(work, "all")(first)
