"""Rules 15, 17 and 18: what may be lacking, where `any` is tried, and who runs what on a node."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl import Limits, Swarm, Task
from swarmdsl.control.state import RunState
from swarmdsl.light import Local
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulate import inventory_for
from swarmdsl.testing.simulator import Simulator
from swarmdsl.topology.expand import node_of
from swarmdsl.wire.codec import decode_blob
from tests.contracts.rules_case import run_in
from tests.sim.swarms.uneven import FUNCTIONS, Uneven
from tests.sim.test_moves import VICTIM, bench, split, total


class Tried(Swarm):
    """The task in the middle is first on node2, which is lost, and could go on on node3."""

    limits = Limits(restarts=0, inbox_messages=4, batch_messages=2)
    tries = 1

    def execute(self) -> Task:
        source = Task(split, method="any", specified_ids=["node1"])
        return Task(total, "any", excepted_ids=["node1"], maximum=self.tries)(source)


class TriedTwice(Tried):
    tries = 2


@pytest.mark.parametrize(
    ("swarm", "nodes"), [(Tried(), ["node2"]), (TriedTwice(), ["node2", "node3"])]
)
def test_rule_17_candidates_are_as_many_as_may_be_tried(swarm: Swarm, nodes: list[str]) -> None:
    task = swarm.compile(3).require().tasks[1]
    assert ([node_of(daemon) for daemon in task.candidates], task.count) == (nodes, 1)


@pytest.mark.parametrize(
    ("swarm", "state"), [(Tried(), RunState.FAILED), (TriedTwice(), RunState.COMPLETED)]
)
def test_rule_17_a_task_goes_on_while_nodes_are_left_to_try(swarm: Swarm, state: RunState) -> None:
    with bench(swarm) as simulated:
        outcome = simulated.killed(simulated.moments(8)[1])
    assert outcome.state is state, outcome.reason
    assert state is RunState.COMPLETED or f"daemon {VICTIM} was lost" in outcome.reason


def numbers() -> list[int]:
    return [1, 2, 3]


def unlucky(numbers: list[int], local: Local) -> Iterator[int]:
    """Works on the last node alone, and pushes before it fails."""
    yield from numbers
    if local.node == "node1":
        raise OSError(f"{local.node} gives no answer")


def gather(read: list[int]) -> list[int]:
    return read


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("maximum", "retries", "state"),
    [(2, 1, RunState.COMPLETED), (1, 3, RunState.FAILED), (2, 0, RunState.FAILED)],
)
def test_rule_17_attempts_are_one_more_than_the_retries_on_at_most_maximum_nodes(
    tmp_path: Path, maximum: int, retries: int, state: RunState
) -> None:
    def made() -> Task:
        source = Task(numbers, "any", specified_ids=["node2"])
        read = Task(unlucky, "any", maximum=maximum, retries=retries, alias="read")(source)
        return Task(gather, "any")(read)

    run = run_in(tmp_path, made)
    assert run.state is state, run.reason
    assert state is RunState.FAILED or run.value == [1, 2, 3]


class Borne(Swarm):
    """Every node does a share; without node2 the others' may be had."""

    limits = Limits(restarts=0)
    max_iteration = 2

    def execute(self) -> Task:
        shares = Task(split, alias="shares", on_node_loss="continue")
        return Task(total, "any", specified_ids=["node1"])(shares)


def test_rule_15_a_run_goes_on_without_what_its_task_may_lack_and_lists_it() -> None:
    with bench(Borne()) as simulated:
        outcome = simulated.killed(simulated.moments(8)[1])
    assert outcome.state is RunState.COMPLETED
    assert "; without shares@node2#0 since round" in outcome.reason
    assert decode_blob(outcome.values["total", 1][0]) == 2 * sum(range(40))


def test_rule_18_an_idle_worker_of_the_node_takes_over_and_the_names_stay() -> None:
    compilation = Uneven().compile(inventory_for(1))
    with prepared(compilation.require(), compilation.bundles) as ready:
        simulation = Simulator(ready).run(3, [])
    told = [line for line in simulation.trace.lines() if " told InstanceStolen" in line]
    assert told
    assert all("daemon='worker@node1#" in line and "by='worker@node1#" in line for line in told)
    assert not simulation.violations
    assert simulation.outcome is not None
    aliases = [f"multiply_{by:02}" for _ in range(2) for by in range(FUNCTIONS)]
    assert [alias for _, _, alias, _, _ in simulation.outcome.results] == aliases
    assert {node for _, _, _, node, _ in simulation.outcome.results} == {"node1"}
