from __future__ import annotations

from swarmdsl import Swarm, Task


def train() -> int:
    return 1


class Example(Swarm):
    def execute(self) -> Task:
        return Task(train, "any", retries=2, timeout=60.0)
