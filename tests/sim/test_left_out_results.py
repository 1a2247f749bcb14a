"""Nodes that are lost while something else than a round goes on, and what a lost pair leaves."""

from __future__ import annotations

from typing import Any

from swarmdsl import Condition, Task
from swarmdsl.control.state import RunState
from swarmdsl.light import Local
from swarmdsl.testing import Fault, FaultKind
from tests.sim.test_left_out import (
    EXTENT,
    Bearing,
    Named,
    bench,
    gather,
    nodes_in,
    numbers,
    outcome_of,
    parts_of,
)


def paced(read: int, named: list[list[Any]], local: Local) -> list[Any]:
    return [local.node, read, len(named)]


class ResultsBesidePairs(Bearing):
    """Runs for each number, once its pair has told all; only that may be missing."""

    def execute(self) -> Task:
        source = Task(numbers, method="any", specified_ids=["node1"], alias="source")
        middle = Task(Named, alias="middle", on_node_loss="continue")(source)
        second = Task(paced, alias="second")
        second(middle, policy="pair")
        second(source, condition=Condition.RESULT)
        return Task(gather, method="any", specified_ids=["node1"])(second)


def test_what_runs_for_each_result_does_not_run_without_its_pair() -> None:
    missed = 0
    with bench(ResultsBesidePairs()) as some:
        for at_s in some.moments(40):
            simulation = some.lost("middle@node2#0", at_s)
            rounds = nodes_in(simulation)
            told = {count for parts in parts_of(simulation) for _, _, count in parts}
            assert told == {EXTENT}, (at_s, told)
            assert all({"node1", "node3"} <= set(nodes) for nodes in rounds), (at_s, rounds)
            if "node2" not in rounds[1]:
                assert "second@node2#0" in outcome_of(simulation).reason
            missed += "node2" not in rounds[1]
    assert missed > 5


def test_a_node_that_is_lost_before_the_first_round_is_done_without() -> None:
    without = 0
    with bench(Bearing()) as some:
        first_s = some.moments(1)[0]
        for number in range(20):  # at the first of these moments there is nothing to lose yet
            at_s = number * first_s / 20
            outcome = some.run(Fault(at_s=at_s, kind=FaultKind.KILL_NODE, target="node2"))
            assert outcome.state is RunState.COMPLETED, (at_s, outcome.reason)
            without += outcome.reason.endswith("; without middle@node2#0 since round 0")
    assert without > 5
