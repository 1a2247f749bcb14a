"""Functions that take long on one worker of a node and no time on the other, which steals them."""

from __future__ import annotations

import asyncio

from swarmdsl import Limits, Swarm, Task, module
from swarmdsl.light import Results

SLOW_S = 0.05
FUNCTIONS = 12


def numbers() -> list[int]:
    return list(range(8))


@module
async def multiply(numbers: list[int], by: int, results: Results) -> list[int]:
    await asyncio.sleep(0.0 if by % 2 else SLOW_S)
    results.add("by", by)
    return [by * number for number in numbers]


def total(products: list[list[int]]) -> int:
    return sum(sum(ones) for ones in products)


class Uneven(Swarm):
    """All of it on one node, whose first worker is dealt what takes long."""

    limits = Limits(steal_after_s=0.001)
    max_iteration = 2

    def execute(self) -> Task:
        source = Task(numbers, method="any", specified_ids=["node1"])
        products = [
            Task(
                multiply,
                alias=f"multiply_{by:02}",
                method="any",
                specified_ids=["node1"],
                inputs={"by": by},
            )(source)
            for by in range(FUNCTIONS)
        ]
        return Task(total, method="any", specified_ids=["node1"])(products)


class Kept(Uneven):
    """The same, where nobody steals."""

    limits = Limits(steal_after_s=0.0)
