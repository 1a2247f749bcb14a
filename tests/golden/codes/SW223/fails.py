"""What a task returns is written as a tuple of types."""

from __future__ import annotations

from swarmdsl import Swarm, Task


def measure() -> (int, float):  # type: ignore[syntax]
    return 1, 0.5


class Measured(Swarm):
    def execute(self) -> Task:
        return Task(measure, "any")
