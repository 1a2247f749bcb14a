"""Tasks that fail and are tried on one node after another, while everything else fails as well."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from swarmdsl import Limits, Swarm, Task
from swarmdsl.control.state import RunState
from swarmdsl.light import Local
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulator import Simulation, Simulator
from tests.sim.swarms.retried import ATTEMPTS, ROUNDS, Retried, RetriedBetweenDaemons
from tests.sim.test_moves import bench, split

SEED = 9  # one that leaves the limits as declared
SEEDS = 120
KILLS = 30


def nodes_of(lines: Sequence[str], alias: str, round_number: int) -> list[str]:
    """Where a task has begun its part of a round, in order."""
    begun = re.compile(rf" told InstanceStarted instance='{alias}@(\w+)#0' .* round={round_number}")
    return [found[1] for line in lines if (found := begun.search(line))]


def failures_of(lines: Sequence[str], round_number: int) -> list[int]:
    """The number of each failure that was told in a round, in order."""
    failed = re.compile(rf" told InstanceRetried .* round={round_number} .* failures=(\d+) ")
    return [int(found[1]) for line in lines if (found := failed.search(line))]


def promises_kept(run: Simulation, nodes_max: int) -> None:
    assert not run.violations, (run.violations, run.faults)
    lines = run.trace.lines()
    untold = 0  # a controller that dies between its commit and its telling tells nobody
    for number in range(ROUNDS):
        failures = failures_of(lines, number)
        assert failures == sorted({*failures} & {*range(1, ATTEMPTS)}), (failures, run.faults)
        untold += ATTEMPTS - 1 - len(failures)
        assert len(set(nodes_of(lines, "scale", number))) <= nodes_max
    deaths = sum(fault.kind is FaultKind.KILL_CONTROLLER for fault in run.faults)
    assert untold <= deaths, (untold, run.faults)


def test_attempts_go_from_node_to_node_and_round_again_from_the_first() -> None:
    compilation = Retried().compile(3)
    with prepared(compilation.require(), compilation.bundles) as ready:
        lines = Simulator(ready).run(SEED, []).trace.lines()
    first, second = nodes_of(lines, "scale", 0)[:2]
    assert first != second
    for number in range(ROUNDS):
        assert nodes_of(lines, "scale", number) == [first, second, first, second]
        assert failures_of(lines, number) == [1, 2, 3]


@pytest.mark.campaign
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("swarm", "nodes_max"), [(Retried, 2), (RetriedBetweenDaemons, 3)])
def test_whatever_else_fails_nothing_is_lost_or_doubled_and_the_attempts_are_counted(
    swarm: type[Swarm], nodes_max: int
) -> None:
    compilation = swarm().compile(3)
    with prepared(compilation.require(), compilation.bundles) as ready:
        simulator = Simulator(ready)
        for seed in range(SEEDS):
            promises_kept(simulator.run(SEED, simulator.schedule(seed)), nodes_max)


def total(numbers: list[int], local: Local) -> int:
    if local.node == "node2":
        raise OSError("node2 gives no answer")
    return sum(numbers)


def report(total: int) -> str:
    return f"the sum is {total}"


class Avoiding(Swarm):
    """The task in the middle fails on node2, which is first, and may be on two other nodes."""

    limits = Limits(restarts=0, inbox_messages=4, batch_messages=2)
    max_iteration = 2

    def execute(self) -> Task:
        source = Task(split, method="any", specified_ids=["node1"])
        middle = Task(total, "any", excepted_ids=["node1"], maximum=3, retries=2, alias="middle")(
            source
        )
        return Task(report, method="any", specified_ids=["node1"])(middle)


@pytest.mark.parametrize("lost", ["worker@node2#0", "worker@node3#0"])
def test_a_node_that_is_lost_for_good_meanwhile_is_passed_over(lost: str) -> None:
    with bench(Avoiding(), nodes=4) as swarm:
        for at_s in swarm.moments(KILLS):
            outcome = swarm.killed(at_s, victim=lost)
            assert outcome.state is RunState.COMPLETED, (at_s, outcome.reason)
        assert swarm.given_up > KILLS // 2


def test_where_no_other_node_is_left_the_same_one_tries_again() -> None:
    compilation = Avoiding().compile(3)
    kill = Fault(at_s=0.03, kind=FaultKind.KILL, target="worker@node3#0")
    with prepared(compilation.require(), compilation.bundles) as ready:
        run = Simulator(ready).run(SEED, [kill])
    assert failures_of(run.trace.lines(), 0) == [1, 2]
    assert run.outcome is not None
    assert (
        "raised OSError: node2 gives no answer; called with numbers=[0, 1, 2, 3, and 36 more]; "
        "before, attempt 1 on node2: OSError: node2 gives no answer; attempt 2 on node2: OSError: "
        "node2 gives no answer"
    ) in run.outcome.reason


def test_another_controller_goes_on_with_the_count() -> None:
    with bench(Avoiding(), nodes=4) as swarm:
        for at_s in swarm.moments(KILLS):
            dies = Fault(at_s=at_s, kind=FaultKind.KILL_CONTROLLER, target="", for_s=0.02)
            outcome = swarm.struck(dies)
            assert outcome.state is RunState.COMPLETED, (at_s, outcome.reason)
