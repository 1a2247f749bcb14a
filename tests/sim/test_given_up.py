"""Daemons that die twice and are given up, and dealers among them: whoever is left deals the rest.

The faults of the campaign seldom hit one daemon twice within a short round. These do.
"""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

import pytest

from swarmdsl.control.state import RunState
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulator import Simulation, Simulator
from tests.sim.swarms.movable import MovedByKey, MovedDaemon, MovedInTurn

NODES = 5
STRIKES = 300
SEED = 9  # one that leaves `restarts` as declared: one death is survived, the second is not

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(600)]


def strikes(chance: Random, quiet: Simulation) -> list[Fault]:
    """Some daemons die, most of them again as soon as they are back; one may be slow."""
    lines = quiet.trace.lines()
    begin_s = next(float(one.split()[0]) for one in lines if " told RoundStarted" in one)
    daemons = sorted(set(re.findall(r" told DaemonConnected daemon='([^']+)'", "\n".join(lines))))
    faults = []
    for _ in range(chance.randint(1, 3)):
        at_s = begin_s + 1.2 * chance.random() * (quiet.duration_s - begin_s)
        name = chance.choice(daemons)
        faults.append(Fault(at_s=at_s, kind=FaultKind.KILL, target=name))
        if chance.random() < 0.7:
            again_s = at_s + 0.11 + chance.random() * 0.02
            faults.append(Fault(at_s=again_s, kind=FaultKind.KILL, target=name))
    if chance.random() < 0.6:
        slow = Fault(
            at_s=begin_s,
            kind=FaultKind.SLOW,
            target=chance.choice(daemons),
            extra_s=0.05,
            for_s=1.0,
        )
        faults.append(slow)
    return sorted(faults, key=lambda fault: fault.at_s)


@pytest.mark.parametrize("swarm", [MovedByKey, MovedInTurn, MovedDaemon])
def test_what_is_dealt_is_not_lost_whoever_deals_it_and_whoever_takes_it(
    swarm: type[MovedByKey | MovedInTurn | MovedDaemon],
) -> None:
    class Patient(swarm):  # type: ignore[valid-type,misc]
        limits = replace(swarm.limits, restarts=1)

    given_up = 0
    compilation = Patient().compile(NODES)
    with prepared(compilation.require(), compilation.bundles) as ready:
        simulator = Simulator(ready)
        quiet = simulator.run(SEED, [])
        for seed in range(STRIKES):
            run = simulator.run(SEED, strikes(Random(seed), quiet))
            assert not run.violations, (seed, run.violations, run.faults)
            assert run.outcome is not None
            assert run.outcome.state is RunState.COMPLETED, (seed, run.outcome.reason)
            given_up += any(" told DaemonGivenUp" in line for line in run.trace.lines())
    assert given_up > STRIKES // 20
