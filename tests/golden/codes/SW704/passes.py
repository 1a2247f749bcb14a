from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Limits, Rate, Swarm, Task


def slices() -> Iterator[int]:
    yield from range(100)


def total(numbers: list[int]) -> int:
    return sum(numbers)


class Example(Swarm):
    limits = Limits(unconfirmed_messages=60_000)

    def execute(self) -> Task:
        return Task(total, method="any")(Task(slices, method="any", rate=Rate(1_000, lasts=60)))
