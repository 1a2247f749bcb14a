"""Binding the parameters of a function: by the name of the source, else by type.

A source is bound to the parameter that has its alias as name. Any other goes to the one that fits
it best: a parameter of the same type before one that merely accepts it, one that takes a value the
way it comes (alone, or gathered) before one that does not, and anything before `Any`. Of those that
fit equally well, the ones without a default are meant; and of these, the one that is left over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from swarmdsl.compiler.bindings import Ambiguous, Binding, Found, Misfit, Source, Unbound
from swarmdsl.compiler.interface import Interface, Port
from swarmdsl.compiler.once import once_per_object
from swarmdsl.wire.annotations import Annotation, normal
from swarmdsl.wire.types import accepts, describe, element_of

_AS_ANYTHING = 1
_AS_IT_DOES_NOT_COME = 2
_AS_IT_COMES = 4


def bind_function(
    found: Found,
    interface: Interface,
    sources: Sequence[Source],
    inputs: Mapping[str, Any],
    fits: Fits,
    loops: Sequence[Source] = (),
) -> None:
    """Bind the sources to the parameters that `inputs` leaves open, then loops to what is left."""
    ports = {port.name: port for port in interface.ports if port.name not in inputs}
    named = {one.alias for one in loops} - {one.alias for one in sources}
    open_ports = {name: ports[name] for name in ports if name not in named}
    _bind_sources(found, open_ports, sources, fits)
    if loops:
        _bind_loops(found, ports, loops, fits)


class Fits:
    """What fits where: worked out once per port and kind of source, however many tasks have them.

    Of one kind are the sources that have the same module and push alike.
    """

    def __init__(self) -> None:
        self._ranks = once_per_object(_rank)
        self._members = once_per_object(_fitting)

    def rank(self, port: Port, source: Source) -> int:
        """How well a source fits a port; 0 if it does not."""
        return self._ranks(port, source.interface, source.several)

    def members(self, port: Port, source: Source, *, gather: bool) -> tuple[Annotation, ...]:
        """The types of a source that fit a port; none where a list is needed and it takes none."""
        return self._members(port, source.interface, gather)


def _bind_sources(
    found: Found, ports: Mapping[str, Port], sources: Sequence[Source], fits: Fits
) -> None:
    if not ports:  # it takes nothing: whatever comes before it only orders it
        found.controls += sources
        return
    chosen = _chosen(found, ports, sources, fits)
    # Those that do not fit a port were meant for it too: it gathers, and only they are wrong.
    meant = Counter(one.port.name for one in found.problems if isinstance(one, Misfit) and one.port)
    for name, bound in chosen.items():
        _fill(found, ports[name], bound, fits, others=meant[name])
    if not any(isinstance(one, Misfit | Ambiguous) for one in found.problems):
        found.problems += [
            Unbound(port=port)
            for name, port in ports.items()
            if port.required and name not in chosen
        ]


def _bind_loops(
    found: Found, ports: Mapping[str, Port], loops: Sequence[Source], fits: Fits
) -> None:
    taken = {binding.port for binding in found.bound}
    left = {name: port for name, port in ports.items() if name not in taken}
    chosen = _chosen(found, left, loops, fits)
    for name, bound in chosen.items():
        _fill(found, left[name], bound, fits)
    # A parameter that a loop supplies lacks at most a default, which a rule of its own tells.
    found.problems = [
        one for one in found.problems if not (isinstance(one, Unbound) and one.port.name in chosen)
    ]


def _chosen(
    found: Found, ports: Mapping[str, Port], sources: Sequence[Source], fits: Fits
) -> dict[str, list[Source]]:
    """The sources of each port, in declaration order of both."""
    choice: dict[str, str] = {one.alias: one.alias for one in sources if one.alias in ports}
    free = {name: port for name, port in ports.items() if name not in choice}
    others = [source for source in sources if source.alias not in choice]
    best = {source.alias: _best(free, source, fits) for source in others}
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


def _best(ports: Mapping[str, Port], source: Source, fits: Fits) -> list[str]:
    """The ports that fit a source best; of these, the ones that must be supplied."""
    ranks = {name: fits.rank(port, source) for name, port in ports.items()}
    top = max(ranks.values(), default=0)
    best = [name for name, rank in ranks.items() if rank == top and rank]
    return [name for name in best if ports[name].required] or best


def _rank(port: Port, interface: Interface, several: bool) -> int:
    if normal(port.annotation) is Any:
        return _AS_ANYTHING
    return max(
        _rank_as(part, member, base)
        for part, base in _readings(port.annotation, several=several)
        for member in interface.yields
    )


def _rank_as(wanted: Annotation, member: Annotation, base: int) -> int:
    if normal(wanted) is Any or normal(member) is Any:
        return _AS_ANYTHING
    if not accepts(member, wanted):
        return 0
    return base + (describe(member).fingerprint == describe(wanted).fingerprint)


def _readings(annotation: Annotation, *, several: bool) -> Iterator[tuple[Annotation, int]]:
    """A parameter takes one value, or gathers: what it is, and what it is made of."""
    yield annotation, _AS_IT_DOES_NOT_COME if several else _AS_IT_COMES
    element = gathered(annotation)
    if element is not None:
        yield element, _AS_IT_COMES if several else _AS_IT_DOES_NOT_COME


def gathered(annotation: Annotation) -> Annotation | None:
    """What a parameter gathers; None unless it can take a list."""
    return element_of(annotation) if accepts(list, annotation) else None


def _fill(found: Found, port: Port, sources: Sequence[Source], fits: Fits, others: int = 0) -> None:
    """Bind the sources of one port; it gathers if several of them, or one of them, push often.

    Those whose values start a run each are not gathered: there it gets one value at a time.
    """
    each = [source for source in sources if source.each]
    whole = [source for source in sources if not source.each]
    _fill_alike(found, port, each, fits, gather=False)
    gather = len(whole) + others > 1 or any(source.several for source in whole)
    _fill_alike(found, port, whole, fits, gather=gather)


def _fill_alike(
    found: Found, port: Port, sources: Sequence[Source], fits: Fits, *, gather: bool
) -> None:
    for source in sources:
        members = fits.members(port, source, gather=gather)
        if members:
            found.bound.append(
                Binding(source=source, port=port.name, gather=gather, members=members)
            )
        else:
            found.problems.append(Misfit(source=source, port=port, gather=gather))


def _fitting(port: Port, interface: Interface, gather: bool) -> tuple[Annotation, ...]:
    wanted = port.annotation
    if gather and normal(wanted) is not Any:
        wanted = gathered(wanted)
    if wanted is None:
        return ()
    fitting = tuple(member for member in interface.yields if accepts(member, wanted))
    return interface.yields if len(fitting) == len(interface.yields) else fitting
