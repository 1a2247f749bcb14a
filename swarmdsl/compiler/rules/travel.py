"""SW209, SW210: whether what is yielded can travel, and be read as what the port takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from swarmdsl.compiler.bindings import Binding
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.gives import gives
from swarmdsl.compiler.interface import Interface, Port
from swarmdsl.compiler.once import once_per_object
from swarmdsl.compiler.sources import is_installed
from swarmdsl.compiler.untyped import untyped_field
from swarmdsl.dsl.module import definition_span
from swarmdsl.errors import DecodeError
from swarmdsl.wire.annotations import Annotation, class_of, name_of, normal
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.travel import untravelling
from swarmdsl.wire.types import element_of
from swarmdsl.wire.unreadable import plain_instead, why_unreadable


def check_readable(draft: Draft) -> Iterator[Diagnostic]:
    """Each port that something is pushed to must be of a type that a push can be read as."""
    known: dict[int, list[tuple[Port, bool, str]]] = {}  # tasks that are alike have the same ways
    stuck_of = once_per_object(_stuck)
    for alias, bindings in draft.bindings.items():
        if id(bindings.ways) not in known:
            # What cannot be sent is told where it is yielded.
            fed = [one for one in bindings.bound if not stuck_of(one.source.interface)]
            known[id(bindings.ways)] = _unread_ports(draft.interfaces[alias], fed)
        for port, gather, problem in known[id(bindings.ways)]:
            yield _unreadable(draft, alias, port, gather, problem)


def check_sendable(draft: Draft) -> Iterator[Diagnostic]:
    """Each type that a task yields must have a form in which it can travel."""
    stuck_of = once_per_object(_stuck)
    for alias, interface in draft.interfaces.items():
        stuck = stuck_of(interface) if alias in draft.bundles else []
        if stuck:
            names = ", ".join(name_of(one) for one in stuck)
            yield finding(
                "SW210",
                f"{alias} {gives(interface)} {names}, which cannot travel to another process",
                at=draft.task(alias).span,
                related=[Related(text=alias, span=definition_span(draft.module(alias)))],
                hint=f"{gives(interface, 2)} plain types, numpy arrays, dataclasses or models of "
                f"these{_for_example(stuck)}",
                path=alias,
            )


def _unread_ports(interface: Interface, bound: Iterable[Binding]) -> list[tuple[Port, bool, str]]:
    """The ports whose pushes cannot be read, whether they gather, and why."""
    fed = {one.port: one.gather for one in bound}
    ports = [port for port in interface.ports if port.name in fed]
    problems = [_problem(port.annotation, fed[port.name]) for port in ports]
    return [
        (port, fed[port.name], problem)
        for port, problem in zip(ports, problems, strict=True)
        if problem
    ]


def _stuck(interface: Interface) -> list[Annotation]:
    return [one for one in map(untravelling, interface.yields) if one]


def _problem(annotation: Annotation, gather: bool) -> str:
    """Why no push can be read as what a port takes; empty if it can."""
    try:
        Decoder(_pushed(annotation, gather=gather))
    except DecodeError as problem:
        return problem.problem
    return ""


def _unreadable(draft: Draft, alias: str, port: Port, gather: bool, problem: str) -> Diagnostic:
    wanted = name_of(_pushed(port.annotation, gather=gather))
    return finding(
        "SW209",
        f"{alias} takes {port.name}: {name_of(port.annotation)}, "
        f"but no push can be read as {wanted}: {problem}",
        at=draft.task(alias).span,
        related=[Related(text=alias, span=definition_span(draft.module(alias)))],
        hint=_hint(_pushed(port.annotation, gather=gather)),
        path=alias,
    )


def _for_example(stuck: Iterable[Annotation]) -> str:
    """What could be in the place of what cannot travel, behind a colon; empty if nobody knows."""
    instead = [one for one in map(_sendable, map(class_of, map(normal, stuck))) if one]
    return f": {', '.join(dict.fromkeys(instead))}" if instead else ""


def _sendable(outer: type | None) -> str:
    if outer is None:
        return ""
    if issubclass(outer, PurePath):
        return "str(path) instead of a Path"
    if issubclass(outer, deque):
        return "a list instead of a deque"
    if "complex" in {one.__name__ for one in outer.__mro__}:
        return "[number.real, number.imag] instead of a complex number, or an array of them"
    return "" if is_installed(outer.__module__) else "a dataclass instead of a plain class"


def _hint(annotation: Annotation) -> str:
    wrong = untyped_field(annotation)
    if wrong is not None:
        record, field = wrong
        return (
            f"the annotation of {record}.{field.parameter} says {field.shown}, which is "
            f"{field.kind} and no type: {field.remedy}"
        )
    reason = why_unreadable(annotation)
    plain = None if reason is None else plain_instead(reason.part)
    if reason is not None and plain is not None:
        return f"take {name_of(plain)} in the place of {name_of(reason.part)}: it is what arrives"
    if reason is not None:
        return "take plain types, numpy arrays, or dataclasses and models of them, as they arrive"
    return "take one type per parameter, or receive them in a Daemon with a handler for each"


def _pushed(annotation: Annotation, *, gather: bool) -> Annotation:
    """The type of one push into a port."""
    element = element_of(annotation) if gather else None
    return annotation if element is None else element
