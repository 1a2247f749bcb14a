"""Binding the parameters of a function: by the name of the source, else by type.

A source is bound to the parameter that has its alias as name. Any other goes to the one that fits
it best: a parameter of the same type before one that merely accepts it, one that takes a value the
way it comes (alone, or gathered) before one that does not, and anything before `Any`. Of those that
fit equally well, the ones without a default are meant; and of these, the one that is left over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from swarmdsl.compiler.bindings import Ambiguous, Binding, Bindings, Misfit, Source, Unbound
from swarmdsl.compiler.interface import Interface, Port
from swarmdsl.wire.annotations import Annotation, normal
from swarmdsl.wire.types import accepts, describe, element_of

Rated = TypeVar("Rated")
_AS_ANYTHING = 1
_AS_IT_DOES_NOT_COME = 2
_AS_IT_COMES = 4


def bind_function(
    found: Bindings,
    interface: Interface,
    sources: Sequence[Source],
    inputs: Mapping[str, Any],
    loops: Sequence[Source] = (),
) -> None:
    """Bind the sources to the parameters that `inputs` leaves open, then loops to what is left."""
    ports = {port.name: port for port in interface.ports if port.name not in inputs}
    named = {one.alias for one in loops} - {one.alias for one in sources}
    _bind_sources(found, {name: ports[name] for name in ports if name not in named}, sources)
    if loops:
        _bind_loops(found, ports, loops)


def _bind_sources(found: Bindings, ports: Mapping[str, Port], sources: Sequence[Source]) -> None:
    if not ports:  # it takes nothing: whatever comes before it only orders it
        found.controls += sources
        return
    chosen = _chosen(found, ports, sources)
    # Those that do not fit a port were meant for it too: it gathers, and only they are wrong.
    meant = Counter(one.port.name for one in found.problems if isinstance(one, Misfit) and one.port)
    for name, bound in chosen.items():
        _fill(found, ports[name], bound, others=meant[name])
    if not any(isinstance(one, Misfit | Ambiguous) for one in found.problems):
        found.problems += [
            Unbound(port=port)
            for name, port in ports.items()
            if port.required and name not in chosen
        ]


def _bind_loops(found: Bindings, ports: Mapping[str, Port], loops: Sequence[Source]) -> None:
    taken = {binding.port for binding in found.bound}
    left = {name: port for name, port in ports.items() if name not in taken}
    chosen = _chosen(found, left, loops)
    for name, bound in chosen.items():
        _fill(found, left[name], bound)
    # A parameter that a loop supplies lacks at most a default, which a rule of its own tells.
    found.problems = [
        one for one in found.problems if not (isinstance(one, Unbound) and one.port.name in chosen)
    ]


def _chosen(
    found: Bindings, ports: Mapping[str, Port], sources: Sequence[Source]
) -> dict[str, list[Source]]:
    """The sources of each port, in declaration order of both."""
    choice: dict[str, str] = {one.alias: one.alias for one in sources if one.alias in ports}
    free = {name: port for name, port in ports.items() if name not in choice}
    others = [source for source in sources if source.alias not in choice]
    best = _once_per_kind(others, lambda source: _best(free, source))
    choice |= {alias: names[0] for alias, names in best.items() if len(names) == 1}
    taken = set(choice.values())
    for source in others:
        names = best[source.alias]
        left = [name for name in names if name not in taken]
        if len(names) > 1 and len(left) == 1:
            choice[source.alias] = left[0]
            taken.add(left[0])
        elif len(names) > 1:
            found.problems.append(Ambiguous(source=source, ports=tuple(names)))
        elif not names:
            port = next(iter(free.values())) if len(free) == 1 else None
            found.problems.append(Misfit(source=source, port=port, gather=source.several))
    chosen: dict[str, list[Source]] = {name: [] for name in ports}
    for source in sources:
        if source.alias in choice:
            chosen[choice[source.alias]].append(source)
    return {name: bound for name, bound in chosen.items() if bound}


def _once_per_kind(sources: Sequence[Source], rate: Callable[[Source], Rated]) -> dict[str, Rated]:
    """What `rate` says of each source, worked out once for all that have the same module."""
    known: dict[tuple[int, bool, bool], Rated] = {}
    for source in sources:
        if _kind(source) not in known:
            known[_kind(source)] = rate(source)
    return {one.alias: known[_kind(one)] for one in sources}


def _kind(source: Source) -> tuple[int, bool, bool]:
    return (id(source.interface), source.several, source.each)


def _best(ports: Mapping[str, Port], source: Source) -> list[str]:
    """The ports that fit a source best; of these, the ones that must be supplied."""
    ranks = {name: _rank(port, source) for name, port in ports.items()}
    top = max(ranks.values(), default=0)
    best = [name for name, rank in ranks.items() if rank == top and rank]
    return [name for name in best if ports[name].required] or best


def _rank(port: Port, source: Source) -> int:
    if normal(port.annotation) is Any:
        return _AS_ANYTHING
    return max(
        _rank_as(part, member, base)
        for part, base in _readings(port.annotation, source)
        for member in source.yields
    )


def _rank_as(wanted: Annotation, member: Annotation, base: int) -> int:
    if normal(wanted) is Any or normal(member) is Any:
        return _AS_ANYTHING
    if not accepts(member, wanted):
        return 0
    return base + (describe(member).fingerprint == describe(wanted).fingerprint)


def _readings(annotation: Annotation, source: Source) -> Iterator[tuple[Annotation, int]]:
    """A parameter takes one value, or gathers: what it is, and what it is made of."""
    yield annotation, _AS_IT_DOES_NOT_COME if source.several else _AS_IT_COMES
    element = gathered(annotation)
    if element is not None:
        yield element, _AS_IT_COMES if source.several else _AS_IT_DOES_NOT_COME


def gathered(annotation: Annotation) -> Annotation | None:
    """What a parameter gathers; None unless it can take a list."""
    return element_of(annotation) if accepts(list, annotation) else None


def _fill(found: Bindings, port: Port, sources: Sequence[Source], others: int = 0) -> None:
    """Bind the sources of one port; it gathers if several of them, or one of them, push often.

    Those whose values start a run each are not gathered: there it gets one value at a time.
    """
    each = [source for source in sources if source.each]
    whole = [source for source in sources if not source.each]
    _fill_alike(found, port, each, gather=False)
    gather = len(whole) + others > 1 or any(source.several for source in whole)
    _fill_alike(found, port, whole, gather=gather)


def _fill_alike(found: Bindings, port: Port, sources: Sequence[Source], *, gather: bool) -> None:
    wanted = port.annotation
    if gather and normal(wanted) is not Any:
        wanted = gathered(wanted)
    members = _once_per_kind(sources, lambda source: _fitting(source, wanted))
    for source in sources:
        if members[source.alias]:
            found.bound.append(
                Binding(source=source, port=port.name, gather=gather, members=members[source.alias])
            )
        else:
            found.problems.append(Misfit(source=source, port=port, gather=gather))


def _fitting(source: Source, wanted: Annotation | None) -> tuple[Annotation, ...]:
    """The types that fit; none where a list is needed and the port takes none."""
    if wanted is None:
        return ()
    return tuple(member for member in source.yields if accepts(member, wanted))
