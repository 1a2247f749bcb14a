"""Values dealt in turn to functions; in the last round there are too few, and some get none."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Swarm, Task
from swarmdsl.light import Local, World

SIZES = (7, 2)


def produce(world: World) -> Iterator[int]:
    yield from range(SIZES[world.iteration])


def weigh(numbers: list[int], local: Local) -> str:
    return f"{local.node}: {numbers}"


def collect(texts: list[str]) -> list[str]:
    return texts


class Dealt(Swarm):
    max_iteration = len(SIZES)

    def execute(self) -> Task:
        source = Task(produce, method="any", alias="source")
        weighed = Task(weigh, method="all", alias="weighed")(source, policy="balance")
        return Task(collect, method="any", alias="collect")(weighed)
