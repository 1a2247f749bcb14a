"""The value that the passes hand on: it starts with a swarm and ends with a topology."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.compiler.graph import Ends, TaskGraph
from swarmdsl.dsl import Edge, Inventory, Module, Network, Span, Swarm, Task
from swarmdsl.topology.model import DaemonGroup, DataType, LinkSpec, Topology

if TYPE_CHECKING:
    from swarmdsl.compiler.bindings import Bindings
    from swarmdsl.compiler.bundle import Bundle
    from swarmdsl.compiler.capacity import Capacity
    from swarmdsl.compiler.interface import Interface
    from swarmdsl.compiler.place import Placement

Read = Callable[[Path], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopEdge:
    """A loop between two tasks of the graph, by their aliases."""

    source: str
    destination: str
    span: Span | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A swarm on its way to a topology. Each pass fills in its part and returns a new draft.

    Attributes:
        swarm: as the user made it.
        inventory: the nodes to place on.
        read: gives the bytes of a source file.
        graph: the tasks by alias, with their modules and edges.
        made: every task that execute() made, in the graph or not; without the ends of loops.
        knotted: the tasks of cycles.
        loops: between tasks of the graph, in declaration order, each once.
        networks: as the swarm declares them, in order.
        diagnostics: what has been found so far.
        interfaces: what each task takes and yields, by alias.
        ill_declared: the tasks whose own requests make no sense, for rules to pass over.
        bindings: how the sources of each task reach it, by alias.
        bundles: the packaged code of each task, by alias; absent where packaging failed.
        keys: the packaged function of each edge whose key is one, by its two aliases.
        capacity: what was declared of rates and times, worked out; None if nothing was.
        placements: the nodes of each task, by alias.
        hosts: the daemons of each task, by alias, in candidate order.
        groups: the daemons.
        links: every link, in the order that gives it its number.
        types: of the values that they carry.
        topology: the outcome.
        blobs: contents by SHA-256: bundles, and constants that TOML cannot say.
    """

    swarm: Swarm
    inventory: Inventory
    read: Read
    graph: TaskGraph = field(default_factory=TaskGraph)
    made: tuple[Task, ...] = ()
    knotted: frozenset[str] = frozenset()
    loops: tuple[LoopEdge, ...] = ()
    networks: tuple[Network, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    ill_declared: frozenset[str] = frozenset()
    bindings: Mapping[str, Bindings] = field(default_factory=dict)
    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    keys: Mapping[Ends, tuple[Module, Bundle]] = field(default_factory=dict)
    capacity: Capacity | None = None
    placements: Mapping[str, Placement] = field(default_factory=dict)
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: tuple[DaemonGroup, ...] = ()
    links: tuple[LinkSpec, ...] = ()
    types: tuple[DataType, ...] = ()
    topology: Topology | None = None
    blobs: Mapping[str, bytes] = field(default_factory=dict)

    def task(self, alias: str) -> Task:
        """The task of this alias."""
        return self.graph.tasks[alias]

    def module(self, alias: str) -> Module:
        """The module of this task."""
        return self.graph.modules[alias]

    def tasks(self) -> Iterator[tuple[str, Task]]:
        """Every task with its alias, in graph order."""
        return iter(self.graph.tasks.items())

    def modules(self) -> Iterator[tuple[str, Module]]:
        """The module of every task, by alias, in graph order."""
        return iter(self.graph.modules.items())

    def well_declared(self) -> Iterator[Sequence[str]]:
        """The groups of tasks that are alike and whose own requests make sense."""
        return (group for group in self.graph.alike if group[0] not in self.ill_declared)

    def edges(self, source: str, destination: str) -> Sequence[Edge]:
        """Every declaration of the edge between two tasks: one, unless it is repeated."""
        return self.graph.into[destination][source]

    def edge(self, source: str, destination: str) -> Edge:
        """The edge between two tasks, as it was declared first."""
        return self.graph.into[destination][source][0]

    def outspoken(self) -> Iterator[tuple[str, str, Sequence[Edge]]]:
        """Every edge that says more than what comes after what, with all its declarations."""
        for (source, destination), edges in self.graph.outspoken.items():
            yield source, destination, edges

    def edges_into(self, alias: str) -> Iterator[tuple[str, Edge]]:
        """The sources of a task, each with the edge as it was declared first."""
        for source, edges in self.graph.into[alias].items():
            yield source, edges[0]

    def loops_by_destination(self) -> dict[str, list[LoopEdge]]:
        """The loops that end at each task; tasks at which none ends are left out."""
        into: defaultdict[str, list[LoopEdge]] = defaultdict(list)
        for loop in self.loops:
            into[loop.destination].append(loop)
        return dict(into)

    def sinks(self) -> list[str]:
        """The tasks that nothing comes after, in graph order."""
        return [alias for alias in self.graph if not self.graph.successors(alias)]

    def inputs(self, alias: str) -> Mapping[str, Any]:
        """The constants that a task binds; none if what it was given is no mapping."""
        inputs = self.task(alias).inputs
        return inputs if isinstance(inputs, Mapping) else {}
