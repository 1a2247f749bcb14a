"""SW222: functions that yield, and say that they give one value."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.dsl import Module
from swarmdsl.dsl.span import span_of_def
from swarmdsl.light.daemon import pushing_of
from swarmdsl.wire.annotations import Annotation, name_of
from swarmdsl.wire.signatures import misstated, stream_of
from swarmdsl.wire.types import element_of


def check_generators(draft: Draft) -> Iterator[Diagnostic]:
    """Each generator whose annotation is no iterator: what it yields could not be checked."""
    told: set[int] = set()
    for _, module in draft.modules():
        program: Any = module.python_program
        if id(program) in told:
            continue
        told.add(id(program))
        for function in _pushing(module):
            said = misstated(function)
            if said is not None:
                yield _misstated(module, function, said)


def _pushing(module: Module) -> list[Callable[..., Any]]:
    """The functions of a module whose results are pushed."""
    program: Any = module.python_program
    match module.kind:
        case "daemon":
            return pushing_of(program)
        case "function":
            return [program]
        case _:
            return []


def _misstated(module: Module, function: Callable[..., Any], said: Annotation) -> Diagnostic:
    name = function.__name__ if module.kind == "daemon" else ""
    return finding(
        "SW222",
        f"{module.name}{name and f'.{name}'} yields, but says -> {name_of(said)}",
        at=span_of_def(inspect.unwrap(function).__code__),
        hint=_hint(function, said),
    )


def _hint(function: Callable[..., Any], said: Annotation) -> str:
    """What to write: a list may be meant as what is yielded one by one, or as each of these."""
    whole, element = stream_of(function, said), element_of(said)
    each = whole if element is None else stream_of(function, element)
    if each == whole:
        return f"write -> {whole}"
    return f"write -> {each}; or -> {whole}, if each value is such"
