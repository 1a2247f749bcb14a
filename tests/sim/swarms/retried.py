"""A task that fails at the first attempts of each round, and is tried on one node after another.

How often it has been tried is a global, so the value of the run tells it: twice in four attempts on
each of two nodes.
"""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.light import Local, World

ATTEMPTS = 4
ROUNDS = 3


def numbers() -> Iterator[int]:
    yield from range(12)


def distinct(echoed: list[int], world: World) -> list[int]:
    """Each once: below a daemon module a value comes at least once."""
    if world.iteration < ROUNDS - 1:
        world.schedule_next_iter(task_to_schedule_alias="scale" if world.iteration else "source")
    return sorted(set(echoed))


def weigh(read: list[int], world: World, local: Local) -> Iterator[int]:
    """Pushes half of what it has before it fails."""
    attempts = world.globals["attempts"]
    assert isinstance(attempts, int)
    world.globals["attempts"] = attempts + 1
    world.results.add("tried", attempts)
    for number in read:
        if number == len(read) // 2 and (attempts + 1) % ATTEMPTS:
            raise OSError(f"{local.node} gives no answer")
        yield number
    yield attempts + 1


def sort(weighed: list[int]) -> list[int]:
    return sorted(weighed)


def collect(shares: list[list[int]], world: World) -> list[list[int]]:
    if world.iteration < ROUNDS - 1:
        world.schedule_next_iter(task_to_schedule_alias="scale" if world.iteration else "source")
    return shares


class Echo(Daemon):
    @on
    def take(self, number: int) -> int:
        return number


class Retried(Swarm):
    limits = Limits(restarts=50, inbox_messages=4, batch_messages=2)

    def __init__(self) -> None:
        super().__init__()
        self.set_global("attempts", 0)

    def execute(self) -> Task:
        source = Task(numbers, method="any", alias="source")
        scale = Task(weigh, method="any", maximum=2, retries=ATTEMPTS - 1, alias="scale")(source)
        shares = Task(sort, method="all", alias="shares")(scale)
        return Task(collect, method="any", alias="collect")(shares)


class RetriedBetweenDaemons(Retried):
    """What it reads and what it feeds are daemon modules, and everything has to wait."""

    limits = Limits(restarts=50, inbox_messages=2, unconfirmed_messages=3, batch_messages=1)

    def execute(self) -> Task:
        source = Task(numbers, method="any", alias="source")
        echo = Task(Echo, method="any", specified_ids=["node1"], alias="echo")(source)
        scale = Task(weigh, method="any", maximum=3, retries=ATTEMPTS - 1, alias="scale")(echo)
        last = Task(Echo, method="any", alias="last")(scale)
        return Task(distinct, method="any", alias="distinct")(last)
