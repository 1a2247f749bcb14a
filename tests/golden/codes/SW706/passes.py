from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Condition, Swarm, Task


def slices() -> Iterator[int]:
    yield from range(100)


def transform(number: int) -> int:
    return number + 1


def total(numbers: list[int]) -> int:
    return sum(numbers)


class Example(Swarm):
    latency_budget = 20.0

    def execute(self) -> Task:
        source = Task(slices, method="any", rate=7.5)
        worker = Task(transform, method="any", yields_per_input=1, service_time=0.1)
        worker(source, Condition.RESULT)
        return Task(total, method="any")(worker)
