"""Functions that share a run: what is executed in the place of what a topology says.

To deal with an instance and a link costs a process hundreds of microseconds, whatever the function
does. Where a worker has hundreds of functions, the compiler lets some of one level share a run
(`TaskSpec.fused`): they are one instance to the run and to all that keeps it safe, and what passes
between two such instances shares one link. A topology says what its author wrote; `executed` says
what daemons and the controller make of it, and both find the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from swarmdsl.topology.levels import levels
from swarmdsl.topology.model import RUN, DataType, LinkSpec, ModuleSpec, TaskSpec, Topology

VALUES = DataType(
    name="values of functions that run as one",
    fingerprint="b0c2747aff6433084fd8d904e52d856f42b5031a821162be39b1be5bd840f970",
    schema='{"kind":"tuple","items":["int","bytes"]}',
)
"""What such instances push to each other: the number of a function, and what it gave, encoded."""

NAMED_MAX = 3  # modules, in the name of what runs functions of several


def together(tasks: Iterable[TaskSpec]) -> ModuleSpec:
    """The module of an instance that runs these functions; their code is that of their modules.

    >>> task = TaskSpec(alias="a", module="fit", method="any", candidates=("worker@n#0",), count=1)
    >>> together([task, task]).name
    'fit, together'
    """
    names = sorted({task.module for task in tasks})
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    name = f"{', '.join(names[:NAMED_MAX])}{more}, together"
    return ModuleSpec(name=name, kind="function", bundle="", encoding="installed", entry="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflow:
    """What a function of several is given on a link.

    Attributes:
        link: as the topology says it.
        port: of the instance, at which it comes.
        number: of the function that gave it, if those that gave it run as one, too.
    """

    link: LinkSpec
    port: str
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One function of several that run as one.

    Attributes:
        task: as the topology says it.
        module: its code.
        inputs: what it is given, in the order of the topology.
        bundles: the links, as executed, on which what it gives travels with its number.
        plain: those on which it travels as it is.
        given: its type; None if it goes nowhere.
    """

    task: TaskSpec
    module: ModuleSpec
    given: DataType | None
    inputs: tuple[Inflow, ...]
    bundles: tuple[int, ...]
    plain: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """What daemons and the controller make of a topology.

    Attributes:
        topology: in which each fused run is one task.
        parts: the functions of those tasks, by alias; the number of each is its place.
        alias_of: the task that runs a fused function, by the alias of the function.
    """

    topology: Topology
    parts: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)
    alias_of: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> tuple[str, ...]:
        """The names of the tasks that run what is meant by an alias, or by the name of a module.

        >>> empty = Topology(name="none", nodes=(), modules=(), groups=(), tasks=(), links=())
        >>> executed(empty).named("whatever")
        ('whatever',)
        """
        if name in self.alias_of:
            return (self.alias_of[name],)
        if any(task.alias == name for task in self.topology.tasks):
            return (name,)
        runs = [
            alias
            for alias, parts in self.parts.items()
            if any(part.task.module == name for part in parts)
        ]
        by_themselves = any(task.module == name for task in self.topology.tasks)
        return (*runs, name) if by_themselves or not runs else tuple(runs)

    def names_of(self, instance: str) -> list[str]:
        """As whom an instance leaves something: itself, and each function that it runs.

        >>> empty = Topology(name="none", nodes=(), modules=(), groups=(), tasks=(), links=())
        >>> executed(empty).names_of("train@node1#0")
        ['train@node1#0']
        """
        alias, _, place = instance.partition("@")
        return [instance, *(f"{part.task.alias}@{place}" for part in self.parts.get(alias, ()))]


def executed(topology: Topology) -> Executed:
    """What is executed of a topology: itself, if nothing in it is fused.

    A name whose functions cannot run as one is passed over: they run by themselves.

    >>> empty = Topology(name="none", nodes=(), modules=(), groups=(), tasks=(), links=())
    >>> executed(empty).topology is empty
    True
    """
    if all(task.fused is None for task in topology.tasks):
        return Executed(topology=topology)
    alias_of = _alias_of(topology)
    return _Fusing(topology, alias_of).executed() if alias_of else Executed(topology=topology)


def unfusable(topology: Topology) -> frozenset[str]:
    """The tasks that run by themselves, whatever is said: they are more than a call of a function.

    What limits a process, or is its process's alone, needs an instance; so does what deals values
    out, takes them one by one, loses some, or is a round late. Arrays lie in shared memory, where
    they would be copied otherwise, and who does not say what he gives may give some.
    """
    light = {one.name for one in topology.types if _is_light(one)}
    plain = {one.name for one in topology.modules if one.kind == "function" and one.image is None}
    apart = {
        task.alias
        for task in topology.tasks
        if task.module not in plain or _asked_of(task) != _NOTHING_ASKED
    }
    given: dict[str, str] = {}
    for link in topology.links:
        if _said_of(link) != _NOTHING_SAID or (link.type is not None and link.type not in light):
            apart |= {link.source, link.destination}
        if link.type is not None and given.setdefault(link.source, link.type) != link.type:
            apart.add(link.source)  # What it gives parts its ways by type.
    return frozenset(apart)


def _is_light(kind: DataType) -> bool:
    """Whether values of a type hold no arrays; of those of any type nobody knows."""
    heavy = ('"kind":"array"', '"any"')
    return kind.schema is not None and not any(one in kind.schema for one in heavy)


def _asked_of(task: TaskSpec) -> tuple[object, ...]:
    """What a task asks for beyond a call of its function."""
    return (
        task.datasets,
        task.timeout_s,
        task.retries,
        task.env,
        task.secrets,
        task.network,
        task.on_node_loss,
        task.resources,
        task.count,
    )


def _said_of(link: LinkSpec) -> tuple[object, ...]:
    """What is said of a link beyond its ends, its port and its type."""
    return (
        link.policy,
        link.condition,
        link.loop,
        link.delivery,
        link.response_timeout_s,
        link.wait,
        link.linger_s,
    )


_NOTHING_ASKED = _asked_of(TaskSpec(alias="", module="", method="any", candidates=(), count=1))
_NOTHING_SAID = _said_of(LinkSpec(source="", destination="", gather=False))


def _alias_of(topology: Topology) -> dict[str, str]:
    """The task that runs each fused function: those of a name that can run as one."""
    apart = unfusable(topology)
    members: defaultdict[str, list[TaskSpec]] = defaultdict(list)
    for task in topology.tasks:
        if task.fused is not None:
            members[task.fused].append(task)
    taken = {task.alias: task.fused for task in topology.tasks}
    alone = {link.source for link in topology.links if link.destination == RUN}
    sound: dict[str, str] = {}
    for name, tasks in members.items():
        is_free = taken.get(name, name) == name and name != RUN and not {*"@#"} & {*name}
        alike = len({(task.candidates, task.method, task.fixed) for task in tasks}) == 1
        own = {name} if len(tasks) == 1 else set()  # What the run is given, it knows by its alias.
        fit = all(one.alias not in apart and one.alias not in alone - own for one in tasks)
        if is_free and alike and fit:
            sound |= {task.alias: name for task in tasks}
    return sound if _runs_on(topology, sound) else {}


def _runs_on(topology: Topology, alias_of: Mapping[str, str]) -> bool:
    """Whether no fused runs wait for one another."""

    def run_of(alias: str) -> str:
        return alias_of.get(alias, alias)

    runs = dict.fromkeys(run_of(task.alias) for task in topology.tasks)
    inner = (link for link in topology.links if not link.to_run)
    return len(
        levels(runs, ((run_of(one.source), run_of(one.destination)) for one in inner))
    ) == len(runs)


class _Fusing:
    """Makes what is executed of one topology."""

    def __init__(self, topology: Topology, alias_of: Mapping[str, str]) -> None:
        self._topology = topology
        self._alias_of = alias_of
        self._links: list[LinkSpec] = []
        self._between: dict[tuple[str, str], int] = {}  # two runs: the link that they share
        self._members: defaultdict[str, list[TaskSpec]] = defaultdict(list)
        self._inputs: defaultdict[str, list[Inflow]] = defaultdict(list)
        self._bundles: defaultdict[str, dict[int, None]] = defaultdict(dict)
        self._plain: defaultdict[str, list[int]] = defaultdict(list)
        self._number: dict[str, int] = {}
        self._types = {one.name: one for one in topology.types}
        self._given: dict[str, DataType] = {}

    def executed(self) -> Executed:
        """The tasks in the order of their first functions; links likewise."""
        for task in self._topology.tasks:
            members = self._members[self._alias_of.get(task.alias, task.alias)]
            self._number[task.alias] = len(members)
            members.append(task)
        carried = self._carried()
        for link in self._topology.links:
            self._take(link, carried)
        modules = {module.name: module for module in self._topology.modules}
        runs = dict.fromkeys(self._alias_of.values())
        of_runs = {alias: together(self._members[alias]) for alias in runs}
        return Executed(
            topology=replace(
                self._topology,
                modules=(*self._topology.modules, *dict.fromkeys(of_runs.values())),
                types=(*self._topology.types, VALUES),
                tasks=tuple(
                    _one(alias, tasks, of_runs[alias]) if alias in runs else tasks[0]
                    for alias, tasks in self._members.items()
                ),
                links=tuple(self._links),
            ),
            parts={
                alias: tuple(self._part(task, modules) for task in self._members[alias])
                for alias in runs
            },
            alias_of=self._alias_of,
        )

    def _carried(self) -> frozenset[tuple[str, str]]:
        """The pairs of runs between which values pass, and not only that one is done."""
        return frozenset(
            (self._alias_of[link.source], self._alias_of[link.destination])
            for link in self._topology.links
            if link.port is not None
            and link.source in self._alias_of
            and link.destination in self._alias_of
        )

    def _take(self, link: LinkSpec, carried: frozenset[tuple[str, str]]) -> None:
        source, destination = self._alias_of.get(link.source), self._alias_of.get(link.destination)
        if link.type is not None:
            self._given[link.source] = self._types[link.type]
        if source is None and destination is None:
            self._links.append(link)
        elif source is not None and destination is not None:
            self._take_between(link, source, destination, carried)
        elif source is not None:
            if link.port is not None:
                self._plain[link.source].append(len(self._links))
            self._links.append(replace(link, source=source))
        elif destination is not None and link.port is None:
            self._links.append(replace(link, destination=destination))
        elif destination is not None:
            port = str(len(self._links))
            self._inputs[link.destination].append(Inflow(link=link, port=port))
            self._links.append(replace(link, destination=destination, port=port, gather=True))

    def _take_between(
        self, link: LinkSpec, source: str, destination: str, carried: frozenset[tuple[str, str]]
    ) -> None:
        at = self._between.get((source, destination))
        if at is None:
            at = self._between[source, destination] = len(self._links)
            bears = (source, destination) in carried
            self._links.append(
                LinkSpec(
                    source=source,
                    destination=destination,
                    gather=bears,
                    port=str(at) if bears else None,
                    type=VALUES.name if bears else None,
                )
            )
        if link.port is not None:
            number = self._number[link.source]
            self._inputs[link.destination].append(Inflow(link=link, port=str(at), number=number))
            self._bundles[link.source][at] = None

    def _part(self, task: TaskSpec, modules: Mapping[str, ModuleSpec]) -> Part:
        return Part(
            task=task,
            module=modules[task.module],
            given=self._given.get(task.alias),
            inputs=tuple(self._inputs[task.alias]),
            bundles=tuple(self._bundles[task.alias]),
            plain=tuple(self._plain[task.alias]),
        )


def _one(alias: str, tasks: Iterable[TaskSpec], module: ModuleSpec) -> TaskSpec:
    """The task that runs these."""
    first = next(iter(tasks))
    return TaskSpec(
        alias=alias,
        module=module.name,
        method=first.method,
        candidates=first.candidates,
        count=1,
        fixed=first.fixed,
    )
