"""SW1xx: the shape of the graph."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from swarmdsl.compiler.argument import of_edge, of_task
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.knots import cycles
from swarmdsl.dsl import Span, Task
from swarmdsl.topology.model import RUN

# It becomes part of `alias@node#replica`, of file names and of addresses.
_ALIAS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


def check_cycles(draft: Draft) -> Iterator[Diagnostic]:
    """SW101: one finding per knot of tasks that wait for one another."""
    for aliases in cycles(draft.graph.adjacency()) if draft.knotted else ():
        yield _cycle(draft, aliases)


def _cycle(draft: Draft, aliases: list[str]) -> Diagnostic:
    steps = list(zip(aliases, [*aliases[1:], aliases[0]], strict=True))
    spans = [draft.edges(*step)[0].span for step in steps]
    # The edge written last is the one that closed the cycle.
    last = max(range(len(steps)), key=lambda index: _line(spans[index]))
    steps, spans = steps[last + 1 :] + steps[: last + 1], spans[last + 1 :] + spans[: last + 1]
    related = [
        Related(text=f"{source} -> {destination}", span=span)
        for (source, destination), span in zip(steps, spans, strict=True)
    ]
    source, destination = steps[-1]
    related[-1] = Related(text=f"{related[-1].text}  <- closes the cycle", span=spans[-1])
    return finding(
        "SW101",
        "task graph has a cycle: " + " -> ".join([*(one for one, _ in steps), steps[0][0]]),
        at=spans[-1],
        related=related,
        hint=f"{_without(draft, steps)}; to bring a value to the next round instead, write "
        f"self.loop(x, y), x being the task {source} and y the task {destination}, set "
        f"max_iteration = n in the class of the swarm, and give the parameter of {destination} "
        "that takes it a default",
        path=" -> ".join([*(one for one, _ in steps), steps[0][0]]),
    )


def _without(draft: Draft, steps: Sequence[tuple[str, str]]) -> str:
    """Which call to take out: one that brings no value, if there is such a one."""
    idle = [step for step in steps if not draft.interfaces[step[0]].yields]
    source, destination = (idle or steps)[-1]
    span = draft.edge(source, destination).span
    where = "" if span is None else f" in line {span.line}"
    why = f", for {source} returns no value" if idle else ""
    return (
        f"take one of these calls out, for example that of {destination} with {source}{where}{why}"
    )


def _line(span: Span | None) -> int:
    return 0 if span is None else span.line


def check_duplicates(draft: Draft) -> Iterator[Diagnostic]:
    """SW102: one finding per alias that several tasks were given."""
    owners: defaultdict[str, list[Task]] = defaultdict(list)
    for _, task in draft.tasks():
        if isinstance(task.alias, str):
            owners[task.alias].append(task)
    for alias, tasks in owners.items():
        if len(tasks) > 1:
            tasks.sort(key=lambda task: _line(task.span))
            yield finding(
                "SW102",
                f"alias {alias!r} is given to {len(tasks)} tasks",
                at=tasks[1].span,
                steps=of_task("alias"),
                related=[Related(text=f"also {alias!r}", span=task.span) for task in tasks],
                hint=f"give each task its own, as in alias=f'{alias}_{{i}}' for i in a loop; or "
                "leave alias= out: then they are numbered by themselves",
                path=alias,
            )


def check_left_out(draft: Draft) -> Iterator[Diagnostic]:
    """SW108: a task that execute() made and that does not lead to what it returned."""
    kept = {id(task) for _, task in draft.tasks()}
    told = any(one.code == "SW103" for one in draft.diagnostics)  # that says what was returned
    out = [task for task in draft.made if id(task) not in kept] if kept and not told else []
    # What a task that is left out comes after would come along with it.
    along = {id(edge.source) for task in out for edge in task.edges}
    along |= {id(task.module) for task in draft.made} if out else set()  # given as a module
    for task in [task for task in out if id(task) not in along] or out:
        yield finding(
            "SW108",
            f"task {task.name} is no part of the graph",
            at=task.span,
            hint="return it too, as in `return [last, this]`, or let a task that is returned come "
            "after it; nothing else makes it run",
        )


def check_aliases(draft: Draft) -> Iterator[Diagnostic]:
    """SW106: a name that cannot be part of an instance's name."""
    for alias, task in draft.tasks():
        name: Any = draft.module(alias).name if task.alias is None else task.alias
        if name == RUN or not isinstance(name, str) or not _ALIAS.fullmatch(name):
            why = "is the name of the run itself" if name == RUN else "is no name for a task"
            yield finding(
                "SW106",
                f"alias {name!r} {why}",
                at=task.span,
                steps=of_task("module" if task.alias is None else "alias"),
                hint=f"write alias={_near_alias(name)!r}, or any 1 to 64 letters, digits, '_', '.' "
                "or '-', the first of them a letter, digit or '_'",
                path=alias,
            )


def _near_alias(name: object) -> str:
    """What is almost this name, and could be one."""
    text = re.sub(r"[^A-Za-z0-9_.-]+", "_", str(name)).lstrip(".-")[:64].rstrip("_")
    return f"{RUN}_task" if text == RUN else text or "task"


def check_repeated_edges(draft: Draft) -> Iterator[Diagnostic]:
    """SW104: the same two tasks joined twice."""
    for source, destination, edges in draft.outspoken():
        if len(edges) > 1:
            yield finding(
                "SW104",
                f"{destination} comes after {source} {len(edges)} times",
                at=edges[1].span,
                steps=of_edge("tasks"),
                related=[Related(text=f"{source} -> {destination}", span=e.span) for e in edges],
                hint=f"take {source} out of one of these calls: each call of a task adds to those "
                "before",
                path=f"{source} -> {destination}",
            )
