from __future__ import annotations

from swarmdsl import Swarm, Task, module


@module
def number() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(number, "any")
