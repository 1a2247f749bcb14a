"""Values that pass through two daemon modules, one by one."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, on


def produce() -> Iterator[int]:
    yield from range(20)


class Double(Daemon):
    @on
    def double(self, number: int) -> int:
        return 2 * number


class Describe(Daemon):
    @on
    def describe(self, number: int) -> Iterator[str]:
        if number % 4 == 0:
            yield f"{number} is even twice"
        yield f"{number}"


def collect(texts: list[str]) -> list[str]:
    return sorted(texts)


class Chain(Swarm):
    def execute(self) -> Task:
        source = Task(produce, method="any", alias="source")
        doubled = Task(Double, method="any", alias="double")(source)
        described = Task(Describe, method="all", alias="describe")(doubled)
        return Task(collect, method="any", alias="collect")(described)
