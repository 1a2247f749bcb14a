"""How the sources of a task reach it, and what keeps them from it: values, no logic."""

from __future__ import annotations

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
class Bindings:
    """All bindings of one task, the sources that only order it, and what is wrong."""

    bound: list[Binding] = field(default_factory=list)
    controls: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
