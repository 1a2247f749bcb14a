"""SW205, SW206: values that are fixed at compile time, `inputs=` and globals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from swarmdsl.compiler.argument import Steps, of_global, of_task
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.emit import is_plain
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.dsl import Span
from swarmdsl.dsl.module import definition_span
from swarmdsl.errors import EncodeError
from swarmdsl.wire.annotations import name_of, normal
from swarmdsl.wire.codec import encode_constant
from swarmdsl.wire.types import matches

_REMEDIES = {
    "function": "name one of its parameters, or take it out of inputs=",
    "daemon": "a daemon takes no constants: give its class attributes",
    "script": "a script takes no constants: use self.set_global(), and read world.globals",
    "program": "a program takes no constants: make them arguments of its command=",
    "image": "an image takes no constants: let it come after a task that pushes them",
}


def check_inputs(draft: Draft) -> Iterator[Diagnostic]:
    """Each constant must have a parameter, its type, and a form in which it can travel."""
    for alias in draft.graph:
        inputs = draft.inputs(alias)
        if inputs and alias in draft.bundles and is_well_declared(draft, alias):
            for name, value in inputs.items():
                yield from _input(draft, alias, name, value)


def _input(draft: Draft, alias: str, name: str, value: Any) -> Iterator[Diagnostic]:
    task, kind = draft.task(alias), draft.module(alias).kind
    ports = (
        {}
        if kind in {"daemon", "program", "image"}
        else {one.name: one for one in draft.interfaces[alias].ports}
    )
    defined = definition_span(draft.module(alias))
    if name not in ports:
        takes = ", ".join(ports) or "no inputs"
        yield finding(
            "SW206",
            f"{alias} is given {name!r}, but takes {takes}",
            at=task.span,
            steps=of_task("inputs", name),
            related=[Related(text=alias, span=defined)],
            hint=did_you_mean(name, list(ports)) or _REMEDIES[kind or "function"],
            path=alias,
        )
    elif not matches(normal(ports[name].annotation), value):
        yield finding(
            "SW201",
            f"{alias} is given {name}={shown(value)}, "
            f"but takes {name}: {name_of(ports[name].annotation)}",
            at=task.span,
            steps=of_task("inputs", name),
            related=[Related(text=alias, span=defined)],
            hint="give a value of the annotated type",
            path=alias,
        )
    else:
        what = f"{alias} is given {name}={shown(value)}"
        yield from _packed(what, value, task.span, of_task("inputs", name), alias)


def check_globals(draft: Draft) -> Iterator[Diagnostic]:
    """Each global must have a form in which it can travel."""
    for tag, value in draft.swarm.globals.items():
        at = draft.swarm.global_spans.get(tag)
        yield from _packed(f"global {tag!r} is {shown(value)}", value, at, of_global("value"))


def _packed(
    what: str, value: Any, at: Span | None, steps: Steps, path: str = ""
) -> Iterator[Diagnostic]:
    if is_plain(value):
        return
    try:
        encode_constant(value)
    except EncodeError as problem:
        yield finding(
            "SW205",
            f"{what}, which cannot travel: {problem.problem}",
            at=at,
            steps=steps,
            hint=_travels(value),
            path=path,
        )


def _travels(value: Any) -> str:
    """What to give in the place of a value that cannot travel."""
    if isinstance(value, PurePath):
        return f"give a text, {str(value)!r}, and make it a Path inside the task"
    return (
        "use numbers, texts, lists, dicts, arrays or dataclasses of these; "
        "what has a handle on this machine (files, sockets, locks) is made inside the task"
    )
