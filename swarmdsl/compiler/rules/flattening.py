"""SW220: a value that arrives as plain data, since its port does not say what it is."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.bindings import Binding
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.gives import gives
from swarmdsl.compiler.interface import Interface, Port
from swarmdsl.compiler.once import once_per_object
from swarmdsl.compiler.rules.flow import is_judged
from swarmdsl.dsl.module import definition_span
from swarmdsl.wire.annotations import name_of
from swarmdsl.wire.flattened import Flattened, flattened
from swarmdsl.wire.types import element_of


def check_flattened(draft: Draft) -> Iterator[Diagnostic]:
    """Each annotated port where a record, say, would arrive as a dict; once for each module."""
    lost, told = once_per_object(_lost), set[tuple[int, int]]()
    for alias, bindings in draft.bindings.items():
        interface = draft.interfaces[alias]
        # A script takes plain data, and a port without annotation is told by SW203.
        ports = {} if interface.open else {one.name: one for one in interface.ports}
        for binding in bindings.bound:
            port, source = ports.get(binding.port), binding.source.interface
            if port is None or not port.annotated or (id(port), id(source)) in told:
                continue
            found = lost(port, source, binding.gather)
            if found is not None and is_judged(draft, alias):
                told.add((id(port), id(source)))
                yield _explained(draft, alias, port, binding, found)


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
