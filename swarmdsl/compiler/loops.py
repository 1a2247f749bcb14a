"""From what was given to `self.loop` to loops between tasks of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import LoopEdge
from swarmdsl.dsl import Task
from swarmdsl.dsl.swarm import Loop

if TYPE_CHECKING:
    from swarmdsl.compiler.draft import TaskGraph


def traced_loops(
    graph: TaskGraph, loops: Sequence[Loop]
) -> tuple[list[LoopEdge], list[Diagnostic]]:
    """The loops by alias, and those that join no two tasks of the graph, or do so again."""
    if not loops:
        return [], []
    aliases = {id(graph.nodes[alias]["task"]): alias for alias in graph}
    found: dict[tuple[str, str], LoopEdge] = {}
    problems: list[Diagnostic] = []
    for loop in loops:
        strangers = [one for one in (loop.source, loop.destination) if id(one) not in aliases]
        if strangers:
            problems += [_stranger(one, loop) for one in strangers]
            continue
        ends = aliases[id(loop.source)], aliases[id(loop.destination)]
        if ends in found:
            problems.append(_repeated(*ends, loop))
        else:
            found[ends] = LoopEdge(source=ends[0], destination=ends[1], span=loop.span)
    return list(found.values()), problems


def _stranger(one: Any, loop: Loop) -> Diagnostic:
    if not isinstance(one, Task):
        what, hint = f"{shown(one)}, which is no task", "give it two tasks: self.loop(a, b)"
    else:
        what = f"task {one.name}, which is no part of the graph"
        hint = "return that task too, or let what execute() returns come after it"
    return finding("SW506", f"self.loop was given {what}", at=loop.span, hint=hint)


def _repeated(source: str, destination: str, loop: Loop) -> Diagnostic:
    return finding(
        "SW506",
        f"the loop from {source} to {destination} is declared again",
        at=loop.span,
        hint="name each loop once",
        path=f"{source} -> {destination}",
    )
