"""What the tests of the rules share: a chain moved by hand, and a swarm run for real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from swarmdsl import Run, Swarm, Task
from swarmdsl.control.state import RunState
from swarmdsl.topology.model import LinkSpec, Topology
from tests.sim.hand_driven import World

SOURCE, DOUBLE, TOTAL = "worker@n1#0", "double@n2#0", "worker@n2#0"
"""The daemons of `tests.handmade.chain`."""


def settled(of: Topology) -> World:
    """Every daemon knows its round and its peers, and none has worked yet."""
    world = World(of)
    world.settle()
    return world


def one_round(world: World, *values: int) -> None:
    """The chain does its work of a round; the daemon passes on what it gets, doubled."""
    world.daemons[SOURCE].perform(*values)
    world.settle()
    world.daemons[DOUBLE].perform(*(2 * value for value in values))
    world.daemons[DOUBLE].perform()
    world.settle()
    world.daemons[TOTAL].perform(sum(values))
    world.settle()


def swarm(make: Callable[[], Any], max_iteration: int | None = None) -> Swarm:
    """A swarm of this graph."""

    class Made(Swarm):
        def execute(self) -> Any:
            return make()

    return Made(max_iteration)


def run_in(home: Path, make: Callable[[], Task], max_iteration: int | None = None) -> Run:
    """Run a graph with processes, on two nodes; run in this process it ends in the same way."""
    run = run_with_processes(home, make, max_iteration)
    assert ending(swarm(make, max_iteration).run(nodes=2, home=home, immediate=True)) == ending(run)
    return run


def run_with_processes(
    home: Path, make: Callable[[], Task], max_iteration: int | None = None
) -> Run:
    """Run a graph that kills its processes, or whose values have no order, on two nodes."""
    return swarm(make, max_iteration).run(nodes=2, home=home)


def ending(run: Run) -> tuple[object, ...]:
    """How a run ended, and what it left, as far as two runs of one swarm have it in common."""
    value = run.value if run.state is RunState.COMPLETED else None
    return run.state, run.reason.kind, run.reason.text, value, run.globals


def links_of(make: Callable[[], Task]) -> tuple[LinkSpec, ...]:
    """The links that a graph compiles to."""
    return swarm(make).compile(nodes=2).require().links
