"""Two branches from one source, joined: one is gathered, of the other each result is a run."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Condition, Swarm, Task


def produce() -> Iterator[int]:
    yield from range(8)


def cube(numbers: list[int]) -> Iterator[int]:
    yield from (number**3 for number in numbers)


def weigh(numbers: list[int]) -> int:
    return sum(numbers)


def share(cubed: int, weights: list[int]) -> dict[str, int]:
    return {str(cubed): sum(weights) - cubed}


def collect(shares: list[dict[str, int]]) -> dict[str, int]:
    return {key: value for one in shares for key, value in one.items()}


class Diamond(Swarm):
    def execute(self) -> Task:
        source = Task(produce, method="any", alias="source")
        cubes = Task(cube, method="any", alias="cubes")(source)
        weights = Task(weigh, method="all", alias="weights")(source)
        joined = Task(share, method="any", alias="joined")(weights)(cubes, Condition.RESULT)
        return Task(collect, method="any", alias="collect")(joined)
