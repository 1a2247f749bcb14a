"""The third pass: which parameter or handler each source of a task reaches.

What holds of one task holds of all of its shape, and is worked out once. Of one shape are tasks of
one module with inputs of the same names, whose sources come in the same order, have the same
modules and push alike. The names of the sources do not matter, unless one is that of a parameter.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from swarmdsl.compiler.bind_function import Fits, bind_function
from swarmdsl.compiler.bind_sources import Sources
from swarmdsl.compiler.bindings import (
    Ambiguous,
    Binding,
    Bindings,
    Found,
    Misfit,
    Source,
    Way,
    Ways,
)
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.interface import Interface, Port
from swarmdsl.topology.garbage import collection_paused
from swarmdsl.wire.annotations import Annotation, normal
from swarmdsl.wire.types import accepts


@collection_paused()
def bind(draft: Draft) -> Draft:
    """Bind the sources of every task; the rules judge what came of it."""
    binder = _Binder(draft)
    return replace(draft, bindings={alias: binder.bindings(alias) for alias in draft.graph})


class _Binder:
    """Binds task after task, and remembers the shapes that it has seen."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._sources = Sources(draft)
        self._fits = Fits()
        self._known: dict[Hashable, Ways] = {}
        self._names: dict[int, frozenset[str]] = {}
        self._kinds = _kinds(draft, self._sources)
        self._special = {destination for _, destination in draft.graph.outspoken}
        self._special |= {loop.destination for loop in draft.loops}

    def bindings(self, alias: str) -> Bindings:
        """The bindings of one task."""
        made = partial(self._sources.of, alias)
        into, interface = self._draft.graph.into[alias], self._draft.interfaces[alias]
        inputs = self._draft.inputs(alias)
        if alias in self._special or not self._parameters(interface).isdisjoint(into):
            shape = (id(interface), tuple(inputs), *self._described(interface, made()))
        else:
            shape = (id(interface), tuple(inputs), *map(self._kinds.__getitem__, into))
        ways = self._known.get(shape)
        if ways is None:
            ways = self._worked_out(alias, made())
            if not ways.problems and not interface.open:  # these name their sources
                self._known[shape] = ways
        return Bindings(ways, made)

    def _parameters(self, interface: Interface) -> frozenset[str]:
        names = self._names.get(id(interface))
        if names is None:
            names = self._names[id(interface)] = frozenset(one.name for one in interface.ports)
        return names

    def _described(self, interface: Interface, sources: Sequence[Source]) -> list[Hashable]:
        """All of each source that matters to a task of this interface."""
        names = self._parameters(interface)
        return [
            (
                id(one.interface),
                one.several,
                one.each,
                one.loop,
                one.alias if one.alias in names else None,
            )
            for one in sources
        ]

    def _worked_out(self, alias: str, sources: Sequence[Source]) -> Ways:
        interface, found = self._draft.interfaces[alias], Found()
        before = [one for one in sources if not one.loop]
        found.controls += [one for one in before if not one.yields]
        data = [one for one in before if one.yields]
        loops = [one for one in sources if one.loop and one.yields]
        if interface.open:
            _bind_open(found, interface, [*data, *loops])
        elif alias in self._draft.graph.daemons:
            _bind_daemon(found, interface, data)
        else:
            inputs = self._draft.inputs(alias)
            bind_function(found, interface, data, inputs, self._fits, loops)
        return _numbered(found, sources)


def _kinds(draft: Draft, sources: Sources) -> dict[str, int]:
    """What matters of each task as a source that nothing special is said of, as one number."""
    return {
        alias: 2 * id(interface) + sources.is_several(alias)
        for alias, interface in draft.interfaces.items()
    }


def _numbered(found: Found, sources: Sequence[Source]) -> Ways:
    numbers = {id(one): number for number, one in enumerate(sources)}
    bound = tuple(
        Way(numbers[id(one.source)], one.port, one.gather, one.members) for one in found.bound
    )
    taken = [0] * len(sources)
    for way in bound:
        taken[way.number] += len(way.members)
    return Ways(
        bound=bound,
        controls=tuple(numbers[id(one)] for one in found.controls),
        problems=tuple(found.problems),
        whole=all(count >= len(one.yields) for count, one in zip(taken, sources, strict=True)),
    )


def _to_script(source: Source) -> Binding:
    return Binding(source=source, port=source.alias, gather=source.several, members=(Any,))


def _bind_open(found: Found, interface: Interface, sources: Sequence[Source]) -> None:
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


def _bind_daemon(found: Found, interface: Interface, sources: Sequence[Source]) -> None:
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
