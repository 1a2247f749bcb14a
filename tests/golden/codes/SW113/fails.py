from __future__ import annotations

from swarmdsl import Swarm, Task


def step(position: float = 0.0) -> float:
    return position + 1.0


class Example(Swarm):
    def execute(self) -> Task:
        walker = Task(step, "any")
        self.loop(walker, walker)
        return walker
