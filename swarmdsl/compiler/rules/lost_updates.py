"""SW322: instances that each set a global from what they have read of it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from swarmdsl.compiler.bundle import script_file
from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.eligible import eligible
from swarmdsl.compiler.lost_updates import ATTRIBUTE, CLASS, updates_in
from swarmdsl.compiler.place import count_of, is_multiple
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.dsl import Module, Span


def check_lost_updates(draft: Draft) -> Iterator[Diagnostic]:
    """Each such line in the code of a task that several nodes run."""
    told: set[Span | None] = set()
    for alias in draft.graph:
        if not _may_update(draft, alias):
            continue
        number = _instances(draft, alias)
        for at, target in _updates(draft, draft.module(alias)) if number > 1 else ():
            if at not in told:
                told.add(at)
                yield _lost(alias, number, at, target)


def _may_update(draft: Draft, alias: str) -> bool:
    """What costs little, asked first: whether the code speaks of globals at all."""
    if not is_well_declared(draft, alias) or not is_multiple(draft.task(alias)):
        return False
    bundle = draft.bundles.get(alias)
    words = (ATTRIBUTE.encode(), CLASS.encode())
    return bundle is not None and any(word in bundle.data for word in words)


def _instances(draft: Draft, alias: str) -> int:
    task = draft.task(alias)
    nodes, _ = eligible(task, draft.module(alias), draft.inventory)
    return count_of(task, len(nodes)) if nodes else 0


def _lost(alias: str, number: int, at: Span | None, target: str) -> Diagnostic:
    return finding(
        "SW322",
        f"{alias} runs on {number} nodes, and each reads {target} and sets it anew: what another "
        "one sets in between is lost",
        at=at,
        hint="return the value, and let one task that comes after all of them set the global; or "
        "add a result, of which none is lost: world.results.add(tag, value)",
        path=alias,
    )


def _updates(draft: Draft, module: Module) -> Iterator[tuple[Span | None, str]]:
    """Where, and what is set, in the code of a module."""
    program: Any = module.python_program
    if module.kind == "script" and "\n" in str(program):
        yield from ((module.span, one.target) for one in updates_in(ast.parse(str(program))))
    elif module.kind == "script":
        file = script_file(module)
        for one in updates_in(ast.parse(draft.read(file))):
            yield _line(str(file), one.line), one.target
    elif module.kind in {"function", "daemon"}:
        yield from _updates_of(inspect.unwrap(program))


def _updates_of(defined: Any) -> Iterator[tuple[Span | None, str]]:
    try:
        lines, first = inspect.getsourcelines(defined)
        tree = ast.parse(textwrap.dedent("".join(lines)))
        file = inspect.getsourcefile(defined)
    except (OSError, TypeError, SyntaxError):  # of a shell, of C, or cut out of a larger line
        return
    for one in updates_in(tree):
        yield _line(str(file), max(first, 1) + one.line - 1), one.target


def _line(file: str, line: int) -> Span:
    return Span(file=file, line=line, end_line=line)
