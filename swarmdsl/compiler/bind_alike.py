"""Binding functions that are alike: what holds of one task holds of all of its shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swarmdsl.compiler.bind_function import Fits, bind_function
from swarmdsl.compiler.bindings import Binding, Bindings, Source
from swarmdsl.compiler.interface import Interface
from swarmdsl.wire.annotations import Annotation

Way = tuple[int, str, bool, tuple[Annotation, ...]]
"""The number of a source, and of its binding the port, whether it gathers, and the types."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """How the sources of a task find their ways, by their numbers."""

    bound: list[Way]
    controls: list[int]


class Alike:
    """Binds the sources of functions; those of one shape are worked out once.

    Of one shape are tasks of one module with inputs of the same names, whose sources come in the
    same order, have the same modules and push alike. The aliases of the sources do not matter,
    unless one is the name of a parameter.
    """

    def __init__(self) -> None:
        self._fits = Fits()
        self._patterns: dict[tuple[object, ...], _Pattern] = {}
        self._names: dict[int, frozenset[str]] = {}

    def bind(
        self,
        found: Bindings,
        interface: Interface,
        data: Sequence[Source],
        inputs: Mapping[str, Any],
        loops: Sequence[Source],
    ) -> None:
        """Add to `found` what `bind_function` would."""
        shape = (id(interface), *inputs, None, *self._kinds(interface, [*data, *loops]))
        pattern = self._patterns.get(shape)
        if pattern is not None:
            sources = [*data, *loops]
            found.bound += [
                Binding(sources[number], port, gather, members)
                for number, port, gather, members in pattern.bound
            ]
            found.controls += [sources[number] for number in pattern.controls]
            return
        known = len(found.controls)
        bind_function(found, interface, data, inputs, self._fits, loops)
        if not found.problems:  # a problem names its source: each is told by itself
            numbers = {id(one): number for number, one in enumerate([*data, *loops])}
            self._patterns[shape] = _Pattern(
                [
                    (numbers[id(one.source)], one.port, one.gather, one.members)
                    for one in found.bound
                ],
                [numbers[id(one)] for one in found.controls[known:]],
            )

    def _kinds(self, interface: Interface, sources: Sequence[Source]) -> list[object]:
        names = self._names.get(id(interface))
        if names is None:
            names = self._names[id(interface)] = frozenset(one.name for one in interface.ports)
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
