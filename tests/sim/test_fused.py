"""Functions that share runs, in virtual time: all is as if each ran alone, whoever dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from swarmdsl.control.state import RunState
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.faults import SURVIVED
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulate import inventory_for
from swarmdsl.testing.simulator import Simulation, Simulator
from swarmdsl.topology.fused import executed
from swarmdsl.topology.model import Topology
from tests.sim.swarms.drawn import Drawn
from tests.sim.swarms.fused import (
    Apart,
    ApartAroundDaemon,
    ApartUneven,
    Fused,
    FusedAroundDaemon,
    FusedMoved,
    FusedUneven,
    Shared,
)

SEEDS = 20
DRAWN = 24
MOMENTS = 16
WORKERS = ("worker@node1#0", "worker@node1#1", "worker@node2#0")
DEATHS = (FaultKind.KILL, FaultKind.KILL_NODE, FaultKind.KILL_CONTROLLER)
KINDS: dict[str, Sequence[FaultKind]] = {
    "a bad network": tuple(kind for kind in SURVIVED if kind not in DEATHS),
    "workers that die": (FaultKind.KILL, FaultKind.KILL_NODE),
    "controllers that die": (FaultKind.KILL_CONTROLLER,),
}
STRIKES = [
    *((kind, worker) for kind in (FaultKind.KILL, FaultKind.PAUSE) for worker in WORKERS),
    (FaultKind.KILL_CONTROLLER, ""),
]
APART: dict[type[Shared], type[Shared]] = {
    Fused: Apart,
    FusedMoved: Apart,
    FusedUneven: ApartUneven,
    FusedAroundDaemon: ApartAroundDaemon,
}
"""By each swarm whose functions share runs, the same where each runs alone."""

Simulated = Callable[[type[Shared], Sequence[FaultKind]], Simulator]


@pytest.fixture(scope="module")
def simulated() -> Iterator[Simulated]:
    """The simulator of a swarm in which this may go wrong; each swarm is compiled once.

    All are compiled before any is prepared: then Python imports their code from there.
    """
    swarms = [*APART, *APART.values()]
    compiled = {swarm: swarm().compile(inventory_for(3)) for swarm in dict.fromkeys(swarms)}
    with ExitStack() as stack:
        ready = {
            swarm: stack.enter_context(prepared(one.require(), one.bundles))
            for swarm, one in compiled.items()
        }
        yield lambda swarm, kinds: Simulator(ready[swarm], kinds)


def values_of(run: Simulation) -> object:
    assert run.outcome is not None
    assert run.outcome.state is RunState.COMPLETED, run.outcome.reason
    return run.outcome.values, run.outcome.results


def stolen(run: Simulation) -> list[str]:
    return [line for line in run.trace.lines() if " told InstanceStolen" in line]


@pytest.mark.parametrize("swarm", APART)
def test_a_swarm_yields_what_it_yields_where_each_function_runs_alone(
    swarm: type[Shared], simulated: Simulated
) -> None:
    wanted = values_of(simulated(APART[swarm], ()).run(0))
    simulator = simulated(swarm, ())
    for seed in range(2 * SEEDS):
        assert values_of(simulator.run(seed)) == wanted, seed


@pytest.mark.parametrize("kinds", KINDS)
@pytest.mark.parametrize("swarm", APART)
def test_no_promise_is_broken_by(kinds: str, swarm: type[Shared], simulated: Simulated) -> None:
    simulator, hits, completed = simulated(swarm, KINDS[kinds]), 0, 0
    for seed in range(SEEDS):
        run = simulator.run(seed)
        assert not run.violations, (seed, run.violations)
        assert run.outcome is not None
        hits += run.injected.total()
        completed += run.outcome.state is RunState.COMPLETED
    assert hits >= SEEDS
    assert completed >= SEEDS * 3 // 4, "some lose a worker more often than they may"


@pytest.mark.parametrize(("kind", "target"), STRIKES)
def test_whoever_is_struck_at_any_moment_the_values_are_the_same(
    kind: FaultKind, target: str, simulated: Simulated
) -> None:
    simulator = simulated(Fused, ())
    fair = simulator.run(0)
    wanted = values_of(simulated(Apart, ()).run(0))
    for moment in range(MOMENTS):
        at_s = round(fair.duration_s * (moment + 0.5) / MOMENTS, 6)
        run = simulator.run(0, [Fault(at_s=at_s, kind=kind, target=target, for_s=0.05)])
        assert not run.violations, (at_s, run.violations)
        assert values_of(run) == wanted, at_s


def test_an_idle_worker_takes_over_runs_that_functions_share(simulated: Simulated) -> None:
    together, alone = (simulated(one, ()).run(3) for one in (FusedUneven, ApartUneven))
    names = [name for name in FusedUneven.runs if any(name in line for line in stolen(together))]
    assert names
    assert values_of(together) == values_of(alone)


@pytest.mark.parametrize("target", WORKERS[:2])
def test_whoever_of_a_thief_and_its_victim_is_killed_the_values_are_the_same(
    target: str, simulated: Simulated
) -> None:
    simulator = simulated(FusedUneven, ())
    fair = simulator.run(3)
    first_s = float(stolen(fair)[0].split()[0])
    for moment in range(MOMENTS):
        at_s = first_s - 0.02 + 0.006 * moment
        run = simulator.run(3, [Fault(at_s=at_s, kind=FaultKind.KILL, target=target)])
        assert not run.violations, (at_s, run.violations)
        assert values_of(run) == values_of(fair), at_s


@pytest.mark.parametrize("seed", range(DRAWN))
def test_whatever_functions_share_runs_the_values_are_those_of_each_alone(seed: int) -> None:
    apart, together = (Drawn(seed, apart=one).compile(inventory_for(2)) for one in (True, False))
    with prepared(apart.require(), apart.bundles) as ready:
        wanted = values_of(Simulator(ready, ()).run(seed))
    with prepared(together.require(), together.bundles) as ready:
        simulator = Simulator(ready)
        assert values_of(simulator.run(seed, [])) == wanted
        for one in range(seed, seed + 3):
            run = simulator.run(one)
            assert not run.violations, (one, run.violations)


def test_what_is_drawn_shares_runs_but_where_these_would_wait_for_one_another() -> None:
    drawn = [Drawn(seed).compile(inventory_for(2)).require() for seed in range(DRAWN)]
    sharing = [one for one in drawn if runs_of(one) < len(one.tasks)]
    assert DRAWN // 2 < len(sharing) < DRAWN


def runs_of(topology: Topology) -> int:
    return len(executed(topology).topology.tasks)
