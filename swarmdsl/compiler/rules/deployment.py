"""SW401, SW402: what can be declared, but not be carried out here."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from swarmdsl.compiler.argument import of_module
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.once import once_per_object
from swarmdsl.dsl import Module, Span
from swarmdsl.dsl.module import definition_span
from swarmdsl.dsl.span import span_of_def
from swarmdsl.light.daemon import Daemon, handlers_of

_IN_PYTHON = "nothing to do: its tasks run in this Python environment"
_OUTSIDE: dict[str | None, str] = {
    "program": "install the program on each node: the process engine starts it there"
}


def check_not_carried_out(draft: Draft) -> Iterator[Diagnostic]:
    """SW401: refused, since ignoring it would run something else than what is written."""
    of_module = once_per_object(lambda module: list(_of_module(module)))
    for alias, task in draft.tasks():
        module = draft.module(alias)
        for what, remedy in of_module(module):
            yield finding(
                "SW401",
                f"{alias}: {what} is not supported by this version of swarmdsl",
                at=_defined(module) or task.span,
                related=[Related(text=f"task {alias} is made", span=task.span)],
                hint=remedy,
                path=alias,
            )


def _defined(module: Module) -> Span | None:
    """Where the module's code is written, if it was made there."""
    program = module.python_program
    if module.kind == "function" and callable(program):
        code = getattr(inspect.unwrap(program), "__code__", None)
        return module.span if code is None else span_of_def(code)
    return definition_span(module) if module.kind in {"function", "daemon"} else module.span


def _of_module(module: Module) -> Iterator[tuple[str, str]]:
    for function, word in _functions(module):
        if any(one.kind is one.POSITIONAL_ONLY for one in _parameters(function)):
            yield f"{word} positional-only parameters", "take the `/` out of its parameters"


def _functions(module: Module) -> list[tuple[Any, str]]:
    """What is called, and how a message speaks of it."""
    program = module.python_program
    if module.kind == "daemon":
        assert isinstance(program, type)
        assert issubclass(program, Daemon)
        return [(one, f"handler {one.__name__} with") for one in handlers_of(program)]
    return [(program, "a function with")] if module.kind == "function" else []


def _parameters(function: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # written in C, without a signature
        return []


def check_images(draft: Draft) -> Iterator[Diagnostic]:
    """SW402: an image is for container engines."""
    for _, module in draft.modules():
        if module.image is not None and module.kind != "image":
            yield finding(
                "SW402",
                f"module {module.name} names image {module.image!r}, "
                "which the process engine does not use",
                at=module.span,
                steps=of_module("image"),
                hint=_OUTSIDE.get(module.kind, _IN_PYTHON),
            )
