"""From what was given to `self.loop` to loops between tasks of the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from swarmdsl.compiler.argument import of_loop
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import LoopEdge
from swarmdsl.dsl import Task
from swarmdsl.dsl.swarm import Loop

if TYPE_CHECKING:
    from swarmdsl.compiler.graph import TaskGraph


def traced_loops(
    graph: TaskGraph, loops: Sequence[Loop]
) -> tuple[list[LoopEdge], list[Diagnostic]]:
    """The loops by alias, and those that join no two tasks of the graph, or do so again."""
    if not loops:
        return [], []
    aliases = {id(graph.tasks[alias]): alias for alias in graph}
    found: dict[tuple[str, str], LoopEdge] = {}
    problems: list[Diagnostic] = []
    for loop in loops:
        strangers = [one for one in (loop.source, loop.destination) if id(one) not in aliases]
        if strangers:
            problems.append(_strangers(strangers, loop))
            continue
        ends = aliases[id(loop.source)], aliases[id(loop.destination)]
        if ends in found:
            problems.append(_repeated(*ends, loop))
        else:
            found[ends] = LoopEdge(source=ends[0], destination=ends[1], span=loop.span)
    return list(found.values()), problems


def _strangers(ends: Sequence[Any], loop: Loop) -> Diagnostic:
    what = " and ".join(dict.fromkeys(_described(one) for one in ends))
    hint = "return that task too, or let what execute() returns come after it"
    if not all(isinstance(one, Task) for one in ends):
        hint = "give it two tasks: self.loop(a, b)"
    end = "source" if ends[0] is loop.source else "destination"
    return finding(
        "SW506", f"self.loop was given {what}", at=loop.span, steps=of_loop(end), hint=hint
    )


def _described(one: Any) -> str:
    if isinstance(one, Task):
        return f"task {one.name}, which is no part of the graph"
    return f"{shown(one)}, which is no task"


def _repeated(source: str, destination: str, loop: Loop) -> Diagnostic:
    return finding(
        "SW506",
        f"the loop from {source} to {destination} is declared again",
        at=loop.span,
        hint="name each loop once",
        path=f"{source} -> {destination}",
    )
