"""The first pass: from what `execute()` returns to a graph of tasks with final names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from swarmdsl.compiler.argument import of_edge
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.graph import TaskGraph, graph_of
from swarmdsl.compiler.interface import interface_of
from swarmdsl.compiler.knots import knotted
from swarmdsl.compiler.loops import traced_loops
from swarmdsl.compiler.once import once_per_object
from swarmdsl.compiler.raised import left, raised
from swarmdsl.compiler.returned import no_tasks
from swarmdsl.compiler.users_code import UsersCodeRaised, attempt
from swarmdsl.dsl import Module, Swarm, Task
from swarmdsl.dsl.swarm import Loop
from swarmdsl.dsl.task import recorded
from swarmdsl.topology.garbage import collection_paused, collection_seldom


def trace(draft: Draft) -> Draft:
    """Call `execute()`, and follow its tasks back to the first ones."""
    before = len(draft.swarm.loops)
    networks_before = len(draft.swarm.networks)
    with recorded() as made:
        ends, problems = _executed(draft.swarm)
    tasks = _in_order(ends)
    problems += [problem for task in tasks for problem in _strangers(task)]
    graph = _graph(tasks)
    declared = tuple(draft.swarm.loops)
    loops, loop_problems = traced_loops(graph, declared if tasks else ())
    del draft.swarm.loops[before:]  # the next execute() declares its own
    problems += loop_problems
    networks = tuple(draft.swarm.networks)
    del draft.swarm.networks[networks_before:]
    draft = replace(
        draft,
        graph=graph,
        made=_left_to_tell(made, declared),
        knotted=frozenset(_knotted(graph)),
        loops=tuple(loops),
        networks=networks,
        diagnostics=(*draft.diagnostics, *problems),
    )
    read = once_per_object(interface_of)
    interfaces = {alias: read(module) for alias, module in draft.modules()}
    return replace(draft, interfaces=interfaces)


def _left_to_tell(made: Iterable[Task], loops: Sequence[Loop]) -> tuple[Task, ...]:
    """The tasks that execute() made, but those of loops: what is wrong with them is told there."""
    told = {id(end) for loop in loops for end in (loop.source, loop.destination)}
    return tuple(task for task in made if id(task) not in told)


def _executed(swarm: Swarm) -> tuple[list[Task], list[Diagnostic]]:
    """The last tasks, or the reason why there are none."""
    try:
        with collection_seldom():
            returned: Any = attempt(swarm.execute)
    except UsersCodeRaised as one:
        return [], [raised(swarm, one.problem)]
    except SystemExit as leaving:
        return [], [left(swarm, leaving)]
    if isinstance(returned, Task):
        return [returned], []
    sequence = isinstance(returned, Sequence) and not isinstance(returned, str)
    tasks = [one for one in returned if isinstance(one, Task)] if sequence else []
    if sequence and tasks and len(tasks) == len(returned):
        return tasks, []
    return tasks, [no_tasks(swarm, returned)]


def _strangers(task: Task) -> Iterator[Diagnostic]:
    """Edges from something that is no task."""
    for edge in task.edges:
        if not isinstance(edge.source, Task):
            yield finding(
                "SW105",
                f"a task was called with {shown(edge.source)}, which is of type "
                f"{type(edge.source).__name__} and no task",
                at=edge.span,
                steps=of_edge("tasks"),
                hint=_instead(task, edge.source),
            )


def _instead(task: Task, source: object) -> str:
    """What to call a task with instead of something that is no task."""
    if isinstance(source, Module):
        return "call it with a task of that module: Task(...)"
    if callable(source) and hasattr(source, "__name__"):
        return f"call it with a task of it: Task({source.__name__})"
    return (
        "call it with the tasks that come before it, as in Task(show)(Task(read)); "
        f"a value is handed over with {_as_input(task, source)}"
    )


def _as_input(task: Task, value: object) -> str:
    """How to hand a value over, to the first parameter if there is one."""
    module = task.module if isinstance(task.module, Module) else Module(task.module)
    names = [port.name for port in interface_of(module).ports if module.kind == "function"]
    return f"Task(..., inputs={{{(names or ['name'])[0]!r}: {shown(value)}}})"


@collection_paused()
def _in_order(ends: Iterable[Task]) -> list[Task]:
    """Every task that leads to `ends`, sources before what comes after them.

    Written without recursion: a chain may be longer than Python's stack.
    """
    order: dict[int, Task] = {}
    seen: set[int] = set()
    stack: list[tuple[Task, bool]] = [(task, False) for task in reversed(list(ends))]
    while stack:
        task, done = stack.pop()
        if done:
            order[id(task)] = task
        elif id(task) not in seen:
            seen.add(id(task))
            stack.append((task, True))
            stack.extend((one, False) for one in reversed(_sources(task)))
    return list(order.values())


def _sources(task: Task) -> list[Task]:
    return [edge.source for edge in task.edges if isinstance(edge.source, Task)]


@collection_paused()
def _graph(tasks: Sequence[Task]) -> TaskGraph:
    made = _modules(tasks)
    aliases = _aliases(tasks, made)
    return graph_of(
        {aliases[id(task)]: task for task in tasks},
        {aliases[id(task)]: made[id(task)] for task in tasks},
    )


def _knotted(graph: TaskGraph) -> Iterator[str]:
    """The tasks of cycles."""
    for knot in knotted(graph.adjacency()):
        yield from knot


def _modules(tasks: Iterable[Task]) -> dict[int, Module]:
    """The module of each task; tasks of one plain function share one module."""
    made: dict[int, Module] = {}
    found: dict[int, Module] = {}
    for task in tasks:
        given = task.module
        if not isinstance(given, Module):
            if id(given) not in made:
                made[id(given)] = Module(given)
                made[id(given)].span = task.span
            given = made[id(given)]
        found[id(task)] = given
    return found


def _aliases(tasks: Sequence[Task], modules: dict[int, Module]) -> dict[int, str]:
    """The final name of each task: explicit ones stay, others that clash are numbered.

    A repeated explicit alias is an error of its own; here it is only kept apart.
    """
    explicit = [task for task in tasks if isinstance(task.alias, str)]
    taken = {str(task.alias) for task in explicit}
    names = Counter(str(modules[id(task)].name) for task in tasks if task.alias is None)
    aliases: dict[int, str] = {}
    numbers = {name: count() for name in names}
    used: set[str] = set()
    for task in tasks:
        name = str(modules[id(task)].name if task.alias is None else task.alias)
        if task.alias is None and (names[name] > 1 or name in taken):
            free = (f"{name}_{number}" for number in numbers[name])
            name = next(one for one in free if one not in taken)
        elif name in used:
            name = next(one for n in count(2) if (one := f"{name} ({n})") not in used)
        used.add(name)
        aliases[id(task)] = name
    return aliases
