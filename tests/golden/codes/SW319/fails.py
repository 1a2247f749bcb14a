from __future__ import annotations

from typing import Any

from swarmdsl import Swarm, Task


def number() -> int:
    return 1


class Example(Swarm):
    on_node_loss = "continue"
    stop_timeout_s = 5.0
    delivery: str = "at_most_once"
    datasets = ("digits",)
    max_iterations = 10

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.retries = 3

    def execute(self) -> Task:
        return Task(number, method="any")
