"""The graph that `Swarm.prepare_graph` gives: a copy to look at, with what was declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from swarmdsl.compiler import report
from swarmdsl.compiler.diagnostics import has_errors
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.knots import in_order, knots
from swarmdsl.compiler.trace import trace
from swarmdsl.dsl import Inventory, Swarm
from swarmdsl.errors import CompileError

if TYPE_CHECKING:
    import networkx as nx

    from swarmdsl.compiler.knots import After


def task_graph(swarm: Swarm) -> nx.DiGraph[str]:
    """What `Swarm.prepare_graph` gives; `execute()` is called once.

    Raises:
        CompileError: execute() gave no graph; it carries the findings that say why.
    """
    import networkx as nx

    draft = trace(Draft(swarm=swarm, inventory=Inventory(nodes=()), read=_read))
    if has_errors(draft.diagnostics):
        raise CompileError(draft.diagnostics, report.full(draft.diagnostics))
    orders = _orders(draft.graph.adjacency())
    graph: nx.DiGraph[str] = nx.DiGraph(name=str(swarm.name))
    for alias in draft.graph:
        graph.add_node(alias, order=orders[alias], **_task(draft, alias))
    for source in draft.graph:
        for destination in draft.graph.successors(source):
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


def _orders(after: After) -> Mapping[str, int]:
    """The longest way to each task, in steps; those of a cycle stand on one step together."""
    number = {task: index for index, knot in enumerate(knots(after)) for task in knot}
    steps: dict[int, set[int]] = {index: set() for index in number.values()}
    for task, following in after.items():
        steps[number[task]].update(number[one] for one in following)
        steps[number[task]].discard(number[task])
    depth = dict.fromkeys(steps, 0)
    for knot in in_order(steps):
        for one in steps[knot]:
            depth[one] = max(depth[one], depth[knot] + 1)
    return {task: depth[index] for task, index in number.items()}


def has_cycles(graph: nx.DiGraph[str]) -> bool:
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
    return len(in_order({task: list(graph.successors(task)) for task in graph})) < len(graph)
