"""SW209, SW210: whether what is yielded can travel, and be read as what the port takes."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.interface import Interface, Port
from swarmdsl.compiler.once import once_per_object
from swarmdsl.dsl.module import definition_span
from swarmdsl.errors import DecodeError
from swarmdsl.wire.annotations import Annotation, name_of
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.travel import untravelling
from swarmdsl.wire.types import element_of
from swarmdsl.wire.unreadable import unreadable


def check_readable(draft: Draft) -> Iterator[Diagnostic]:
    """Each port that something is pushed to must be of a type that a push can be read as."""
    problem_of, stuck_of = once_per_object(_problem), once_per_object(_stuck)
    for alias, bindings in draft.bindings.items():
        # What cannot be sent is told where it is yielded.
        fed = {one.port: one for one in bindings.bound if not stuck_of(one.source.interface)}
        for port in draft.interfaces[alias].ports:
            if port.name in fed:
                gather = fed[port.name].gather
                problem = problem_of(port.annotation, gather)
                if problem:
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
                f"{alias} yields {names}, which cannot travel to another process",
                at=draft.task(alias).span,
                related=[Related(text=alias, span=definition_span(draft.module(alias)))],
                hint="yield plain types, numpy arrays, dataclasses or models of these: "
                "str(path) instead of a Path, a dataclass instead of a plain class",
                path=alias,
            )


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


def _hint(annotation: Annotation) -> str:
    if unreadable(annotation):
        return "take plain types, numpy arrays, or dataclasses and models of them, as they arrive"
    return "take one type per parameter, or receive them in a Daemon with a handler for each"


def _pushed(annotation: Annotation, *, gather: bool) -> Annotation:
    """The type of one push into a port."""
    element = element_of(annotation) if gather else None
    return annotation if element is None else element
