"""Dealers that are no sources: between a source and those that work is somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Swarm, Task, on


def produce() -> Iterator[int]:
    yield from range(14)


class Pass(Daemon):
    @on
    def take(self, number: int) -> int:
        return number


class Square(Daemon):
    @on
    def take(self, number: int) -> int:
        return number * number


def sort(numbers: list[int]) -> Iterator[int]:
    yield from numbers


def share(numbers: list[int]) -> list[int]:
    return sorted(set(numbers))


def united(shares: list[list[int]]) -> list[int]:
    return sorted({one for share in shares for one in share})


def distinct(numbers: list[int]) -> list[int]:
    return sorted(set(numbers))


class DealtByRoom(Swarm):
    """A daemon module deals to others by credit, twice."""

    max_iteration = 2

    def execute(self) -> Task:
        source = Task(produce, method="any", alias="source")
        passed = Task(Pass, method="all", alias="passed")(source, policy="balance")
        squared = Task(Square, method="all", alias="squared")(passed, policy="balance")
        return Task(distinct, method="any", alias="all")(squared)


class DealtInTurn(Swarm):
    """A function that gathers from daemon modules, in no certain order, deals to others."""

    max_iteration = 2

    def execute(self) -> Task:
        source = Task(produce, method="any", alias="source")
        passed = Task(Pass, method="all", alias="passed")(source, policy="balance")
        mixed = Task(Pass, method="any", alias="mixed")(passed)
        again = Task(sort, method="any", alias="sort")(mixed)
        shares = Task(share, method="all", alias="shares")(again, policy="balance")
        return Task(united, method="any", alias="all")(shares)
