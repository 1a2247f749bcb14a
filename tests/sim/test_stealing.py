"""Uneven functions in virtual time: an idle worker takes over, and anybody may die meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from swarmdsl.control.state import RunState
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulate import inventory_for
from swarmdsl.testing.simulator import Simulation, Simulator
from tests.sim.swarms.uneven import FUNCTIONS, SLOW_S, Kept, Uneven

SEED = 3
BUSY, IDLE = "worker@node1#0", "worker@node1#1"


@pytest.fixture(scope="module")
def uneven() -> Iterator[Simulator]:
    compilation = Uneven().compile(inventory_for(1))
    with prepared(compilation.require(), compilation.bundles) as ready:
        yield Simulator(ready)


@pytest.fixture(scope="module")
def kept() -> Iterator[Simulator]:
    compilation = Kept().compile(inventory_for(1))
    with prepared(compilation.require(), compilation.bundles) as ready:
        yield Simulator(ready)


def stolen(run: Simulation) -> list[str]:
    return [line for line in run.trace.lines() if " told InstanceStolen" in line]


def round_s(run: Simulation) -> float:
    """The virtual time of the first round."""
    at_s = {
        name: next(float(line.split()[0]) for line in run.trace.lines() if f" told {name}" in line)
        for name in ("RoundStarted", "RoundFinished")
    }
    return at_s["RoundFinished"] - at_s["RoundStarted"]


def test_a_round_is_over_in_not_much_more_than_half_the_time(
    uneven: Simulator, kept: Simulator
) -> None:
    together, apart = uneven.run(SEED, []), kept.run(SEED, [])
    assert stolen(together)
    assert not stolen(apart)
    assert round_s(apart) > FUNCTIONS / 2 * SLOW_S
    assert round_s(together) < 0.75 * round_s(apart)


def test_both_runs_have_the_same_values(uneven: Simulator, kept: Simulator) -> None:
    together, apart = uneven.run(SEED, []).outcome, kept.run(SEED, []).outcome
    assert together is not None
    assert apart is not None
    assert (together.values, together.results) == (apart.values, apart.results)


@pytest.mark.parametrize("target", [BUSY, IDLE])
@pytest.mark.parametrize("kind", [FaultKind.KILL, FaultKind.KILL_CONTROLLER, FaultKind.PAUSE])
def test_whoever_is_struck_at_any_moment_no_promise_is_broken(
    uneven: Simulator, target: str, kind: FaultKind
) -> None:
    fair = uneven.run(SEED, [])
    first_s = float(stolen(fair)[0].split()[0])
    steals = 0
    for step in range(24):
        at_s = first_s - 0.02 + 0.006 * step
        who = "" if kind is FaultKind.KILL_CONTROLLER else target
        fault = Fault(at_s=at_s, kind=kind, target=who, for_s=0.02)
        run = uneven.run(SEED, [fault])
        assert not run.violations, (at_s, run.violations)
        assert run.outcome is not None
        assert run.outcome.state is RunState.COMPLETED, (at_s, run.outcome.reason)
        steals += bool(stolen(run))
    assert steals > 12


@pytest.mark.parametrize("seed", range(40))
def test_no_promise_is_broken_whatever_goes_wrong(uneven: Simulator, seed: int) -> None:
    assert not uneven.run(seed).violations
