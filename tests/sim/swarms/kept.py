"""Rounds without the source: who works in them needs what it kept (rule 3).

More instances than slots, so daemons are shared; and a last task that pushes more than one value.
"""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Swarm, Task
from swarmdsl.light import World

ROUNDS = 4


def load() -> list[int]:
    return list(range(6))


def scale(numbers: list[int], world: World) -> list[int]:
    return [number * (world.iteration + 1) for number in numbers]


def add(scaled: list[list[int]]) -> int:
    return sum(sum(numbers) for numbers in scaled)


def collect(sums: list[int], world: World) -> Iterator[int]:
    if world.iteration < ROUNDS - 1:
        world.schedule_next_iter(task_to_schedule_alias="scalers")
    yield from sums
    yield sum(sums)


class Kept(Swarm):
    def execute(self) -> Task:
        source = Task(load, method="any", alias="source")
        scalers = Task(scale, method="all", alias="scalers")(source)
        adders = Task(add, method="all", alias="adders")(scalers)
        return Task(collect, method="any", alias="collect")(adders)
