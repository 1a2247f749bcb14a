"""The compiler's cost is near linear: four times the tasks are less than five times the calls.

What is counted are calls of functions, not seconds: the same on every machine, busy or not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from swarmdsl.compiler import compile_swarm
from swarmdsl.compiler.diagnostics import in_order
from swarmdsl.dsl import Condition, Inventory, Swarm, Task
from swarmdsl.topology.codec import to_json, to_toml

FEW = 60
NODES = Inventory.local(nodes=8, cores=16)


def start() -> int:
    """A first task."""
    return 1


def gather(values: list[int]) -> int:
    """Takes all there is."""
    return sum(values)


def single(value: int) -> int:
    """Takes one value."""
    return value


def mesh(tasks: int) -> Any:
    """Each task after two others."""
    made = [Task(start, method="any") for _ in range(2)]
    for number in range(2, tasks):
        made.append(Task(gather, method="any")([made[number - 1], made[number // 2 - 1]]))
    return made[-1]


def fan(tasks: int) -> Any:
    """One task after all others, and as many after it."""
    middle = Task(gather, method="any")(
        [Task(start, method="any", specified_ids=["node1", "node2"]) for _ in range(tasks // 2)]
    )
    return [Task(single, method="any")(middle) for _ in range(tasks // 2)]


def keyed(tasks: int) -> Any:
    """As many keyed edges into one task, and results one by one out of it."""
    joined = Task(gather)([Task(start) for _ in range(tasks - 1)], key=len)
    return Task(single)(joined, condition=Condition.RESULT)


def wrong(tasks: int) -> Any:
    """Every task has something to report, and all are in one cycle."""
    made = [Task(single, method="often", alias="same") for _ in range(tasks)]
    for before, after in zip(made, [*made[1:], made[0]], strict=True):
        after(before)(before)
    return made[0]


def looped(tasks: int) -> Any:
    """A loop into every task."""
    return [Task(single, method="any", alias=f"t{number}") for number in range(tasks)]


class Made(Swarm):
    """A swarm of so many tasks."""

    def __init__(self, graph: Callable[[int], Any], tasks: int) -> None:
        super().__init__()
        self._graph, self._tasks = graph, tasks

    def execute(self) -> Any:
        ends = self._graph(self._tasks)
        for task in ends if self._graph is looped else ():
            self.loop(task, task)
        return ends


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the calls of functions, of Python's own as well."""
    calls = [0]

    def count(frame: object, event: str, argument: object) -> None:
        calls[0] += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def calls_of(graph: Callable[[int], Any], tasks: int) -> int:
    """How many calls compiling takes, and writing what comes of it."""
    swarm = Made(graph, tasks)
    with counted() as calls:
        compilation = compile_swarm(swarm, NODES)
        if compilation.topology is not None:
            to_toml(compilation.topology)
            to_json(compilation.topology)
    assert in_order(compilation.diagnostics) == compilation.diagnostics
    return calls[0]


@pytest.mark.parametrize("graph", [mesh, fan, keyed, wrong, looped])
def test_four_times_the_tasks_are_less_than_five_times_the_calls(
    graph: Callable[[int], Any],
) -> None:
    calls_of(graph, FEW)  # what is imported and cached on first use

    few, many = calls_of(graph, FEW), calls_of(graph, 4 * FEW)

    assert many < 5 * few
