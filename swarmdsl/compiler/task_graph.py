"""The graph that `Swarm.prepare_graph` gives: a copy to look at, with what was declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import networkx as nx

from swarmdsl.compiler import report
from swarmdsl.compiler.diagnostics import has_errors
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.trace import trace
from swarmdsl.dsl import Inventory, Swarm
from swarmdsl.errors import CompileError

if TYPE_CHECKING:
    from swarmdsl.compiler.draft import TaskGraph


def task_graph(swarm: Swarm) -> TaskGraph:
    """What `Swarm.prepare_graph` gives; `execute()` is called once.

    Raises:
        CompileError: execute() gave no graph; it carries the findings that say why.
    """
    draft = trace(Draft(swarm=swarm, inventory=Inventory(nodes=()), read=_read, graph=nx.DiGraph()))
    if has_errors(draft.diagnostics):
        raise CompileError(draft.diagnostics, report.full(draft.diagnostics))
    orders = _orders(draft.graph)
    graph: TaskGraph = nx.DiGraph(name=str(swarm.name))
    for alias in draft.graph:
        graph.add_node(alias, order=orders[alias], **_task(draft, alias))
    for source, destination in draft.graph.edges:
        edge = draft.edge(source, destination)
        graph.add_edge(source, destination, condition=edge.condition, policy=edge.policy)
    return graph


def _read(file: object) -> bytes:
    raise AssertionError(f"a graph needs no source file, but {file} was asked for")


def _task(draft: Draft, alias: str) -> dict[str, Any]:
    task, module = draft.task(alias), draft.module(alias)
    return {
        "module": module.name,
        "kind": module.kind,
        "method": task.method,
        "maximum": task.maximum,
        "fixed": task.fixed,
        "network": task.network,
    }


def _orders(graph: TaskGraph) -> Mapping[str, int]:
    """The longest way to each task, in tasks; those of a cycle stand on one step together."""
    knots = nx.condensation(graph)
    return {
        alias: order
        for order, generation in enumerate(nx.topological_generations(knots))
        for knot in generation
        for alias in knots.nodes[knot]["members"]
    }


def has_cycles(graph: TaskGraph) -> bool:
    """Whether some task comes after itself, in a graph of `Swarm.prepare_graph`.

    >>> from swarmdsl import Swarm, Task, has_cycles
    >>> def step(number: int = 0) -> int:
    ...     return number + 1
    >>> class Circle(Swarm):
    ...     def execute(self):
    ...         first, second = Task(step), Task(step)
    ...         return first(second(first))
    >>> has_cycles(Circle().prepare_graph())
    True
    """
    return not nx.is_directed_acyclic_graph(graph)
