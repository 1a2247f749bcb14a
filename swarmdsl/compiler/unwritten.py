"""Swarms that say nothing: classes without `execute()`, where it may be misspelt."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any, TypeGuard

from swarmdsl.compiler import report
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.dsl import Span, Swarm
from swarmdsl.dsl.span import span_of_class, span_of_def_name
from swarmdsl.errors import TargetError

_LIKENESS = 0.75  # `exectue`, `Execute`, `_execute`; not `exclude`


def unwritten_in(module: ModuleType) -> list[type[Swarm]]:
    """The swarms of a module without `execute()` that no other class of it is made from."""
    own = [value for value in vars(module).values() if _is_own(value, module)]
    return [
        one
        for one in dict.fromkeys(own)
        if is_unwritten(one)
        and not any(other is not one and issubclass(other, one) for other in own)
    ]


def misspelt_in(module: ModuleType) -> list[type[Swarm]]:
    """Those of them that have a method whose name is nearly `execute`."""
    return [one for one in unwritten_in(module) if _meant(one)]


def is_unwritten(value: Any) -> TypeGuard[type[Swarm]]:
    """Whether it is a swarm that neither defines `execute()` nor inherits it."""
    return (
        inspect.isclass(value)
        and issubclass(value, Swarm)
        and value.execute is Swarm.execute
        and not inspect.isabstract(value)
    )


def without_execute(target: str, swarm: type[Swarm]) -> TargetError:
    """The error about a target that is such a swarm."""
    place, remedy = _place(swarm), what_to_write(swarm)
    return TargetError(
        target,
        f"{swarm.__name__} has no execute()",
        f"{remedy[:1].upper()}{remedy[1:]}",
        way=place,
        lines=report.way(place),
    )


def what_to_write(swarm: type[Swarm]) -> str:
    """What such a swarm needs."""
    near = _meant(swarm)
    if near:
        return f"its method {near} is never called: did you mean 'execute'?"
    return "define execute(self) in it, and return the last task."


def _is_own(value: Any, module: ModuleType) -> TypeGuard[type]:
    return inspect.isclass(value) and value.__module__ == module.__name__


def _meant(swarm: type[Swarm]) -> str:
    """The method that was to be `execute`; empty if there is none."""
    names = [name for name in dir(swarm) if name not in dir(Swarm)]
    methods = [name for name in names if inspect.isfunction(getattr(swarm, name))]
    near = [one for one in methods if did_you_mean(one.casefold(), ["execute"], likeness=_LIKENESS)]
    return near[0] if near else ""


def _place(swarm: type[Swarm]) -> list[Span]:
    near = _meant(swarm)
    if near:
        return [span_of_def_name(inspect.unwrap(getattr(swarm, near)).__code__)]
    place = span_of_class(swarm)
    return [] if place is None else [place]
