"""SW220: a value that arrives as plain data, since its port does not say what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from swarmdsl.compiler.bindings import Binding
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.gives import gives
from swarmdsl.compiler.interface import Interface, Port
from swarmdsl.compiler.rules.flow import is_judged
from swarmdsl.dsl.module import definition_span
from swarmdsl.wire.annotations import name_of
from swarmdsl.wire.flattened import Flattened, flattened
from swarmdsl.wire.types import element_of


def check_flattened(draft: Draft) -> Iterator[Diagnostic]:
    """Each annotated port where a record, say, would arrive as a dict; once for each module."""
    told: set[tuple[int, int]] = set()
    whole: set[int] = set()  # tasks that are alike have the same ways
    for alias, bindings in draft.bindings.items():
        if id(bindings.ways) in whole:
            continue
        flat = _flattened(draft.interfaces[alias], bindings.bound)
        if not flat:
            whole.add(id(bindings.ways))
        for port, binding, found in flat:
            cause = id(port), id(binding.source.interface)
            if cause not in told and is_judged(draft, alias):
                told.add(cause)
                yield _explained(draft, alias, port, binding, found)


def _flattened(
    interface: Interface, bound: Iterable[Binding]
) -> list[tuple[Port, Binding, Flattened]]:
    """The bindings whose values lose something; a script takes plain data.

    A port without annotation is told by SW203.
    """
    ports = {} if interface.open else {one.name: one for one in interface.ports if one.annotated}
    lost = [
        (ports[one.port], one, _lost(ports[one.port], one.source.interface, one.gather))
        for one in bound
        if one.port in ports
    ]
    return [(port, one, found) for port, one, found in lost if found is not None]


def _lost(port: Port, source: Interface, gather: bool) -> Flattened | None:
    element = element_of(port.annotation) if gather else None
    wanted = port.annotation if element is None else element
    each = (flattened(one, wanted) for one in source.yields)
    return next((one for one in each if one is not None), None)


def _explained(
    draft: Draft, alias: str, port: Port, binding: Binding, found: Flattened
) -> Diagnostic:
    source, part = binding.source.alias, name_of(found.part)
    return finding(
        "SW220",
        f"{source} {gives(binding.source.interface)} {name_of(found.part)}, and {alias} takes "
        f"{port.name}: {name_of(port.annotation)}, so it arrives there as {found.arrives}",
        at=draft.task(alias).span,
        related=[Related(text=alias, span=definition_span(draft.module(alias)))],
        hint=f"name {part} in the annotation of {port.name}, if it is to arrive as one",
        path=f"{source} -> {alias}",
    )
