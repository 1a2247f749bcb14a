"""One source, a worker on every node, and a gather."""

from __future__ import annotations

from swarmdsl import Swarm, Task
from swarmdsl.light import Local


def split() -> list[int]:
    return list(range(24))


def square(numbers: list[int], local: Local) -> dict[str, int]:
    return {local.node: sum(number * number for number in numbers)}


def collect(parts: list[dict[str, int]]) -> dict[str, int]:
    return {node: total for part in parts for node, total in part.items()}


class FanOut(Swarm):
    def execute(self) -> Task:
        source = Task(split, method="any", alias="source")
        workers = Task(square, method="all", alias="workers")(source)
        return Task(collect, method="any", alias="gather")(workers)
