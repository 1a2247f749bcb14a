"""The third pass: which parameter or handler each source of a task reaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from swarmdsl.compiler.bind_alike import Alike
from swarmdsl.compiler.bindings import Ambiguous, Binding, Bindings, Misfit, Source
from swarmdsl.compiler.draft import Draft, LoopEdge
from swarmdsl.compiler.interface import Interface, Port
from swarmdsl.compiler.multiplicity import is_each, is_stream, pushes_many
from swarmdsl.compiler.place import is_multiple
from swarmdsl.dsl import Edge
from swarmdsl.topology.garbage import collection_paused
from swarmdsl.wire.annotations import Annotation, normal
from swarmdsl.wire.types import accepts


@collection_paused()
def bind(draft: Draft) -> Draft:
    """Bind the sources of every task; the rules judge what came of it."""
    sources, alike, loops = _Sources(draft), Alike(), draft.loops_by_destination()
    return replace(
        draft,
        bindings={
            alias: _bindings(draft, alias, sources, alike, loops.get(alias, ()))
            for alias in draft.graph
        },
    )


def _bindings(
    draft: Draft, alias: str, sources: _Sources, alike: Alike, into: Sequence[LoopEdge]
) -> Bindings:
    before = [sources.along(name, edge) for name, edge in draft.edges_into(alias)]
    interface = draft.interfaces[alias]
    found = Bindings(controls=[one for one in before if not one.yields])
    data = [one for one in before if one.yields]
    loops = [_loop_source(draft, loop.source) for loop in into]
    loops = [one for one in loops if one.yields]
    if interface.open:
        _bind_open(found, interface, [*data, *loops])
    elif draft.module(alias).kind == "daemon":
        _bind_daemon(found, interface, data)
    else:
        alike.bind(found, interface, data, draft.inputs(alias), loops)
    return found


class _Sources:
    """The tasks as sources: each is made once, however many tasks come after it."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._made: dict[tuple[str, bool, bool], Source] = {}
        edges = draft.all_edges()
        self._per_result = {end for _, end, (edge, *_) in edges if is_each(edge)}

    def along(self, alias: str, edge: Edge) -> Source:
        """The task as the source of an edge."""
        kind = (alias, edge.policy == "pair", is_each(edge))
        if kind not in self._made:
            self._made[kind] = self._source(*kind)
        return self._made[kind]

    def _source(self, alias: str, pair: bool, each: bool) -> Source:
        interface = self._draft.interfaces[alias]
        stream = interface.stream or alias in self._per_result
        # A pair joins one instance to one, however many pairs there are.
        several = stream if pair else stream or is_multiple(self._draft.task(alias))
        return Source(
            alias=alias,
            interface=interface,
            several=several and not each,
            stream=stream,
            each=each,
        )


def _loop_source(draft: Draft, alias: str) -> Source:
    return Source(
        alias=alias,
        interface=draft.interfaces[alias],
        several=pushes_many(draft, alias),
        stream=is_stream(draft, alias),
        loop=True,
    )


def _to_script(source: Source) -> Binding:
    return Binding(source=source, port=source.alias, gather=source.several, members=(Any,))


def _bind_open(found: Bindings, interface: Interface, sources: Sequence[Source]) -> None:
    """To what takes anything, or to a program that says what it takes."""
    for source in sources:
        binding = _to_script(source)
        for port in interface.ports:
            members = tuple(one for one in source.yields if accepts(one, port.annotation))
            binding = binding._replace(members=members)
        if binding.members:
            found.bound.append(binding)
        else:
            found.problems.append(Misfit(source=source, port=None, gather=False))


def _bind_daemon(found: Bindings, interface: Interface, sources: Sequence[Source]) -> None:
    for source in sources:
        chosen: dict[str, list[Annotation]] = {}
        for member in source.yields:
            best = _most_specific(interface.ports, member)
            if len(best) > 1:
                names = tuple(port.name for port in best)
                found.problems.append(Ambiguous(source=source, ports=names))
            for port in best[:1]:
                chosen.setdefault(port.name, []).append(member)
        if not chosen:
            found.problems.append(Misfit(source=source, port=None, gather=False))
        found.bound += [
            Binding(source=source, port=name, gather=False, members=tuple(members))
            for name, members in chosen.items()
        ]


def _most_specific(ports: Iterable[Port], member: Annotation) -> list[Port]:
    """The handlers of a type that no other such handler is narrower than."""
    taking = [port for port in ports if accepts(member, port.annotation)]
    return [
        port
        for port in taking
        if not any(_narrower(other.annotation, port.annotation) for other in taking)
    ]


def _narrower(one: Annotation, other: Annotation) -> bool:
    if normal(other) is Any:
        return normal(one) is not Any
    return normal(one) is not Any and accepts(one, other) and not accepts(other, one)
