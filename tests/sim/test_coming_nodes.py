"""Nodes that are lost, come back or come later, whenever it happens and whatever happens beside.

node1 stays; node2 and node3 come and go. What came of each round tells who took part in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from swarmdsl import Inventory, Swarm
from swarmdsl.control.state import RunState
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulator import Simulation, Simulator
from swarmdsl.topology.inventory import Node
from swarmdsl.wire.codec import decode_blob
from tests.sim.swarms.coming import (
    ROUNDS,
    Chosen,
    Everywhere,
    Looped,
    One,
    Pinned,
    Remembering,
    Two,
)

NODES = ("node1", "node2", "node3")
COMING = NODES[1:]
WEATHER = (
    FaultKind.DELAY,
    FaultKind.CLOG,
    FaultKind.PARTITION,
    FaultKind.ONE_WAY,
    FaultKind.SLOW,
    FaultKind.CUT,
    FaultKind.LATE,
)
LONGEST_S = 0.1  # of 0.15 to 0.35 that a run takes
TOLD = re.compile(r" told Instance(Missing|Joined) instance='(\w+)@(\w+)#0' .* round=(\d+)")


class Bench:
    """One swarm, run with the faults of one seed after another."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def run(self, seed: int, *faults: Fault) -> Simulation:
        simulation = self._simulator.run(seed, [*self._simulator.schedule(seed), *faults])
        assert not simulation.violations, (seed, simulation.violations[0], simulation.faults)
        return simulation

    def completed(
        self, seeds: range, *, controller_dies: bool = False, at_least: float = 0.7
    ) -> Iterator[Simulation]:
        """Those runs that completed: this share of them at least."""
        number = 0
        for seed in seeds:
            simulation = self.run(seed, *comings(seed, controller_dies=controller_dies))
            if simulation.outcome and simulation.outcome.state is RunState.COMPLETED:
                number += 1
                yield simulation
        assert number > at_least * len(seeds)


def comings(seed: int, *, controller_dies: bool) -> list[Fault]:
    """Up to five times, one of the nodes that come and go does so."""
    chance = Random(f"{seed}/comings")
    faults = [
        Fault(
            at_s=0.0,
            kind=FaultKind.KEEP_NODE,
            target=node,
            for_s=chance.choice((0.0, 0.0001, chance.uniform(0.0, LONGEST_S))),
        )
        for node in COMING
        if chance.random() < 0.4
    ]
    faults += [
        Fault(
            at_s=chance.uniform(0.0, 2 * LONGEST_S),
            kind=chance.choice((FaultKind.LOSE_NODE, FaultKind.CUT_OFF)),
            target=chance.choice(COMING),
            for_s=chance.choice((0.0, 0.0001, *(chance.uniform(0.0, LONGEST_S),) * 3)),
        )
        for _ in range(chance.randint(1, 3))
    ]
    if controller_dies:
        at_s, for_s = chance.uniform(0.02, LONGEST_S), chance.uniform(0.001, 0.1)
        kind = FaultKind.KILL_CONTROLLER
        faults.append(Fault(at_s=at_s, kind=kind, target="controller", for_s=for_s))
    return faults


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Of the swarm that the test names."""
    swarm: Swarm = request.param
    nodes = tuple(Node(name=name, expected=name in COMING) for name in NODES)
    compilation = swarm.compile(Inventory(nodes=nodes))
    with prepared(compilation.require(), compilation.bundles) as ready:
        yield Bench(Simulator(ready, WEATHER, any_outcome=True))


def of(*swarms: Swarm) -> pytest.MarkDecorator:
    names = [type(one).__name__ for one in swarms]
    return pytest.mark.parametrize("bench", swarms, indirect=True, ids=names)


def values_of(simulation: Simulation, sink: str = "rows") -> list[list[Any]]:
    """Per round, what came to the run."""
    assert simulation.outcome is not None
    values = simulation.outcome.values
    return [decode_blob(values[sink, number][0]) for number in range(ROUNDS)]


def nodes_in(simulation: Simulation) -> list[list[str]]:
    """Per round, the nodes that took part."""
    return [[node for node, *_ in rows] for rows in values_of(simulation)]


class Absences:
    """Which nodes an instance of a task was said to be missing on, round by round.

    Attributes:
        gone: those that took no part.
        lost: those that were lost in the round: what came of them may have been used before.
    """

    def __init__(self, simulation: Simulation, alias: str) -> None:
        self.gone: list[set[str]] = [set() for _ in range(ROUNDS)]
        self.lost: list[set[str]] = [set() for _ in range(ROUNDS)]
        found = (TOLD.search(line) for line in simulation.trace.lines())
        for what, task, node, number in (one.groups() for one in found if one):
            first = int(number)
            if task == alias and what == "Missing":
                self.lost[first].add(node)
            for nodes in self.gone[first:] if task == alias else ():
                nodes.discard(node) if what == "Joined" else nodes.add(node)

    def allow(self, nodes: list[list[str]], of_nodes: tuple[str, ...]) -> bool:
        """Whether these nodes may have taken part in each round."""
        return all(
            {*of_nodes} - gone <= set(there) <= {*of_nodes} - (gone - lost)
            for there, gone, lost in zip(nodes, self.gone, self.lost, strict=True)
        )


@of(Everywhere())
def test_each_round_has_the_nodes_that_are_not_said_to_be_missing_from_it(bench: Bench) -> None:
    came_back = came_later = 0
    for simulation in bench.completed(range(90)):
        nodes, absences = nodes_in(simulation), Absences(simulation, "named")
        assert absences.allow(nodes, NODES), (simulation.seed, nodes, absences.gone)
        for node in COMING:
            seen = [node in one for one in nodes]
            came_back += seen[0] and any(not one and two for one, two in pairwise(seen))
            came_later += not seen[0] and seen[-1]
    assert came_back > 5
    assert came_later > 10


@of(Everywhere(), Looped(), Remembering())
def test_another_controller_goes_on_with_those_that_come_and_go(bench: Bench) -> None:
    came = 0
    for simulation in bench.completed(range(1_000, 1_040), controller_dies=True):
        lines = simulation.trace.lines()
        died = next((n for n, line in enumerate(lines) if "exit controller killed" in line), 0)
        came += any(" told InstanceJoined" in line for line in lines[died:])
    assert came > 5


@of(Two())
def test_a_share_of_the_nodes_is_full_whenever_there_are_enough(bench: Bench) -> None:
    full = 0
    for simulation in bench.completed(range(2_000, 2_050)):
        gone = Absences(simulation, "named").gone
        for nodes, missing in zip(nodes_in(simulation), gone, strict=True):
            assert 2 - len(missing) <= len(nodes) <= 2, (simulation.seed, nodes, missing)
            full += len(nodes) == 2
    assert full > 100


@of(One())
def test_what_has_moved_does_not_go_back_by_itself(bench: Bench) -> None:
    moved = 0
    for simulation in bench.completed(range(3_000, 3_070), at_least=0.5):
        lost = "\n".join(line for line in simulation.trace.lines() if " told DaemonGivenUp" in line)
        nodes = [one for [one] in nodes_in(simulation)]
        for before, after in pairwise(nodes):
            moved += before != after
            assert before == after or f"worker@{before}#0" in lost, (simulation.seed, nodes)
        assert len([one for one in nodes if one != nodes[-1]]) < ROUNDS
    assert moved > 2


@of(Chosen(), Pinned())
def test_nodes_that_were_named_or_pinned_come_back_to_their_task(bench: Bench) -> None:
    came_back = 0
    for simulation in bench.completed(range(4_000, 4_050)):
        nodes, absences = nodes_in(simulation), Absences(simulation, "named")
        assert absences.allow(nodes, COMING), (simulation.seed, nodes, absences.gone)
        came_back += any(len(one) < len(two) for one, two in pairwise(nodes))
    assert came_back > 5


@of(Looped())
def test_who_comes_is_told_what_the_others_are_told_of_the_round_before(bench: Bench) -> None:
    for simulation in bench.completed(range(5_000, 5_040)):
        before = 0
        for total, *rows in values_of(simulation, "both"):
            assert total >= len(rows), "one may have been lost between the two"
            assert {told for _, told in rows} == {before}, (simulation.seed, rows, before)
            before = total


@of(Remembering())
def test_a_daemon_module_that_comes_back_remembers_what_its_snapshots_hold(bench: Bench) -> None:
    came_back = 0
    for simulation in bench.completed(range(6_000, 6_040)):
        counts: dict[str, list[int]] = {}
        for rows in values_of(simulation):
            for node, count in dict(rows).items():
                counts.setdefault(node, []).append(count)
        lost = Absences(simulation, "counting").lost
        losses = Counter(node for nodes in lost for node in nodes)
        for node, seen in counts.items():
            again = sum(one == two for one, two in pairwise(seen))
            assert seen == sorted(seen), (simulation.seed, counts)
            assert again <= losses[node], "it may have died before that was kept"
            came_back += 1 < len(seen) < ROUNDS
    assert came_back > 5


@of(Everywhere())
def test_a_run_waits_for_nobody_that_is_expected_and_not_there(bench: Bench) -> None:
    never = [Fault(at_s=0.0, kind=FaultKind.KEEP_NODE, target=node) for node in COMING]
    for seed in range(9, 19):
        simulation = bench.run(seed, *never)
        assert nodes_in(simulation) == [["node1"]] * ROUNDS
        assert simulation.outcome is not None
        assert simulation.outcome.reason.endswith(
            "without named@node2#0 and named@node3#0 since round 0"
        )
