from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Condition, Limits, Rate, Swarm, Task


def slices() -> Iterator[int]:
    yield from range(100)


def transform(number: int) -> int:
    return number + 1


def total(numbers: list[int]) -> int:
    return sum(numbers)


class Example(Swarm):
    limits = Limits(inbox_messages=64)

    def execute(self) -> Task:
        source = Task(slices, method="any", rate=Rate(10_000, burst=500))
        return Task(total, method="any")(Task(transform, method="any")(source, Condition.RESULT))
