"""A node that is lost for good, in swarms that go on without it: whenever it dies, and whatever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.control.state import RunState
from swarmdsl.light import Local
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.outcome import Outcome
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulator import Simulation, Simulator
from swarmdsl.wire.codec import decode_blob

NODES = ("node1", "node2", "node3")
SEED = 9  # one that leaves `restarts` as declared
EXTENT = 24
ROUNDS = 3


def numbers() -> Iterator[int]:
    yield from range(EXTENT)


def same(number: int) -> int:
    return number


def scale(numbers: list[int], local: Local) -> list[Any]:
    return [local.node, len(numbers), sum(numbers)]


def count(named: list[list[Any]], local: Local) -> list[Any]:
    return [local.node, len(named)]


def pace(scaled: list[Any], local: Local) -> list[Any]:
    return [local.node, *scaled[1:]]


def gather(parts: list[list[Any]]) -> list[list[Any]]:
    return parts


class Named(Daemon):
    """Pushes the name of its node with each number."""

    @on
    def take(self, number: int) -> list[Any]:
        return [Local().node, number]


class Bearing(Swarm):
    """Every node adds up the same numbers; node2 and node3 may be missing."""

    limits = Limits(restarts=0, inbox_messages=4, batch_messages=2)
    max_iteration = ROUNDS

    def execute(self) -> Task:
        source = Task(numbers, method="any", specified_ids=["node1"])
        middle = Task(scale, alias="middle", on_node_loss="continue")(source)
        return Task(gather, method="any", specified_ids=["node1"])(middle)


class BearingPairs(Bearing):
    def execute(self) -> Task:
        source = Task(numbers, method="any", specified_ids=["node1"])
        middle = Task(scale, alias="middle", on_node_loss="continue")(source)
        second = Task(pace, alias="second", on_node_loss="continue")(middle, policy="pair")
        return Task(gather, method="any", specified_ids=["node1"])(second)


class Dealing(Bearing):
    """The numbers are dealt out among the nodes."""

    policy = "balance"

    def execute(self) -> Task:
        source = Task(numbers, method="any", specified_ids=["node1"])
        middle = Task(scale, alias="middle", on_node_loss="continue")
        key = same if self.policy == "key" else None
        middle(source, policy=self.policy, key=key)
        return Task(gather, method="any", specified_ids=["node1"])(middle)


class BearingStream(Bearing):
    def execute(self) -> Task:
        source = Task(numbers, method="any", specified_ids=["node1"])
        middle = Task(Named, alias="middle", on_node_loss="continue")(source)
        return Task(gather, method="any", specified_ids=["node1"])(middle)


class BereftPairs(Bearing):
    """Only what feeds the pair may be missing, and it has a process of its own."""

    def execute(self) -> Task:
        source = Task(numbers, method="any", specified_ids=["node1"])
        middle = Task(Named, alias="middle", on_node_loss="continue")(source)
        second = Task(count, alias="second")(middle, policy="pair")
        return Task(gather, method="any", specified_ids=["node1"])(second)


class DeafPairs(Bearing):
    """Only what the pair feeds may be missing."""

    def execute(self) -> Task:
        first = Task(numbers, alias="first")
        second = Task(Named, alias="second", on_node_loss="continue")(first, policy="pair")
        return Task(gather, method="any", specified_ids=["node1"])(second)


class Bench:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def moments(self, count: int) -> list[float]:
        quiet = self._simulator.run(SEED, [])
        begins = next(line for line in quiet.trace.lines() if " told RoundStarted" in line)
        begin_s = float(begins.split()[0])
        step_s = 1.05 * (quiet.duration_s - begin_s) / count
        return [begin_s + step_s * number for number in range(count)]

    def lost(self, target: str, at_s: float, *also: Fault) -> Simulation:
        kind = FaultKind.KILL if "@" in target else FaultKind.KILL_NODE
        kill = Fault(at_s=at_s, kind=kind, target=target)
        simulation = self._simulator.run(SEED, [kill, *also])
        assert not simulation.violations, (at_s, simulation.violations)
        outcome = outcome_of(simulation)
        assert outcome.state is RunState.COMPLETED, (at_s, outcome.reason)
        return simulation

    def run(self, *faults: Fault) -> Outcome:
        return outcome_of(self._simulator.run(SEED, [*faults]))


@contextmanager
def bench(swarm: Swarm) -> Iterator[Bench]:
    compilation = swarm.compile(len(NODES))
    with prepared(compilation.require(), compilation.bundles) as ready:
        yield Bench(Simulator(ready))


def outcome_of(simulation: Simulation) -> Outcome:
    assert simulation.outcome is not None
    return simulation.outcome


def nodes_in(simulation: Simulation) -> list[list[str]]:
    """Per round, the nodes whose values came to the run."""
    return [sorted({node for node, *_ in parts}) for parts in parts_of(simulation)]


def parts_of(simulation: Simulation) -> list[list[Any]]:
    """Per round, what came to the run."""
    values = outcome_of(simulation).values
    return [decode_blob(values["gather", number][0]) for number in range(ROUNDS)]


def is_once_without_always_without(rounds: list[list[str]], node: str) -> bool:
    seen = [node in nodes for nodes in rounds]
    return seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("swarm", [Bearing(), BearingPairs(), BearingStream()])
def test_the_rounds_go_on_without_a_node_whenever_it_is_lost(swarm: Swarm) -> None:
    missed = 0
    with bench(swarm) as some:
        for at_s in some.moments(40):
            simulation = some.lost("node2", at_s)
            rounds = nodes_in(simulation)
            assert all({"node1", "node3"} <= set(nodes) for nodes in rounds), (at_s, rounds)
            missed += "node2" not in rounds[-1]
            without = "without middle@node2#0" in outcome_of(simulation).reason
            assert without or rounds[-1] == [*NODES], (at_s, rounds)
    assert missed > 20


@pytest.mark.parametrize("swarm", [Bearing(), BearingStream()])
def test_another_controller_remembers_who_is_missing(swarm: Swarm) -> None:
    with bench(swarm) as some:
        for at_s in some.moments(20):
            dies = Fault(at_s=at_s + 0.004, kind=FaultKind.KILL_CONTROLLER, target="", for_s=0.02)
            rounds = nodes_in(some.lost("node2", at_s, dies))
            assert all({"node1", "node3"} <= set(nodes) for nodes in rounds), (at_s, rounds)
            assert is_once_without_always_without(rounds, "node2"), (at_s, rounds)


def test_two_nodes_may_be_lost_one_after_the_other() -> None:
    with bench(Bearing()) as some:
        moments = some.moments(30)
        for seed in range(30):
            first, second = sorted(Random(seed).choices(moments, k=2))
            next_one = Fault(at_s=second, kind=FaultKind.KILL_NODE, target="node3")
            rounds = nodes_in(some.lost("node2", first, next_one))
            assert all("node1" in nodes for nodes in rounds), (seed, rounds)


class DealingByKey(Dealing):
    policy = "key"


@pytest.mark.parametrize("swarm", [Dealing(), DealingByKey()])
def test_what_is_dealt_comes_in_or_is_counted_and_the_next_round_deals_it_to_the_rest(
    swarm: Dealing,
) -> None:
    counted_once = 0
    with bench(swarm) as some:
        for at_s in some.moments(40):
            simulation = some.lost("node2", at_s)
            counted = orphaned(simulation)
            came = [sum(count for _, count, _ in parts) for parts in parts_of(simulation)]
            missed = [EXTENT - one for one in came]
            # What it was dealt may have been used just before it died, and nobody could know.
            used = [
                count
                for parts in parts_of(simulation)
                for name, count, _ in parts
                if name == "node2"
            ]
            assert counted == sum(missed) or (not any(missed) and counted == used[-1]), (at_s, came)
            assert sum(one > 0 for one in missed) <= 1, (at_s, came)
            counted_once += counted > 0
    assert counted_once > 5


def orphaned(simulation: Simulation) -> int:
    """How many pushes the run says were for an instance that is missing."""
    lines = [line for line in simulation.trace.lines() if " told IrregularitiesCounted" in line]
    return sum(int(found) for line in lines for found in re.findall(r"'orphaned': (\d+)", line))


def test_what_a_missing_instance_feeds_as_its_pair_does_not_run_either() -> None:
    missed = 0
    with bench(BereftPairs()) as some:
        for at_s in some.moments(30):
            simulation = some.lost("middle@node2#0", at_s)
            rounds = nodes_in(simulation)
            assert is_once_without_always_without(rounds, "node2"), (at_s, rounds)
            missed += "node2" not in rounds[1]
            if "node2" not in rounds[1]:
                assert "second@node2#0" in outcome_of(simulation).reason
    assert missed > 5


def test_what_feeds_a_missing_pair_goes_on_and_its_pushes_are_counted() -> None:
    missed = 0
    with bench(DeafPairs()) as some:
        for at_s in some.moments(30):
            simulation = some.lost("second@node2#0", at_s)
            came = [sum(node == "node2" for node, _ in parts) for parts in parts_of(simulation)]
            counted = orphaned(simulation)
            if "without" in outcome_of(simulation).reason:
                assert counted >= ROUNDS * EXTENT - sum(came), (at_s, came, counted)
                missed += 1
    assert missed > 10


class OnlyVictims(Bearing):
    """No instance of the task is on node1."""

    def execute(self) -> Task:
        source = Task(numbers, method="any", specified_ids=["node1"])
        middle = Task(scale, alias="middle", excepted_ids=["node1"], on_node_loss="continue")(
            source
        )
        return Task(gather, method="any", specified_ids=["node1"])(middle)


def test_a_task_none_of_whose_instances_is_left_ends_the_run_and_is_named() -> None:
    with bench(OnlyVictims()) as some:
        at_s = some.moments(10)[1]
        kills = [
            Fault(at_s=at_s, kind=FaultKind.KILL_NODE, target=node) for node in ("node2", "node3")
        ]
        outcome = some.run(*kills)
    assert outcome.state is RunState.FAILED
    assert "no instance of middle is left" in outcome.reason
