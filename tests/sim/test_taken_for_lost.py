"""Workers that are given up, whether they live or not: what still comes of them counts for nothing.

Others do their work, add the same results and push the same values. Whatever the one that was given
up has said too late would be there twice, or let the run wait for what it does no more.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulate import inventory_for
from swarmdsl.testing.simulator import Simulator
from tests.sim.swarms.fused import FusedMoved

SEED = 3
MOMENTS = 16
NODES = ["node1", "node2", "node3"]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    compilation = FusedMoved().compile(inventory_for(len(NODES)))
    with prepared(compilation.require(), compilation.bundles) as ready:
        yield Simulator(ready)


@pytest.mark.parametrize("node", NODES)
@pytest.mark.parametrize("kind", [FaultKind.LOSE_NODE, FaultKind.CUT_OFF], ids=lambda one: one.name)
@pytest.mark.parametrize("back_s", [0.0, 0.05], ids=["never back", "back"])
def test_whenever_a_node_is_given_up_all_is_as_if_it_had_not_been_there(
    simulator: Simulator, node: str, kind: FaultKind, back_s: float
) -> None:
    quiet = simulator.run(SEED, [])
    begin_s = next(
        float(one.split()[0]) for one in quiet.trace.lines() if " told RoundStarted" in one
    )
    for moment in range(MOMENTS):
        at_s = begin_s + (quiet.duration_s - begin_s) * moment / MOMENTS
        lost = Fault(at_s=at_s, kind=kind, target=node, for_s=back_s)
        assert not simulator.run(SEED, [lost]).violations, at_s
