from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Condition, Inventory, Swarm, Task

INVENTORY = Inventory.local(nodes=240, cores=240)


def slices() -> Iterator[int]:
    yield from range(100)


def transform(number: int) -> int:
    return number + 1


def total(numbers: list[int]) -> int:
    return sum(numbers)


class Example(Swarm):
    def execute(self) -> Task:
        source = Task(slices, method="any", rate=7.5)
        worker = Task(transform, method="maximum", maximum=30, service_time=30.0)
        worker(source, Condition.RESULT, policy="balance")
        return Task(total, method="any")(worker)
