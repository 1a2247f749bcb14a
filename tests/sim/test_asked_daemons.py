"""When calls are answered, and what becomes of what they have changed: in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from swarmdsl import Swarm
from swarmdsl.control.state import RunState
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.simulator import Simulation
from swarmdsl.wire.codec import decode_blob
from tests.sim.swarms.asked import (
    DIES_AT_S,
    TIMES,
    Halted,
    Hurried,
    HurriedSource,
    Reminded,
    Watched,
)
from tests.sim.test_calls import simulator_of


def pushed_by(simulation: Simulation, alias: str) -> Any:
    """What a task that runs once has pushed to the run."""
    assert simulation.violations == ()
    assert simulation.outcome is not None
    [blob] = simulation.outcome.values[alias, 0]
    return decode_blob(blob)


def test_a_source_is_called_while_its_generator_stands_still() -> None:
    with simulator_of(Halted(), ()) as simulator:
        outcome = simulator.run(0, []).outcome
    assert outcome is not None
    assert outcome.state is RunState.COMPLETED


def test_a_call_never_sees_a_handler_at_work() -> None:
    with simulator_of(Watched(), ()) as simulator:
        seen = [pushed_by(simulator.run(seed, []), "look") for seed in range(5)]
    assert seen == [[False] * 2 * TIMES] * 5


def test_what_calls_have_changed_outlives_the_process_by_a_snapshot() -> None:
    kill = Fault(at_s=DIES_AT_S, kind=FaultKind.KILL, target="notes@node1#0")
    with simulator_of(Reminded(), ()) as simulator:
        simulation = simulator.run(0, [kill])
    assert simulation.injected.total() == 1
    assert pushed_by(simulation, "remind") == list(range(TIMES))


@pytest.mark.parametrize("swarm", [Hurried(), HurriedSource()], ids=["module", "source"])
def test_what_its_caller_does_not_wait_for_any_more_is_not_begun(swarm: Swarm) -> None:
    with simulator_of(swarm, ()) as simulator:
        assert pushed_by(simulator.run(0, []), "hurry") == 0
