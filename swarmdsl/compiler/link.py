"""From bindings to links: typed and directed, in an order that gives each its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from swarmdsl.compiler.bindings import Bindings
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.interface import Interface
from swarmdsl.compiler.multiplicity import is_each, pushes_many
from swarmdsl.compiler.once import once_per_object
from swarmdsl.dsl import Edge
from swarmdsl.topology.garbage import collection_paused
from swarmdsl.topology.model import RUN, DataType, Key, LinkSpec
from swarmdsl.wire.annotations import Annotation
from swarmdsl.wire.types import describe, union_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand:
    """A link without the names of its ends: `number` is that of its source among those of a task.

    Tasks that are alike have the same strands.
    """

    number: int
    port: str | None = None
    gather: bool = False
    type: str | None = None


@collection_paused()
def link(draft: Draft) -> Draft:
    """Every link: into each task in graph order, then from the last tasks to the run."""
    linker = _Linker(draft)
    inner = [one for alias in draft.graph for one in linker.into(alias)]
    outer = [linker.to_run(alias) for alias in draft.sinks()]
    return replace(draft, links=(*inner, *outer), types=linker.types())


class _Linker:
    """Makes the links of one topology, and keeps the types that they carry."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._names: dict[DataType, str] = {}
        self._taken: set[str] = set()
        self._known: dict[tuple[int, bool], list[Strand]] = {}
        self._pushed = once_per_object(lambda interface: self._type(pushed_type(interface)))
        self._special = {end for _, end in draft.graph.outspoken}
        self._special |= {loop.destination for loop in draft.loops}

    def types(self) -> tuple[DataType, ...]:
        """The types of all links made so far, by name."""
        named = sorted((name, one) for one, name in self._names.items())
        return tuple(replace(one, name=name) for name, one in named)

    def into(self, alias: str) -> list[LinkSpec]:
        """The links into a task: by what it comes after, in graph order, then loops."""
        sources = list(self._draft.graph.into[alias])
        strands = self._strands(alias, self._draft.bindings[alias])
        if alias in self._special:
            sources += [one.source for one in self._draft.loops if one.destination == alias]
            return [self._special_link(one, sources[one.number], alias) for one in strands]
        return [
            LinkSpec(
                source=sources[one.number],
                destination=alias,
                port=one.port,
                gather=one.gather,
                type=one.type,
            )
            for one in strands
        ]

    def to_run(self, alias: str) -> LinkSpec:
        """What a task that nothing comes after pushes to the run."""
        interface = self._draft.interfaces[alias]
        if not interface.yields:
            return LinkSpec(source=alias, destination=RUN, gather=False)
        return LinkSpec(
            source=alias,
            destination=RUN,
            port=alias,
            gather=pushes_many(self._draft, alias),
            type=self._pushed(interface),
        )

    def _strands(self, alias: str, bindings: Bindings) -> list[Strand]:
        each = alias in self._draft.graph.daemons
        key = (id(bindings.ways), each)  # the draft keeps them alive
        strands = self._known.get(key)
        if strands is None:
            made = self._made_strands(bindings, each=each)
            strands = self._known[key] = sorted(made, key=lambda one: one.number)  # stable
        return strands

    def _made_strands(self, bindings: Bindings, *, each: bool) -> Iterator[Strand]:
        sources = bindings.sources_made()
        for number, port, gather, members in bindings.ways.bound:
            for carried in _carried(members, sources[number].interface, each_member=each):
                yield Strand(number=number, port=port, gather=gather, type=self._type(carried))
        for number in bindings.ways.controls:
            yield Strand(number=number)

    def _special_link(self, strand: Strand, source: str, destination: str) -> LinkSpec:
        """A link that a loop, or an edge that says something, has part in."""
        plain = LinkSpec(
            source=source,
            destination=destination,
            port=strand.port,
            gather=strand.gather,
            type=strand.type,
        )
        if strand.number >= len(self._draft.graph.into[destination]):
            return replace(plain, loop=True)
        return plain if strand.port is None else _said(plain, self._draft.edge(source, destination))

    def _type(self, annotation: Annotation) -> str:
        """The name of a type; different types of one name are numbered, the first keeps it."""
        described = describe(annotation)
        name = self._names.get(described)
        if name is None:
            name, number = described.name, 1
            while name in self._taken:
                name, number = f"{described.name}_{number}", number + 1
            self._names[described] = name
            self._taken.add(name)
        return name


def _carried(
    members: tuple[Annotation, ...], interface: Interface, *, each_member: bool
) -> list[Annotation]:
    """All that a source yields as one type; or one by one, where types part their ways."""
    whole = not each_member and len(members) >= len(interface.yields)
    return [union_of(members)] if whole else list(members)


def _said(plain: LinkSpec, edge: Edge) -> LinkSpec:
    """A link with what its edge says of it; the module of a key function is named later."""
    by_field = edge.policy == "key" and not callable(edge.key)
    timeout_s, budget_s = edge.response_timeout, edge.linger
    return replace(
        plain,
        policy=edge.policy,
        key=Key(field=edge.key) if by_field else None,
        condition="result" if is_each(edge) else "finished",
        delivery=edge.delivery or "at_least_once",
        overflow=edge.overflow or "block",
        response_timeout_s=None if timeout_s is None else float(timeout_s),
        wait=edge.wait or "block",
        linger_s=plain.linger_s if budget_s is None else float(budget_s),
    )


def pushed_type(interface: Interface) -> Annotation:
    """The type of one push, as one annotation; None if nothing is pushed."""
    return union_of(interface.yields) if interface.yields else None
