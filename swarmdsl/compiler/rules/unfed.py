"""SW219: a handler that nothing feeds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.gives import gives
from swarmdsl.compiler.rules.flow import is_judged
from swarmdsl.dsl.span import span_of_def
from swarmdsl.wire.annotations import name_of, normal
from swarmdsl.wire.types import union_of


def check_unfed(draft: Draft) -> Iterator[Diagnostic]:
    """Each handler whose type none of the tasks before yields; not one that takes anything."""
    for alias in draft.graph.daemons:
        bindings = draft.bindings[alias]
        if bindings.problems or not is_judged(draft, alias):
            continue
        fed = {one.port for one in bindings.bound}
        if not fed:  # nothing at all is pushed to it, which a rule of its own tells
            continue
        for port in draft.interfaces[alias].ports:
            if port.name not in fed and normal(port.annotation) is not Any:
                yield _unfed(draft, alias, port.name, name_of(port.annotation))


def _unfed(draft: Draft, alias: str, handler: str, takes: str) -> Diagnostic:
    before = list(draft.graph.predecessors(alias))
    yielded = [
        (name, name_of(union_of(draft.interfaces[name].yields)), draft.edge(name, alias).span)
        for name in before
        if draft.interfaces[name].yields
    ]
    given = ", ".join(f"{name} {gives(draft.interfaces[name])} {what}" for name, what, _ in yielded)
    code = getattr(draft.module(alias).python_program, handler).__code__
    return finding(
        "SW219",
        f"nothing is pushed to handler {alias}.{handler}, which takes {takes}; {given}",
        at=span_of_def(code),
        related=[Related(text=f"{name} -> {alias}", span=span) for name, _, span in yielded],
        hint=f"let a task that returns {takes} come before {alias} too, as in "
        f"Task(...)([{before[0]}, other]), or take the handler out",
        path=alias,
    )
