from __future__ import annotations

from swarmdsl import Limits, Swarm, Task


def number() -> int:
    return 1


class Example(Swarm):
    name = "example"
    max_iteration = 10
    limits = Limits(stop_timeout_s=5.0)
    retries = 3
    learning_rate = 0.1

    def __init__(self) -> None:
        super().__init__()
        self.timeout = 5.0

    def labels(self) -> list[str]:
        return ["a"]

    def execute(self) -> Task:
        return Task(number, method="any", retries=self.retries, timeout=self.timeout)
