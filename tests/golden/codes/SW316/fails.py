from __future__ import annotations

from swarmdsl import Swarm, Task


def train() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(train, "any", env={"OMP_NUM_THREADS": "1"})
