"""Sources without an end, in virtual time: what becomes of their round when a stop is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from swarmdsl.control.state import RunState
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.wire.codec import decode_blob
from tests.sim.swarms.endless import PACE_S, PATIENCE_S, STOP_AT, Endless
from tests.sim.test_calls import simulator_of

KILL = Fault(at_s=PACE_S * (STOP_AT + 1), kind=FaultKind.KILL, target="numbers@node1#0")


@pytest.mark.parametrize("faults", [[], [KILL]], ids=["undisturbed", "killed"])
def test_the_round_is_finished_in_good_order_with_what_was_yielded(faults: Sequence[Fault]) -> None:
    with simulator_of(Endless(), ()) as simulator:
        simulation = simulator.run(0, faults)
    assert simulation.injected.total() == len(faults)
    assert simulation.outcome is not None
    assert simulation.outcome.state is RunState.COMPLETED
    [blobs] = simulation.outcome.values.values()
    pushed = list(dict.fromkeys(decode_blob(blob) for blob in blobs))
    assert pushed == [*range(1, len(pushed) + 1)], "nothing is lost"
    assert len(pushed) >= STOP_AT + int(PATIENCE_S / PACE_S), "it had its time"
