"""From bindings to links: typed and directed, in an order that gives each its number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from swarmdsl.compiler.bindings import Binding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.interface import Interface
from swarmdsl.compiler.place import is_multiple
from swarmdsl.dsl import Edge
from swarmdsl.topology.model import RUN, DataType, LinkSpec
from swarmdsl.wire.annotations import Annotation
from swarmdsl.wire.types import describe, union_of


def link(draft: Draft) -> Draft:
    """Every link: into each task in graph order, then from the last tasks to the run."""
    inner = [one for alias in draft.graph for one in _into(draft, alias)]
    outer = [_to_run(draft, alias) for alias in draft.sinks()]
    return replace(draft, links=(*inner, *outer))


def _into(draft: Draft, alias: str) -> Iterator[LinkSpec]:
    bindings = draft.bindings[alias]
    each = draft.module(alias).kind == "daemon"
    into: defaultdict[str, list[LinkSpec]] = defaultdict(list)
    known: dict[int, list[DataType]] = {}  # sources of one module share their tuple of types
    for binding in bindings.bound:
        if id(binding.members) not in known:
            known[id(binding.members)] = _types(binding, each_member=each)
        into[binding.source.alias] += [
            _link(binding, alias, one) for one in known[id(binding.members)]
        ]
    for source in bindings.controls:
        into[source.alias].append(control(source.alias, alias))
    for name in draft.graph.predecessors(alias):
        edge = draft.edges(name, alias)[0]
        yield from (with_terms(one, edge) for one in into[name])


def _types(binding: Binding, *, each_member: bool) -> list[DataType]:
    """All that the source yields as one type; or one by one, where types part their ways."""
    whole = not each_member and len(binding.members) >= len(binding.source.yields)
    return [describe(one) for one in ([union_of(binding.members)] if whole else binding.members)]


def _link(binding: Binding, destination: str, carried: DataType) -> LinkSpec:
    return LinkSpec(
        source=binding.source.alias,
        destination=destination,
        port=binding.port,
        gather=binding.gather,
        type=carried,
    )


def control(source: str, destination: str) -> LinkSpec:
    """A link that carries no values, only that its source is done."""
    return LinkSpec(source=source, destination=destination, port=None, gather=False, type=None)


def with_terms(spec: LinkSpec, edge: Edge) -> LinkSpec:
    """The link with what its edge says of how pushes travel."""
    timeout_s = edge.response_timeout
    return replace(
        spec,
        delivery=edge.delivery or spec.delivery,
        overflow=edge.overflow or spec.overflow,
        response_timeout_s=None if timeout_s is None else float(timeout_s),
    )


def _to_run(draft: Draft, alias: str) -> LinkSpec:
    interface = draft.interfaces[alias]
    if not interface.yields:
        return control(alias, RUN)
    return LinkSpec(
        source=alias,
        destination=RUN,
        port=alias,
        gather=is_multiple(draft.task(alias)) or interface.stream,
        type=describe(pushed_type(interface)),
    )


def pushed_type(interface: Interface) -> Annotation:
    """The type of one push, as one annotation; None if nothing is pushed."""
    return union_of(interface.yields) if interface.yields else None
