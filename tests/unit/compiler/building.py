"""Small swarms for tests: a graph is what a function returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from swarmdsl.compiler import Compilation, compile_swarm
from swarmdsl.dsl import Inventory, Node, Swarm, Task
from swarmdsl.topology.model import LinkSpec, TaskSpec, Topology

TWO = Inventory.local(nodes=2, cores=4)


def compiled(
    ends: Task | Sequence[Task] | Callable[[], Any], inventory: Inventory = TWO
) -> Compilation:
    """What compiling a swarm gives whose `execute` returns these tasks."""

    class Example(Swarm):
        def execute(self) -> Any:
            return ends() if callable(ends) and not isinstance(ends, Task) else ends

    return compile_swarm(Example(), inventory)


def topology(ends: Task | Sequence[Task], inventory: Inventory = TWO) -> Topology:
    """The topology; the findings are raised if there is none."""
    return compiled(ends, inventory).require()


def codes(ends: Task | Sequence[Task] | Callable[[], Any], inventory: Inventory = TWO) -> list[str]:
    """The codes found, in report order."""
    return [one.code for one in compiled(ends, inventory).diagnostics]


def errors(ends: Task | Sequence[Task], inventory: Inventory = TWO) -> list[str]:
    """The codes of the errors among what is found."""
    found = compiled(ends, inventory).diagnostics
    return [one.code for one in found if one.severity == "error"]


def task_of(found: Topology, alias: str) -> TaskSpec:
    """The task with this alias."""
    return next(task for task in found.tasks if task.alias == alias)


def links_into(found: Topology, destination: str) -> list[LinkSpec]:
    """The links into a task, in order."""
    return [link for link in found.links if link.destination == destination]


def nodes(*names: str, slots: int = 1) -> Inventory:
    """Nodes of these names."""
    return Inventory(nodes=tuple(Node(name=name, slots=slots) for name in names))
