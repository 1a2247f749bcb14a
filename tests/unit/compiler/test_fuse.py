"""Which functions share a run, by how many a worker has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from swarmdsl.compiler.fuse import RUNS_MIN, RUNS_OF_LEVEL_MIN
from swarmdsl.dsl import Inventory, Module, Node, Swarm, Task
from swarmdsl.topology.fused import executed
from swarmdsl.topology.model import Limits, Topology
from tests.unit.compiler.building import compiled

ONE_WORKER = Inventory(nodes=(Node(name="node1", slots=1),))
TWO_WORKERS = Inventory(nodes=(Node(name="node1", slots=2),))


def start() -> int:
    return 1


def after(value: int) -> int:
    return value + 1


def several(value: int) -> Iterator[int]:
    yield value


def total(values: list[int]) -> int:
    return sum(values)


def fan(count: int, module: Module | None = None) -> Task:
    first = Task(start, method="any", alias="first")
    fanned = [
        Task(after if module is None else module, method="any", alias=f"m{one}")(first)
        for one in range(count)
    ]
    return Task(total, method="any", alias="last")(fanned)


def layers(depth: int, width: int) -> Task:
    above: Sequence[Task] = [Task(start, method="any", alias=f"l0n{one}") for one in range(width)]
    for layer in range(1, depth):
        above = [
            Task(after, method="any", alias=f"l{layer}n{one}")(above[one]) for one in range(width)
        ]
    return Task(total, method="any", alias="last")(above)


def topology(end: Task, inventory: Inventory = ONE_WORKER) -> Topology:
    return compiled(end, inventory).require()


def sizes(found: Topology) -> Counter[int]:
    """How many runs have how many functions."""
    return Counter(Counter(task.fused for task in found.tasks).values())


def test_where_a_worker_has_few_functions_each_runs_by_itself() -> None:
    found = topology(fan(2 * RUNS_MIN - 3))
    assert {task.fused for task in found.tasks} == {None}
    assert executed(found).topology is found


def test_a_worker_with_hundreds_has_a_hundred_runs_of_a_level() -> None:
    found = topology(fan(500))
    assert sizes(found) == {1: 2, 5: RUNS_MIN}
    assert len(executed(found).topology.tasks) == RUNS_MIN + 2


def test_each_workers_functions_share_runs_of_their_own() -> None:
    found = topology(fan(998), TWO_WORKERS)
    runs = executed(found)
    hosts = {alias: {part.task.candidates for part in parts} for alias, parts in runs.parts.items()}
    assert all(len(one) == 1 for one in hosts.values())
    assert len({one for each in hosts.values() for one in each}) == 2


def test_a_level_has_two_runs_at_least() -> None:
    found = topology(layers(60, 8))
    assert sizes(found) == {1: 1, 4: 60 * RUNS_OF_LEVEL_MIN}


def test_no_one_of_a_run_waits_for_another() -> None:
    found = topology(layers(60, 8), TWO_WORKERS)
    assert executed(found).parts, "else nothing shares a run"
    fused = {task.alias: task.fused for task in found.tasks}
    ends = [(fused[one.source], fused[one.destination]) for one in found.links if not one.to_run]
    assert all(source != destination for source, destination in ends)


def test_a_limit_says_how_many_share_a_run() -> None:
    class Limited(Swarm):
        limits = Limits(fused_functions=3)

        def execute(self) -> Task:
            return fan(900)

    from swarmdsl.compiler import compile_swarm

    found = compile_swarm(Limited(), ONE_WORKER).require()
    assert max(sizes(found)) == 3


def test_what_may_give_several_values_runs_by_itself() -> None:
    found = topology(fan(500, Module(several)))
    assert {task.fused for task in found.tasks} == {None}


@pytest.mark.parametrize("slots", [1, 2])
def test_the_same_swarm_gives_the_same_runs(slots: int) -> None:
    inventory = Inventory(nodes=(Node(name="node1", slots=slots),))
    assert topology(fan(600), inventory) == topology(fan(600), inventory)
