"""Sources by the clock in virtual time: what becomes of their round when they die."""

from __future__ import annotations

from swarmdsl.control.state import RunState
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.wire.codec import decode_blob
from tests.sim.swarms.ticking import COUNT, DIES_AT_S, Launch
from tests.sim.test_calls import simulator_of


def test_a_source_that_had_ended_its_round_ends_it_in_another_process_too() -> None:
    kill = Fault(at_s=DIES_AT_S, kind=FaultKind.KILL, target="countdown@node1#0")
    with simulator_of(Launch(), ()) as simulator:
        simulation = simulator.run(0, [kill])
    assert simulation.injected.total() == 1
    assert simulation.outcome is not None
    assert simulation.outcome.state is RunState.COMPLETED
    [blobs] = simulation.outcome.values.values()
    pushed = [decode_blob(blob) for blob in blobs]
    assert list(dict.fromkeys(pushed)) == [*reversed(range(COUNT)), -1]
