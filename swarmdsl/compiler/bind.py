"""Which parameter or handler each source of a task reaches: by name, else by type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.interface import Interface, Port
from swarmdsl.compiler.place import is_multiple
from swarmdsl.wire.annotations import Annotation, normal
from swarmdsl.wire.types import accepts, describe, element_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One task that comes before, as a binding sees it."""

    alias: str
    interface: Interface
    several: bool

    @property
    def yields(self) -> tuple[Annotation, ...]:
        """The types of its pushes, without None."""
        return self.interface.yields


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A source's way into a port; `members` are the types of it that go there."""

    source: Source
    port: str
    gather: bool
    members: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Nothing that a source yields fits the port (or any port, if there is no name)."""

    source: Source
    port: Port | None
    gather: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """A source fits several ports equally well."""

    source: Source
    ports: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbound:
    """A required parameter that nothing supplies."""

    port: Port


Problem = Misfit | Ambiguous | Unbound


@dataclass(slots=True)
class Bindings:
    """All bindings of one task, the sources that only order it, and what is wrong."""

    bound: list[Binding] = field(default_factory=list)
    controls: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def bind(draft: Draft, alias: str) -> Bindings:
    """How the sources of a task reach it."""
    found = Bindings()
    sources = [_source(draft, name) for name in draft.graph.predecessors(alias)]
    interface = draft.interfaces[alias]
    found.controls = [one for one in sources if not one.yields]
    data = [one for one in sources if one.yields]
    if interface.open:
        found.bound = [_to_script(source) for source in data]
    elif draft.module(alias).kind == "daemon":
        _to_daemon(found, interface, data)
    else:
        _to_function(found, interface, data, draft.inputs(alias))
    return found


def _source(draft: Draft, alias: str) -> Source:
    interface = draft.interfaces[alias]
    several = is_multiple(draft.task(alias)) or interface.stream
    return Source(alias=alias, interface=interface, several=several)


def _to_script(source: Source) -> Binding:
    return Binding(source=source, port=source.alias, gather=source.several, members=(Any,))


# ------------------------------------------------------------------------------------- daemons


def _to_daemon(found: Bindings, interface: Interface, sources: Sequence[Source]) -> None:
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


# ----------------------------------------------------------------------------------- functions


def _to_function(
    found: Bindings, interface: Interface, sources: Sequence[Source], inputs: Mapping[str, Any]
) -> None:
    ports = {port.name: port for port in interface.ports if port.name not in inputs}
    if not ports:  # it takes nothing: whatever comes before it only orders it
        found.controls += sources
        return
    chosen = _chosen(found, ports, sources)
    for name, bound in chosen.items():
        gather = len(bound) > 1 or any(source.several for source in bound)
        found_here = [_to_port(ports[name], source, gather) for source in bound]
        found.bound += [one for one in found_here if isinstance(one, Binding)]
        found.problems += [one for one in found_here if isinstance(one, Misfit)]
    if not any(isinstance(one, Misfit | Ambiguous) for one in found.problems):
        found.problems += [
            Unbound(port=port)
            for name, port in ports.items()
            if port.required and name not in chosen
        ]


def _chosen(
    found: Bindings, ports: Mapping[str, Port], sources: Sequence[Source]
) -> dict[str, list[Source]]:
    """The sources of each port, in declaration order of both."""
    choice: dict[str, str] = {one.alias: one.alias for one in sources if one.alias in ports}
    free = {name: port for name, port in ports.items() if name not in choice}
    best = {one.alias: _best(free, one) for one in sources if one.alias not in choice}
    choice |= {alias: names[0] for alias, names in best.items() if len(names) == 1}
    taken = set(choice.values())
    for source in sources:
        names = best.get(source.alias, [])
        left = [name for name in names if name not in taken]
        if len(names) > 1 and len(left) == 1:
            choice[source.alias] = left[0]
            taken.add(left[0])
        elif len(names) > 1:
            found.problems.append(Ambiguous(source=source, ports=tuple(names)))
        elif source.alias not in choice:
            port = next(iter(free.values())) if len(free) == 1 else None
            found.problems.append(Misfit(source=source, port=port, gather=source.several))
    return {
        name: bound
        for name in ports
        if (bound := [one for one in sources if choice.get(one.alias) == name])
    }


def _best(ports: Mapping[str, Port], source: Source) -> list[str]:
    """The ports that fit a source best: the same type, else one that accepts it, else any.

    Of those that fit equally well, the ones that must be supplied.
    """
    ranks = {name: _rank(port, source) for name, port in ports.items()}
    top = max(ranks.values(), default=0)
    best = [name for name, rank in ranks.items() if rank == top and rank]
    return [name for name in best if ports[name].required] or best


def _rank(port: Port, source: Source) -> int:
    if normal(port.annotation) is Any:
        return 1
    return max(
        _rank_as(part, member) for part in _readings(port.annotation) for member in source.yields
    )


def _rank_as(wanted: Annotation, member: Annotation) -> int:
    if normal(wanted) is Any or normal(member) is Any:
        return 1
    if not accepts(member, wanted):
        return 0
    return 3 if describe(member).fingerprint == describe(wanted).fingerprint else 2


def _readings(annotation: Annotation) -> Iterator[Annotation]:
    """A parameter may take one value, or gather: what it is, and what it is made of."""
    yield annotation
    element = _gathered(annotation)
    if element is not None:
        yield element


def _gathered(annotation: Annotation) -> Annotation | None:
    """What a parameter gathers; None unless it can take a list."""
    return element_of(annotation) if accepts(list, annotation) else None


def _to_port(port: Port, source: Source, gather: bool) -> Binding | Misfit:
    wanted = port.annotation
    if gather and normal(wanted) is not Any:
        wanted = _gathered(wanted)
        if wanted is None:
            return Misfit(source=source, port=port, gather=gather)
    members = tuple(member for member in source.yields if accepts(member, wanted))
    if not members:
        return Misfit(source=source, port=port, gather=gather)
    return Binding(source=source, port=port.name, gather=gather, members=members)
