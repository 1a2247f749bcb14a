"""How the sources of a task reach it, and what keeps them from it: values, no logic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from swarmdsl.compiler.interface import Interface, Port
from swarmdsl.wire.annotations import Annotation


class Source(NamedTuple):
    """One task that comes before, as a binding sees it.

    Attributes:
        alias: of the task.
        interface: of the task.
        several: whether it may push several values in a round, so that they are gathered.
        stream: whether one instance of it may.
        each: whether each of its values starts a run of its own; then none are gathered.
        loop: whether its values arrive one round later.
    """

    alias: str
    interface: Interface
    several: bool
    stream: bool = False
    each: bool = False
    loop: bool = False

    @property
    def yields(self) -> tuple[Annotation, ...]:
        """The types of its pushes, without None."""
        return self.interface.yields


class Binding(NamedTuple):
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
class Found:
    """What is being found out about one task: its bindings, what only orders it, what is wrong."""

    bound: list[Binding] = field(default_factory=list)
    controls: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class Way(NamedTuple):
    """A binding without the name of its source: `number` is its place among the task's sources."""

    number: int
    port: str
    gather: bool
    members: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ways:
    """How the sources of a task find their ways, by their numbers.

    Tasks that are alike share one value, so it can be asked once for all of them.

    Attributes:
        bound: the ways of values.
        controls: the sources that only order the task.
        problems: what is wrong; they name sources, so tasks with problems share nothing.
        whole: whether every type that any source yields goes somewhere.
    """

    bound: tuple[Way, ...] = ()
    controls: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    whole: bool = True


class Bindings(NamedTuple):
    """All bindings of one task, the sources that only order it, and what is wrong.

    The sources are those before the task, in the order of the graph, and then those of loops. They
    are made when they are asked for: most tasks are alike, and then only the ways matter.
    """

    ways: Ways
    sources_made: Callable[[], Sequence[Source]]

    @property
    def bound(self) -> list[Binding]:
        """Each source's way into a port."""
        sources = self.sources_made()
        return [
            Binding(sources[number], port, gather, members)
            for number, port, gather, members in self.ways.bound
        ]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What keeps sources from reaching the task, and what nothing supplies."""
        return self.ways.problems
