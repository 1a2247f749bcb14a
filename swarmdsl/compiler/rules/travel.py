"""SW209, SW210: whether what is yielded can travel, and be read as what the port takes."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.bindings import Binding
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.interface import Port
from swarmdsl.dsl.module import definition_span
from swarmdsl.errors import DecodeError
from swarmdsl.wire.annotations import Annotation, name_of
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.travel import untravelling
from swarmdsl.wire.types import element_of


def check_readable(draft: Draft) -> Iterator[Diagnostic]:
    """Each port that something is pushed to must be of a type that a push can be read as."""
    for alias in draft.graph:
        ports = {port.name: port for port in draft.interfaces[alias].ports}
        fed = {one.port: one for one in draft.bindings[alias].bound if one.port in ports}
        for name, binding in fed.items():
            yield from _port(draft, alias, ports[name], binding)


def check_sendable(draft: Draft) -> Iterator[Diagnostic]:
    """Each type that a task yields must have a form in which it can travel."""
    for alias in draft.graph:
        if alias not in draft.bundles:
            continue
        stuck = [one for one in map(untravelling, draft.interfaces[alias].yields) if one]
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


def _port(draft: Draft, alias: str, port: Port, binding: Binding) -> Iterator[Diagnostic]:
    wanted = _pushed(port.annotation, gather=binding.gather)
    try:
        Decoder(wanted)
    except DecodeError as problem:
        yield finding(
            "SW209",
            f"{alias} takes {port.name}: {name_of(port.annotation)}, "
            f"but no push can be read as {name_of(wanted)}: {problem.problem}",
            at=draft.task(alias).span,
            related=[Related(text=alias, span=definition_span(draft.module(alias)))],
            hint="take one type per parameter, or receive them in a Daemon with a handler for each",
            path=alias,
        )


def _pushed(annotation: Annotation, *, gather: bool) -> Annotation:
    """The type of one push into a port."""
    element = element_of(annotation) if gather else None
    return annotation if element is None else element
