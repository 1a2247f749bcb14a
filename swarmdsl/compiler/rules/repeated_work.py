"""SW314: nodes that would all compute the same."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.argument import of_task
from swarmdsl.compiler.diagnostics import Diagnostic, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.eligible import eligible
from swarmdsl.compiler.interface import INJECTED
from swarmdsl.compiler.place import count_of
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.wire.annotations import hints_of, normal


def check_repeated_work(draft: Draft) -> Iterator[Diagnostic]:
    """SW314: `inputs=` with `method="all"`, where nothing tells one node from another."""
    for alias in draft.graph:
        task = draft.task(alias)
        if task.method != "all" or not task.inputs or not is_well_declared(draft, alias):
            continue
        nodes, _ = eligible(task, draft.module(alias), draft.inventory)
        number = count_of(task, len(nodes)) if nodes else 0
        if number > 1 and not differs(draft, alias):
            yield finding(
                "SW314",
                f"{alias} has method='all' and inputs={shown(dict(task.inputs))}: "
                f"{number} nodes do the same work",
                at=task.span,
                steps=of_task("method"),
                hint="say method='any', or leave method= out",
                path=alias,
            )


def differs(draft: Draft, alias: str) -> bool:
    """Whether an instance may see something that the others do not."""
    program, module = draft.module(alias).python_program, draft.module(alias)
    spread = any(
        draft.edge(name, alias).policy != "broadcast" for name in draft.graph.predecessors(alias)
    )
    if module.kind != "function" or module.datasets or spread or not callable(program):
        return True
    return any(normal(one) in INJECTED for one in hints_of(program).values())
