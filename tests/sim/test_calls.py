"""Calls in virtual time: whatever goes wrong, each is carried out once at most, and told once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from swarmdsl import Swarm
from swarmdsl.control.state import RunState
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.faults import SURVIVED
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulate import inventory_for
from swarmdsl.testing.simulator import Simulation, Simulator
from swarmdsl.wire.codec import decode_blob
from tests.sim.swarms.calling import CALLS, CARRIED_OUT, TOLD, Mutual, Noted

SEEDS = range(40)
LOST = "CallFailed"


@contextmanager
def simulator_of(swarm: Swarm, kinds: Sequence[FaultKind] = SURVIVED) -> Iterator[Simulator]:
    compilation = swarm.compile(inventory_for(2))
    with prepared(compilation.require(), compilation.bundles) as ready:
        yield Simulator(ready, kinds)


def noted(simulation: Simulation, tag: str) -> list[Any]:
    assert simulation.outcome is not None
    return [decode_blob(one[4]) for one in simulation.outcome.results if one[0] == tag]


def broken_promises(simulation: Simulation) -> list[str]:
    """But for the outcome: a call that was lost is one."""
    return [str(one) for one in simulation.violations if one.checker != "outcome"]


def test_whatever_goes_wrong_a_call_is_carried_out_once_at_most_and_told_of_once() -> None:
    lost = 0
    with simulator_of(Noted()) as simulator:
        for seed in SEEDS:
            simulation = simulator.run(seed)
            assert broken_promises(simulation) == [], f"seed {seed}"
            if simulation.outcome is None or simulation.outcome.state is not RunState.COMPLETED:
                continue
            carried_out = Counter(noted(simulation, CARRIED_OUT))
            told = dict(noted(simulation, TOLD))
            assert max(carried_out.values(), default=0) <= 1, f"seed {seed}"
            assert sorted(told) == list(range(CALLS)), f"seed {seed}"
            assert len(noted(simulation, TOLD)) == CALLS, f"seed {seed}"
            answered = {number for number, outcome in told.items() if outcome == str(number + 1)}
            assert answered <= carried_out.keys(), f"seed {seed}"
            lost += sum(outcome.startswith("Call") for outcome in told.values())
    assert lost, "no fault of all these has hit a call"


def test_a_call_that_is_lost_with_its_daemon_is_told_of_at_once() -> None:
    told: list[tuple[int, str]] = []
    with simulator_of(Noted()) as simulator:
        for tenth in range(1, 8):
            kill = Fault(at_s=0.1 * tenth, kind=FaultKind.KILL, target="ledger@node1#0")
            simulation = simulator.run(7, [kill])
            assert broken_promises(simulation) == []
            told += noted(simulation, TOLD)
            assert simulation.duration_s < 10.0, "a call waits for 20 s"
    outcomes = {outcome for _, outcome in told}
    assert LOST in outcomes
    assert "CallTimedOut" not in outcomes


def test_two_daemon_modules_that_call_one_another_are_told_so_when_their_time_is_over() -> None:
    with simulator_of(Mutual()) as simulator:
        values = [simulator.run(seed, []).outcome for seed in range(10)]
    pushed = [
        decode_blob(blob)
        for outcome in values
        if outcome is not None
        for (alias, _), blobs in outcome.values.items()
        if alias in {"left", "right"}
        for blob in blobs
    ]
    told = [one for value in pushed for one in (value if isinstance(value, list) else [value])]
    circle = re.compile(r"waits for the next: (left|right)@\S+ -> (left|right)@\S+ -> \1@")
    assert any(circle.search(one) for one in told)
    assert {one for one in told if not circle.search(one)} <= {"2"}


def test_a_call_survives_the_loss_of_its_connection() -> None:
    cuts = 0
    with simulator_of(Noted(), (FaultKind.CUT, FaultKind.LATE)) as simulator:
        for seed in SEEDS:
            simulation = simulator.run(seed)
            assert simulation.violations == ()
            told = dict(noted(simulation, TOLD))
            assert told == {number: str(number + 1) for number in range(CALLS)}, f"seed {seed}"
            cuts += simulation.injected.total()
    assert cuts > len(SEEDS)
