"""Swarms that say who took part in each round, for nodes that come and go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.light import Local, World

ROUNDS = 8
NUMBERS = 12

Row = list[Any]


def numbers() -> Iterator[int]:
    yield from range(NUMBERS)


def named(local: Local, world: World) -> Row:
    return [local.node, world.iteration]


def rows(found: list[Row]) -> list[Row]:
    return found


def only(found: Row) -> list[Row]:
    return [found]


class Everywhere(Swarm):
    """Each node says its name; node2 and node3 may be missing."""

    limits = Limits(restarts=0)
    max_iteration = ROUNDS

    def execute(self) -> Task:
        task = Task(named, alias="named", on_node_loss="continue")
        return Task(rows, method="any", specified_ids=["node1"])(task)


class Two(Everywhere):
    """Two of the nodes say their names, whichever are there."""

    def execute(self) -> Task:
        task = Task(named, alias="named", method="maximum", maximum=2, on_node_loss="continue")
        return Task(rows, method="any", specified_ids=["node1"])(task)


class One(Everywhere):
    """One node says its name, and may be another one after a loss."""

    def execute(self) -> Task:
        task = Task(named, alias="named", method="any", maximum=2, excepted_ids=["node1"])
        return Task(only, alias="rows", method="any", specified_ids=["node1"])(task)


class Chosen(Everywhere):
    """The nodes that are named say their names."""

    def execute(self) -> Task:
        task = Task(
            named,
            alias="named",
            method="fixed",
            specified_ids=["node2", "node3"],
            on_node_loss="continue",
        )
        return Task(rows, method="any", specified_ids=["node1"])(task)


class Pinned(Everywhere):
    """Two nodes say their names, the same two in each round as far as they are there."""

    def execute(self) -> Task:
        task = Task(
            named,
            alias="named",
            method="maximum",
            maximum=2,
            excepted_ids=["node1"],
            fixed=True,
            on_node_loss="continue",
        )
        return Task(rows, method="any", specified_ids=["node1"])(task)


def received(sum_before: int = 0, *, local: Local) -> Row:
    return [local.node, sum_before]


def told(found: list[Row]) -> int:
    return len(found)


def pair_of(found: list[Row], total: int) -> Row:
    return [total, *found]


class Looped(Everywhere):
    """How many took part goes round: each who takes part next is told."""

    def execute(self) -> Task:
        trainers = Task(received, alias="trainers", on_node_loss="continue")
        counted = Task(told, method="any", specified_ids=["node1"])(trainers)
        self.loop(counted, trainers)
        both = Task(pair_of, method="any", specified_ids=["node1"], alias="both")
        return both([trainers, counted])


class Counting(Daemon):
    """Counts what it handles, and remembers that if its process dies."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}

    @on
    def take(self, row: Row) -> Row:
        number = f"{row[1]}"
        self.seen[number] = self.seen.get(number, 0) + 1
        return [Local().node, len(self.seen)]

    def snapshot(self) -> dict[str, int]:
        return self.seen

    def restore(self, state: dict[str, int]) -> None:
        self.seen = state


class Remembering(Everywhere):
    """Each node counts the rounds that it has seen, and goes on where it was."""

    limits = Limits(restarts=0, snapshot_every_s=0.001)

    def execute(self) -> Task:
        one = Task(named, method="any", specified_ids=["node1"], alias="one")
        counting = Task(Counting, alias="counting", on_node_loss="continue")(one)
        return Task(rows, method="any", specified_ids=["node1"])(counting)
