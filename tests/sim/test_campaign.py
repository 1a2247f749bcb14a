"""A thousand seeds over all swarms, with every kind of fault; `-m "not campaign"` leaves it out.

A seed that breaks a promise is told with the command that repeats it. Once it is understood, its
faults become a line in `test_regressions`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from swarmdsl.testing.campaign import Verdict, campaign
from swarmdsl.testing.faults import SURVIVED, FaultKind
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulate import SLOTS, inventory_for
from swarmdsl.testing.simulator import Simulator
from tests.sim.swarms.all import SWARMS, target_of

SEEDS = 1_000
NODES = 3
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))  # which have cores to themselves
JOBS = max(1, (os.cpu_count() or 1) // WORKERS)
COUNTS = {name: len(range(place, SEEDS, len(SWARMS))) for place, name in enumerate(SWARMS)}

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def injected() -> Iterator[Counter[FaultKind]]:
    """What hit something, over all swarms; asked once they have all been tried."""
    counter: Counter[FaultKind] = Counter()
    yield counter
    assert sum(COUNTS.values()) == SEEDS
    assert not counter or set(counter) == set(SURVIVED), f"never hit: {set(SURVIVED) - {*counter}}"


@pytest.mark.parametrize("name", SWARMS)
def test_promises_hold_over_many_seeds(name: str, injected: Counter[FaultKind]) -> None:
    compilation = SWARMS[name]().compile(inventory_for(NODES))
    with prepared(compilation.require(), compilation.bundles) as ready:
        verdicts = campaign(Simulator(ready), range(COUNTS[name]), jobs=JOBS)
        broken = []
        for verdict in verdicts:
            injected.update(verdict.injected)
            if verdict.violations:
                broken.append(told(name, verdict))
    assert not broken, "\n".join(["", *broken])


def told(name: str, verdict: Verdict) -> str:
    """A broken seed, and how to repeat it."""
    kept = ",".join(map(str, verdict.kept)) or "none"
    again = (
        f"swarm simulate {target_of(name)} --nodes {NODES} --slots {SLOTS} "
        f"--seed {verdict.seed} --only {kept}"
    )
    lines = [f"{name}, seed {verdict.seed}:", *map(str, verdict.violations)]
    return "\n  ".join([*lines, *(f"with {fault}" for fault in verdict.faults), f"again: {again}"])
