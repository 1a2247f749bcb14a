"""SW401, SW402: what can be declared, but not be carried out here."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.once import once_per_object
from swarmdsl.compiler.place import limit_of
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.dsl import Module, Task
from swarmdsl.light.daemon import Daemon, handlers_of


def check_not_carried_out(draft: Draft) -> Iterator[Diagnostic]:
    """SW401: refused, since ignoring it would run something else than what is written."""
    of_module = once_per_object(_of_module)
    for (alias, task), (_, module) in zip(draft.tasks(), draft.modules(), strict=True):
        for what, remedy in (*_of_task(draft, alias, task), *of_module(module)):
            yield finding(
                "SW401",
                f"{alias} asks for {what}, which this version does not carry out",
                at=task.span,
                hint=remedy,
                path=alias,
            )


def _of_task(draft: Draft, alias: str, task: Task) -> Iterator[tuple[str, str]]:
    if is_well_declared(draft, alias) and task.method == "any" and _tries(limit_of(task)):
        number = task.maximum
        yield (
            f"up to {number} nodes, one after another, if it fails (any, maximum={number})",
            "take maximum= out; to run on several nodes at once say method='maximum'",
        )
    if task.gpu:
        yield "a GPU (gpu=True)", "take gpu= out, and name the nodes that have one: specified_ids="


def _of_module(module: Module) -> list[tuple[str, str]]:
    return [*_of_code(module), *_of_needs(module)]


def _of_code(module: Module) -> Iterator[tuple[str, str]]:
    for function, word in _functions(module):
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            yield f"{word} `async def`", "write it with `def`, and call asyncio.run() inside it"
        if any(one.kind is one.POSITIONAL_ONLY for one in _parameters(function)):
            yield f"{word} positional-only parameters", "take the `/` out of its signature"


def _of_needs(module: Module) -> Iterator[tuple[str, str]]:
    if module.requirements:
        yield (
            f"requirements {list(module.requirements)!r}",
            "take requirements= out, and install them where the swarm runs",
        )
    if module.resources:
        yield f"resources {module.resources!r}", "take resources= out"


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


def _tries(maximum: Any) -> bool:
    return type(maximum) is int and maximum > 1


def check_images(draft: Draft) -> Iterator[Diagnostic]:
    """SW402: an image is for container engines."""
    for _, module in draft.modules():
        if module.image is not None and module.kind not in {"program", "image"}:
            yield finding(
                "SW402",
                f"module {module.name} names image {module.image!r}, "
                "which the process engine does not use",
                at=module.span,
                hint="nothing to do: its tasks run in this Python environment",
            )
