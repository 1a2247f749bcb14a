"""The graph of tasks that the passes work on: plain dicts, made once, in the order of declaration.

`Swarm.prepare_graph` gives users a `networkx.DiGraph`. The compiler asks its own graph far more
often than it asks anything of it that networkx knows, so it does without: that costs less, and
whoever only validates need not import networkx.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from swarmdsl.dsl import Condition, Edge, Module, Task
from swarmdsl.dsl.task import options_of

Ends = tuple[str, str]
"""The aliases of an edge's source and destination."""

NOBODY: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGraph:
    """Tasks by their final alias, and the edges between them.

    Attributes:
        tasks: in graph order: sources before what comes after them, where there is no cycle.
        modules: of each task.
        into: per task its sources, each with every declaration of the edge: one, unless it is
            repeated.
        after: per task those that come after it; a task that nothing comes after is left out.
        outspoken: the edges that say more than what comes after what, or say it again.
        daemons: the tasks of daemon modules, with their modules.
        alike: the tasks in groups of one module and the same options: what can be said of the
            options of one holds for all of its group.
    """

    tasks: Mapping[str, Task] = field(default_factory=dict)
    modules: Mapping[str, Module] = field(default_factory=dict)
    into: Mapping[str, Mapping[str, Sequence[Edge]]] = field(default_factory=dict)
    after: Mapping[str, Sequence[str]] = field(default_factory=dict)
    outspoken: Mapping[Ends, Sequence[Edge]] = field(default_factory=dict)
    daemons: Mapping[str, Module] = field(default_factory=dict)
    alike: Sequence[Sequence[str]] = ()

    def __iter__(self) -> Iterator[str]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)

    def __contains__(self, alias: object) -> bool:
        return alias in self.tasks

    def predecessors(self, alias: str) -> Iterable[str]:
        """What a task comes after, in declaration order."""
        return self.into[alias]

    def successors(self, alias: str) -> Sequence[str]:
        """What comes after a task, in graph order."""
        return self.after.get(alias, NOBODY)

    def has_edge(self, source: str, destination: str) -> bool:
        """Whether one task comes after another."""
        return source in self.into[destination]

    def adjacency(self) -> dict[str, Sequence[str]]:
        """Per task those that come after it."""
        return {alias: self.successors(alias) for alias in self.tasks}


def graph_of(tasks: Mapping[str, Task], modules: Mapping[str, Module]) -> TaskGraph:
    """The graph of tasks by alias, in this order; edges from what is no task of it are left out."""
    aliases = {id(task): alias for alias, task in tasks.items()}
    into: dict[str, dict[str, list[Edge]]] = {}
    after: defaultdict[str, list[str]] = defaultdict(list)
    outspoken: dict[Ends, list[Edge]] = {}
    for alias, task in tasks.items():
        sources: dict[str, list[Edge]] = {}
        into[alias] = sources
        for edge in task.edges:
            source = aliases.get(id(edge.source))
            if source is None:
                continue
            if source not in sources:
                sources[source] = [edge]
                after[source].append(alias)
                if _is_plain(edge):
                    continue
            else:
                sources[source].append(edge)
            outspoken[source, alias] = sources[source]
    return TaskGraph(
        tasks=tasks,
        modules=modules,
        into=into,
        after=dict(after),
        outspoken=outspoken,
        daemons=_daemons(modules),
        alike=_alike(tasks, modules),
    )


def _is_plain(edge: Edge) -> bool:
    """Whether an edge leaves everything at its default. Compared by identity: values are users'."""
    return (
        edge.key is None
        and edge.delivery is None
        and edge.overflow is None
        and edge.response_timeout is None
        and edge.wait is None
        and edge.linger is None
        and edge.condition is Condition.FINISHED
        and type(edge.policy) is str
        and edge.policy == "broadcast"
    )


def _daemons(modules: Mapping[str, Module]) -> dict[str, Module]:
    kinds = {id(module): module.kind for module in modules.values()}
    return {alias: one for alias, one in modules.items() if kinds[id(one)] == "daemon"}


def _alike(tasks: Mapping[str, Task], modules: Mapping[str, Module]) -> list[list[str]]:
    """Tasks of the same module whose options are the same objects, or the same plain values.

    Equal would not do: users' values may be of any kind, and 1, 1.0 and True are not alike.
    """
    groups: dict[tuple[int, ...], list[str]] = {}
    for alias, task in tasks.items():
        options = (id(modules[alias]), *map(id, options_of(task)))
        groups.setdefault(options, []).append(alias)
    return list(groups.values())


def levels(graph: TaskGraph) -> list[list[str]]:
    """The tasks of a graph without cycles, by the longest way to each."""
    depth: dict[str, int] = {}
    found: defaultdict[int, list[str]] = defaultdict(list)
    for alias in graph:  # sources first
        depth[alias] = max((depth[one] + 1 for one in graph.predecessors(alias)), default=0)
        found[depth[alias]].append(alias)
    return [found[number] for number in sorted(found)]
