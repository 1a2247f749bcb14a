"""What a task returns is a tuple."""

from __future__ import annotations

from swarmdsl import Swarm, Task


def measure() -> tuple[int, float]:
    return 1, 0.5


class Measured(Swarm):
    def execute(self) -> Task:
        return Task(measure, "any")
