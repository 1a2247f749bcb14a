"""SW115: a task that begins when its source has ended, which that never does by itself."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.endless import STOP
from swarmdsl.compiler.unending import PRODUCE, never_ends
from swarmdsl.dsl import Condition
from swarmdsl.dsl.module import definition_span
from swarmdsl.light.daemon import Daemon

_WAIT = ("function", "script")
"""The kinds of modules that begin when all that feeds them has ended."""


def check_unending(draft: Draft) -> Iterator[Diagnostic]:
    """Each such pair of tasks, unless something in the swarm stops the run."""
    if any(STOP.encode() in one.data for one in draft.bundles.values()):
        return
    for alias, module in draft.modules():
        source = module.python_program
        if not (module.kind == "daemon" and _is_source(draft, alias) and _lasts(source)):
            continue
        for other in draft.graph.successors(alias):
            if draft.module(other).kind in _WAIT and _waits(draft, alias, other):
                yield _told(draft, alias, other)


def _is_source(draft: Draft, alias: str) -> bool:
    return not any(True for _ in draft.graph.predecessors(alias))


def _lasts(program: object) -> bool:
    return isinstance(program, type) and issubclass(program, Daemon) and never_ends(program)


def _waits(draft: Draft, alias: str, other: str) -> bool:
    """Whether the edge brings all at once, and not one result after the other."""
    return draft.edge(alias, other).condition is not Condition.RESULT


def _told(draft: Draft, alias: str, other: str) -> Diagnostic:
    module = draft.module(alias)
    is_produced = hasattr(module.python_program, PRODUCE)
    ends = "let produce() come to an end" if is_produced else "let a timer call self.finish()"
    return finding(
        "SW115",
        f"{other} begins when {alias} has ended, which it never does by itself",
        at=draft.edge(alias, other).span,
        related=[Related(text=f"{alias} goes on and on", span=definition_span(module))],
        hint=f"{ends} when there is no more, or make {other} a daemon module, which handles each "
        "push as it comes; nothing is wrong if you mean to stop the run, and then have it all",
        path=f"{alias} -> {other}",
    )
