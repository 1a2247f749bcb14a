"""From bindings to links: typed and directed, in an order that gives each its number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace

from swarmdsl.compiler.bindings import Binding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.interface import Interface
from swarmdsl.compiler.multiplicity import is_each, pushes_many
from swarmdsl.compiler.once import once_per_object
from swarmdsl.dsl import Edge
from swarmdsl.topology.garbage import collection_paused
from swarmdsl.topology.model import RUN, DataType, Key, LinkSpec
from swarmdsl.wire.annotations import Annotation
from swarmdsl.wire.types import describe, union_of

TypesOf = Callable[[tuple[Annotation, ...], Interface, bool], list[DataType]]


@collection_paused()
def link(draft: Draft) -> Draft:
    """Every link: into each task in graph order, then from the last tasks to the run."""
    types_of = once_per_object(_types)
    inner = [one for alias in draft.graph for one in _into(draft, alias, types_of)]
    outer = [_to_run(draft, alias) for alias in draft.sinks()]
    return replace(draft, links=(*inner, *outer))


def _into(draft: Draft, alias: str, types_of: TypesOf) -> Iterator[LinkSpec]:
    bindings = draft.bindings[alias]
    each = draft.module(alias).kind == "daemon"
    into: defaultdict[str, list[LinkSpec]] = defaultdict(list)
    loops: list[LinkSpec] = []
    for binding in bindings.bound:
        source = binding.source
        for carried in types_of(binding.members, source.interface, each):
            if source.loop:
                loops.append(_loop(binding, alias, carried))
            else:
                edge = draft.edge(source.alias, alias)
                into[source.alias].append(_link(binding, alias, carried, edge))
    for source in bindings.controls:
        into[source.alias].append(control(source.alias, alias))
    for name in draft.graph.predecessors(alias):
        yield from into[name]
    yield from loops


def _types(
    members: tuple[Annotation, ...], interface: Interface, each_member: bool
) -> list[DataType]:
    """All that a source yields as one type; or one by one, where types part their ways."""
    whole = not each_member and len(members) >= len(interface.yields)
    return [describe(one) for one in ([union_of(members)] if whole else members)]


def _loop(binding: Binding, destination: str, carried: DataType) -> LinkSpec:
    return LinkSpec(
        source=binding.source.alias,
        destination=destination,
        port=binding.port,
        gather=binding.gather,
        type=carried,
        loop=True,
    )


def _link(binding: Binding, destination: str, carried: DataType, edge: Edge) -> LinkSpec:
    """A link with what its edge says of it; the module of a key function is named later."""
    by_field = edge.policy == "key" and not callable(edge.key)
    timeout_s = edge.response_timeout
    return LinkSpec(
        source=binding.source.alias,
        destination=destination,
        port=binding.port,
        gather=binding.gather,
        type=carried,
        policy=edge.policy,
        key=Key(field=edge.key) if by_field else None,
        condition="result" if is_each(edge) else "finished",
        delivery=edge.delivery or "at_least_once",
        overflow=edge.overflow or "block",
        response_timeout_s=None if timeout_s is None else float(timeout_s),
    )


def control(source: str, destination: str) -> LinkSpec:
    """A link that carries no values, only that its source is done."""
    return LinkSpec(source=source, destination=destination, port=None, gather=False, type=None)


def _to_run(draft: Draft, alias: str) -> LinkSpec:
    interface = draft.interfaces[alias]
    if not interface.yields:
        return control(alias, RUN)
    return LinkSpec(
        source=alias,
        destination=RUN,
        port=alias,
        gather=pushes_many(draft, alias),
        type=describe(pushed_type(interface)),
    )


def pushed_type(interface: Interface) -> Annotation:
    """The type of one push, as one annotation; None if nothing is pushed."""
    return union_of(interface.yields) if interface.yields else None
