from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Condition, Rate, Swarm, Task


def slices() -> Iterator[int]:
    yield from range(100)


def transform(number: int) -> int:
    return number + 1


def total(numbers: list[int]) -> int:
    return sum(numbers)


class Example(Swarm):
    latency_budget = 1

    def execute(self) -> Task:
        source = Task(slices, method="any", rate=Rate(7.5, burst=5, lasts=60))
        other = Task(slices, method="any", alias="other", rate=1)
        worker = Task(transform, method="any", service_time=0.01, yields_per_input=2)
        worker([source, other], Condition.RESULT)
        return Task(total, method="any")(worker)
