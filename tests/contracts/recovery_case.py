"""What the tests of recovery share: a swarm whose daemons are killed at will, in virtual time.

The daemons are those of production, with their shells and the user's code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from swarmdsl import Swarm
from swarmdsl.compiler import load_target
from swarmdsl.control.state import RunState
from swarmdsl.testing.faults import Fault, FaultKind
from swarmdsl.testing.prepared import Prepared, prepared
from swarmdsl.testing.world import World
from swarmdsl.topology.model import Limits
from swarmdsl.wire.codec import decode_blob

SWARMS = Path(__file__).parents[1] / "sim" / "swarms"
UNTIL_S = 60.0
SMALL = Limits(batch_messages=2, inbox_messages=4, unconfirmed_messages=8)
"""Batches and windows so small that much happens between any two of a daemon's steps."""


@contextmanager
def small(
    target: str, max_iteration: int | None = None, limits: Limits = SMALL
) -> Iterator[Prepared]:
    """A swarm of `tests/sim/swarms` on two nodes, with small limits."""
    swarm = load_target(str(SWARMS / target))
    assert isinstance(swarm, Swarm)
    compilation = swarm.compile(nodes=2)
    topology = replace(compilation.require(), max_iteration=max_iteration, limits=limits)
    with prepared(topology, compilation.bundles) as made:
        yield made


@contextmanager
def run(swarm: Prepared, faults: Sequence[Fault] = ()) -> Iterator[World]:
    """A run that completes, with these faults."""
    world = World(swarm, swarm.topology, "seed", faults)
    try:
        world.run(UNTIL_S)
        assert world.ending is not None, [*world.violations, *world.waits()]
        assert world.ending.state is RunState.COMPLETED, world.ending.reason
        yield world
    finally:
        world.release()


def values_of(swarm: Prepared, alias: str, faults: Sequence[Fault] = ()) -> list[object]:
    """What a task pushes to the run, in the order of the rounds."""
    with run(swarm, faults) as world:
        rounds = range(swarm.topology.max_iteration or 1)
        rows = [row for number in rounds for row in world.store.values(alias, number)]
        return [decode_blob(row.value) for row in rows]


def moments(swarm: Prepared) -> list[float]:
    """When something happens in a run without faults: each arrival of a message, and more."""
    with run(swarm) as world:
        return sorted({float(line.split()[0]) for line in world.trace.lines()})


def kill(daemon: str, after_s: float) -> Fault:
    """A daemon is killed just after a moment."""
    return Fault(at_s=after_s + 1e-6, kind=FaultKind.KILL, target=daemon)
