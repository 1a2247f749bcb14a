"""The swarms that the nemesis strikes. What each round must give can be told without running it.

They go on, round by round, until there is the file that the environment calls ENOUGH.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.light import Local, World

NODES = 3
ROUNDS_MAX = 10_000
PUSHES = 200
TURNS = 500  # of a loop that does nothing, per value: the load

LIMITS = Limits(restarts=1_000_000, stopped_s=0.4, start_timeout_s=20.0)


def work(value: int) -> int:
    """Keep a processor busy for a while."""
    for _ in range(TURNS):
        pass
    return value


def perhaps_stop(world: World) -> None:
    """Ask for no further round once there is the file."""
    if Path(os.environ["ENOUGH"]).exists():
        world.stop_swarm()


def expected_total(iteration: int) -> int:
    """What `total` returns in a round."""
    values = sum(range(PUSHES)) + PUSHES * iteration
    return NODES * NODES * values


def values_of(iteration: int) -> range:
    """What `numbers` pushes in a round."""
    return range(iteration * PUSHES, (iteration + 1) * PUSHES)


def part(local: Local, world: World) -> Iterator[int]:
    """Push numbers that depend on a global, from every node."""
    base = world.globals["base"]
    assert isinstance(base, int)
    world.results.add("part", base)
    for number in range(PUSHES):
        yield base + number


def share(values: list[int], world: World) -> int:
    """Sum what all nodes pushed, on every node."""
    world.results.add("share", len(values))
    return sum(map(work, values))


def total(shares: list[int], world: World) -> int:
    """Sum the sums, and count the round in a global."""
    world.globals["base"] = world.iteration + 1
    world.results.add("total", sum(shares))
    perhaps_stop(world)
    return sum(shares)


class Gathering(Swarm):
    """Functions: every node pushes to every node, and one gathers."""

    max_iteration = ROUNDS_MAX
    limits = LIMITS

    def __init__(self) -> None:
        super().__init__()
        self.set_global("base", 0)

    def execute(self) -> Task:
        """The graph."""
        shares = Task(share, method="all")(Task(part, method="all"))
        return Task(total, method="fixed", specified_ids=["node2"])(shares)


def numbers(world: World) -> Iterator[int]:
    """Push numbers that no other round has."""
    yield from values_of(world.iteration)


class Relay(Daemon):
    """Passes on what it gets."""

    @on
    def take(self, number: int) -> int:
        """Handle a number."""
        return work(number)


class SecondRelay(Relay):
    """The same, further down."""


def handled(values: list[int], world: World) -> int:
    """Tell which numbers came, how often each."""
    times = Counter(values)
    world.results.add("handled", sorted(times))
    world.results.add("repeats", len(values) - len(times))
    perhaps_stop(world)
    return len(times)


class Streaming(Swarm):
    """A function, two daemon modules in a row, and a function that gathers: each on its node."""

    max_iteration = ROUNDS_MAX
    limits = LIMITS

    def execute(self) -> Task:
        """The graph."""
        source = Task(numbers, method="fixed", specified_ids=["node1"])
        first = Task(Relay, method="fixed", specified_ids=["node2"], alias="first")
        second = Task(SecondRelay, method="fixed", specified_ids=["node3"], alias="second")
        return Task(handled, method="fixed", specified_ids=["node1"])(second(first(source)))
