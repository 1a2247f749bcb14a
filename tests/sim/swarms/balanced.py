"""A pool: a stream dealt to whoever has room, and a gather of what came of it."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, on


def produce() -> Iterator[int]:
    yield from range(30)


class Work(Daemon):
    @on
    def work(self, number: int) -> int:
        return number * number


def collect(squares: list[int]) -> list[int]:
    return sorted(squares)


class Balanced(Swarm):
    def execute(self) -> Task:
        source = Task(produce, method="any", alias="source")
        workers = Task(Work, method="all", alias="workers")(source, policy="balance")
        return Task(collect, method="any", alias="collect")(workers)
