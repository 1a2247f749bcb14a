"""Tasks whose instances may be missing, and others that move; any daemon is given up at once."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.light import World


def numbers() -> Iterator[int]:
    yield from range(30)


def add(dealt: list[int], told: list[int]) -> int:
    return sum(dealt) + sum(told)


def more(added: list[int], world: World) -> list[int]:
    """Asks for rounds of a part of the graph, so that others keep what they had."""
    if world.iteration < 3:
        world.schedule_next_iter(task_to_schedule_alias="added")
    return added


class Double(Daemon):
    @on
    def take(self, number: int) -> int:
        return 2 * number


def distinct(doubled: list[int]) -> list[int]:
    """Each once, however often it came."""
    return sorted(set(doubled))


def united(found: list[list[int]]) -> list[int]:
    return sorted({number for one in found for number in one})


class Bearing(Swarm):
    limits = Limits(restarts=0, inbox_messages=4, batch_messages=2)

    def execute(self) -> Task:
        source = Task(numbers, method="any", alias="dealt")
        other = Task(numbers, method="maximum", maximum=2, alias="told", on_node_loss="continue")
        added = Task(add, alias="added", on_node_loss="continue")
        added(source, policy="balance")(other)
        return Task(more, method="any", alias="more")(added)


class BearingPairs(Swarm):
    limits = Limits(restarts=0, inbox_messages=4, batch_messages=2)
    max_iteration = 3

    def execute(self) -> Task:
        source = Task(numbers, method="any", alias="source")
        doubled = Task(Double, alias="doubled", on_node_loss="continue")(source)
        found = Task(distinct, alias="distinct", on_node_loss="continue")(doubled, policy="pair")
        return Task(united, method="any", alias="united")(found)
