"""The swarms that the nemesis strikes. What each round must give can be told without running it.

They go on, round by round, until there is the file that the environment calls ENOUGH.
"""

from __future__ import annotations

import os
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
    different = sorted(set(values))
    world.results.add("handled", different)
    world.results.add("repeats", len(values) - len(different))
    perhaps_stop(world)
    return len(different)


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


class Steps(Daemon):
    """A source that goes on where it was."""

    def __init__(self) -> None:
        self.pushed = 0

    def produce(self) -> Iterator[int]:
        """Push the numbers of the round."""
        while self.pushed < values_of(World().iteration).stop:
            self.pushed += 1
            yield work(self.pushed - 1)

    def position(self) -> int:
        """How many have been pushed."""
        return self.pushed

    def seek(self, position: int) -> None:
        """Go on there."""
        self.pushed = position


class Counter(Daemon):
    """Remembers how many numbers it has seen, and pushes that in place of each."""

    def __init__(self) -> None:
        self.next = self.count = 0

    @on
    def take(self, number: int) -> int | None:
        """Count a number, unless it came before."""
        if number < self.next:
            return None
        self.next = number + 1
        self.count += 1
        return self.count - 1

    def snapshot(self) -> tuple[int, int]:
        """All that is remembered."""
        return self.next, self.count

    def restore(self, state: tuple[int, int]) -> None:
        """Remember it."""
        self.next, self.count = state


class Remembering(Swarm):
    """A source that goes on where it was, a daemon module that remembers, and one that gathers."""

    max_iteration = ROUNDS_MAX
    limits = LIMITS

    def execute(self) -> Task:
        """The graph."""
        source = Task(Steps, method="fixed", specified_ids=["node1"])
        counter = Task(Counter, method="fixed", specified_ids=["node2"], alias="counter")
        return Task(handled, method="fixed", specified_ids=["node3"])(counter(source))


class Sensor(Daemon):
    """A source that cannot be asked again; a file tells how much of a round it has yielded."""

    def produce(self) -> Iterator[int]:
        """Push the numbers of the round."""
        iteration = World().iteration
        with yielded_in(iteration).open("ab", buffering=0) as file:
            for number in values_of(iteration):
                file.write(b".")
                yield work(number)


def yielded_in(iteration: int, folder: Path | None = None) -> Path:
    """The file with a byte for each number that `Sensor` has yielded in a round."""
    folder = Path(os.environ["ENOUGH"]).parent if folder is None else folder
    return folder / f"yielded.{iteration}"


class Forgetting(Swarm):
    """A source that cannot be asked again, a daemon module, and one that gathers."""

    max_iteration = ROUNDS_MAX
    limits = LIMITS

    def execute(self) -> Task:
        """The graph."""
        source = Task(Sensor, method="fixed", specified_ids=["node1"], alias="sensor")
        relay = Task(Relay, method="fixed", specified_ids=["node2"], alias="relay")
        return Task(handled, method="fixed", specified_ids=["node3"])(relay(source))
