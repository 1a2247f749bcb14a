"""SW215, SW216: the packages that a module requires."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from swarmdsl.compiler.argument import of_module
from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.requirements import Unmet, Unreadable, problems_of
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.dsl import Module

_SINGLE = re.compile(r"(?<![=<>!~])=(?!=)")


def check_requirements(draft: Draft) -> Iterator[Diagnostic]:
    """Each requirement of each module, however many tasks the module has."""
    modules = {
        id(draft.module(alias)): draft.module(alias)
        for alias in draft.graph
        if draft.module(alias).requirements and is_well_declared(draft, alias)
    }
    for module in modules.values():
        for problem in problems_of(list(module.requirements or ())):
            match problem:
                case Unreadable():
                    yield _unreadable(module, problem)
                case Unmet():
                    yield _unmet(module, problem)


def _unreadable(module: Module, problem: Unreadable) -> Diagnostic:
    near = _SINGLE.sub("==", problem.written)
    right = f"did you mean {near!r}?" if near != problem.written else ""
    return finding(
        "SW215",
        f"module {module.name} requires {problem.written!r}, which cannot be read",
        at=module.span,
        steps=of_module("requirements", problem.written),
        hint=right or "write it as pip takes it: 'numpy', 'numpy>=1.26' or 'pandas[excel]'",
    )


def _unmet(module: Module, problem: Unmet) -> Diagnostic:
    what = repr(problem.written)
    if problem.needed != problem.written:
        what += f", so {problem.needed!r}"
    there = (
        "which is not installed here"
        if problem.installed is None
        else f"but version {problem.installed} is installed here"
    )
    install = f"pip install {shlex.quote(problem.needed)}"
    return finding(
        "SW216",
        f"module {module.name} requires {what}, {there}",
        at=module.span,
        steps=of_module("requirements", problem.written),
        hint=f"{problem.near} else run: {install}" if problem.near else f"run: {install}",
    )
