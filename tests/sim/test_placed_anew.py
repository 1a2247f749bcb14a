"""Tasks that take their nodes in another order, at any moment of a run: nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from random import Random

import pytest

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.light import World as TaskWorld
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.checkers import broken_in
from swarmdsl.testing.outcome import Outcome, anywhere, outcome_of
from swarmdsl.testing.prepared import Prepared, prepared
from swarmdsl.testing.simulator import Simulator
from swarmdsl.testing.world import World

SEED = 9
UNTIL_S = 600.0
NODES = ("node1", "node2", "node3")
Orders = Mapping[str, Sequence[str]]


def split() -> Iterator[int]:
    yield from range(40)


class Double(Daemon):
    @on
    def take(self, number: int) -> int:
        return 2 * number


def total(numbers: list[int]) -> int:
    return sum(numbers)


def report(total: int, world: TaskWorld) -> int:
    """The sum; what comes after the first round asks for the last task alone, and then for all."""
    world.results.add("total", total)
    if world.iteration < 5:
        again = "report" if world.iteration % 2 else None
        world.schedule_next_iter(task_to_schedule_alias=again)
    return total


class Wanders(Swarm):
    """Functions that may be anywhere; six rounds."""

    limits = Limits(restarts=9, inbox_messages=4, batch_messages=2)

    def execute(self) -> Task:
        source = Task(split, method="any", alias="split")
        middle = Task(total, method="any", alias="middle")(source)
        return Task(report, method="any", alias="report")(middle)


class Remembers(Wanders):
    """A daemon module between them, which stays."""

    def execute(self) -> Task:
        source = Task(split, method="any", alias="split")
        double = Task(Double, method="any", alias="double")(source)
        middle = Task(total, method="any", alias="middle")(double)
        return Task(report, method="any", alias="report")(middle)


class Bench:
    """The swarm, simulated again and again while somebody gives its tasks other orders."""

    def __init__(self, ready: Prepared) -> None:
        self._ready = ready
        self.wanted = anywhere(Simulator(ready).reference.outcome)
        self.moved = 0

    def run(self, asked: Mapping[float, Orders], *faults: Fault) -> Outcome:
        """How it ends if at these times these orders are given; no promise is broken."""
        world = World(self._ready, self._ready.topology, str(SEED), faults)
        try:
            for at_s, orders in asked.items():
                world.scheduler.after(at_s, partial(self._ask, world, orders))
            world.run(UNTIL_S)
            assert not broken_in(world)
            assert world.ending is not None
            self.moved += any(" told TasksPlaced" in line for line in world.trace.lines())
            return anywhere(outcome_of(world.store, world.topology, world.ending.state))
        finally:
            world.release()

    def _ask(self, world: World, orders: Orders) -> None:
        if world.core is not None and not world.core.state.final:
            world.core.placing.ask(orders)

    def moments(self, count: int) -> list[float]:
        """Times all over the run, from before its first round on."""
        run = Simulator(self._ready).run(SEED, [])
        return [run.duration_s * number / count for number in range(count)]


@contextmanager
def bench_of(swarm: Swarm) -> Iterator[Bench]:
    compilation = swarm.compile(len(NODES))
    with prepared(compilation.require(), compilation.bundles) as ready:
        yield Bench(ready)


def orders_of(seed: int) -> dict[str, list[str]]:
    """Another order for each task that is free to move."""
    chance = Random(f"orders {seed}")
    return {alias: chance.sample(NODES, len(NODES)) for alias in ("split", "middle", "report")}


@pytest.mark.parametrize("swarm", [Wanders, Remembers])
def test_whenever_it_is_asked_for_the_run_yields_the_same(swarm: type[Swarm]) -> None:
    with bench_of(swarm()) as bench:
        for number, at_s in enumerate(bench.moments(40)):
            assert bench.run({at_s: orders_of(number)}) == bench.wanted, at_s
        assert bench.moved > 30


@pytest.mark.parametrize("swarm", [Wanders, Remembers])
def test_again_and_again_too(swarm: type[Swarm]) -> None:
    with bench_of(swarm()) as bench:
        times = bench.moments(12)
        for seed in range(12):
            asked = {at_s: orders_of(100 * seed + place) for place, at_s in enumerate(times)}
            assert bench.run(asked) == bench.wanted, seed


@pytest.mark.parametrize("kind", [FaultKind.KILL_CONTROLLER, FaultKind.KILL_NODE])
def test_while_processes_die_too(kind: FaultKind) -> None:
    with bench_of(Wanders()) as bench:
        for number, at_s in enumerate(bench.moments(30)):
            chance = Random(f"{kind} {number}")
            target = chance.choice(NODES) if kind is FaultKind.KILL_NODE else ""
            dies_s = max(0.0, at_s + chance.uniform(-0.01, 0.01))
            fault = Fault(at_s=dies_s, kind=kind, target=target, for_s=0.02)
            assert bench.run({at_s: orders_of(number)}, fault) == bench.wanted, fault
        assert bench.moved > 20
