from __future__ import annotations

from swarmdsl import Swarm, Task


def step(position: float = 0.0) -> float:
    return position + 1.0


class Example(Swarm):
    max_iteration = 3

    def execute(self) -> Task:
        walker = Task(step, "any")
        self.loop(walker, walker)
        return walker
