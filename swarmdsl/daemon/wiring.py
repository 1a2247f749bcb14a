"""What a daemon's topology means for it: the instances it hosts and the channels of a round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.topology.expand import (
    InstanceSpec,
    expand_instances,
    instance_name,
    node_of,
    siblings_of,
)
from swarmdsl.topology.model import DataType, LinkSpec, ModuleKind, ModuleSpec, TaskSpec, Topology
from swarmdsl.topology.resources import NOTHING
from swarmdsl.wire.messages import ChannelKey

DEALT = ("balance", "key")  # the policies by which each value goes to one instance of several

Place = tuple[int, int]
"""An instance, as the positions of its task and candidate."""

Members = Mapping[int, Sequence[int]]
"""A round's roster: the position of a task to the positions of its chosen candidates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """An instance that this daemon may be asked to run; `loops` bring it the round before."""

    spec: InstanceSpec
    task: TaskSpec
    module: ModuleSpec
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    loops: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seating:
    """What has become of the instances that a round began with.

    Each has a place among those of its task, which does not change: whoever deals values out deals
    to places.

    Attributes:
        first: per task in which an instance was replaced, the candidates that the round began with.
        absent: those that are gone for good: nobody pushes to them.
        lost: those of them that were not done with the round, which goes on without them.
        failures: how often a task has failed in the round, of those whose retries go elsewhere.
    """

    first: Mapping[int, Sequence[int]] = field(default_factory=dict)
    absent: AbstractSet[Place] = frozenset()
    lost: AbstractSet[Place] = frozenset()
    failures: Mapping[int, int] = field(default_factory=dict)


UNMOVED = Seating()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One channel that an instance pushes to.

    Attributes:
        key: the channel.
        daemon: behind it.
        seat: the name of the instance in whose place the receiver is, which may be its own.
        absent: the receiver is gone for good.
        lost: it was not done with the round: what would have gone there is counted.
        failures: of its task in the round; whoever failed has dropped what it had.
    """

    key: ChannelKey
    daemon: str
    seat: str
    absent: bool = False
    lost: bool = False
    failures: int = 0


def links_of_functions(topology: Topology) -> frozenset[int]:
    """The links on which functions push: with a round's end, all of that has been used."""
    kinds = {module.name: module.kind for module in topology.modules}
    functions = {one.alias for one in topology.tasks if kinds[one.module] == "function"}
    return frozenset(at for at, one in enumerate(topology.links) if one.source in functions)


class Wiring:
    """The topology as one daemon sees it. Immutable.

    Attributes:
        siblings: the other workers of its node, if work may be stolen.
    """

    def __init__(self, topology: Topology, daemon: str) -> None:
        self.topology = topology
        self._tasks = {task.alias: index for index, task in enumerate(topology.tasks)}
        self._types = {one.name: one for one in topology.types}
        modules = self._modules = {module.name: module for module in topology.modules}
        self._kinds = {task.alias: modules[task.module].kind for task in topology.tasks}
        self.siblings = siblings_of(topology, daemon)
        into: defaultdict[str, list[int]] = defaultdict(list)
        out_of: defaultdict[str, list[int]] = defaultdict(list)
        for index, link in enumerate(topology.links):
            into[link.destination].append(index)
            out_of[link.source].append(index)
        self._into, self._out_of = dict(into), dict(out_of)
        self.hosted = {
            (spec.task, spec.candidate): self._host(spec)
            for spec in expand_instances(topology, daemon)
        }

    def _host(self, spec: InstanceSpec) -> Hosted:
        task, into = self.topology.tasks[spec.task], self._into.get(spec.alias, ())
        return Hosted(
            spec=spec,
            task=task,
            module=self._modules[task.module],
            inputs=tuple(index for index in into if not self.topology.links[index].loop),
            outputs=tuple(self._out_of.get(spec.alias, ())),
            loops=tuple(index for index in into if self.topology.links[index].loop),
        )

    def hosted_by(self, daemon: str, place: Place) -> Hosted | None:
        """The instance at a place, if it is another daemon's and that one hosts it."""
        index, candidate = place
        if not 0 <= index < len(self.topology.tasks):
            return None
        task = self.topology.tasks[index]
        if not 0 <= candidate < len(task.candidates) or task.candidates[candidate] != daemon:
            return None
        return self._host(
            InstanceSpec(
                name=instance_name(task.alias, daemon),
                alias=task.alias,
                task=index,
                candidate=candidate,
                daemon=daemon,
                node=node_of(daemon),
            )
        )

    def may_be_lent(self, hosted: Hosted) -> bool:
        """Whether another worker of the node may run an instance in the place of its own.

        It must be nothing but a call of a function with its inputs: what limits its process, or is
        its process's alone, stays; so does what deals values out, for that is decided by routes.
        """
        task = hosted.task
        tied = task.timeout_s or task.secrets or task.env or task.network or task.retries_elsewhere
        dealt = any(self.link(link).policy in DEALT for link in hosted.outputs)
        each = any(self.link(link).condition == "result" for link in hosted.inputs)
        asks = task.resources != NOTHING
        return hosted.module.kind == "function" and not (
            tied or dealt or each or asks or hosted.loops
        )

    @property
    def is_fed(self) -> bool:
        """Whether an instance that may be hosted here is fed by one of any daemon.

        What loops back comes from the controller, as all that comes of the round before.
        """
        return any(hosted.inputs for hosted in self.hosted.values())

    @cached_property
    def of_functions(self) -> frozenset[int]:
        """The links of the topology on which functions push."""
        return links_of_functions(self.topology)

    @property
    def keeps_time(self) -> bool:
        """Whether an instance that may be hosted here does something at a time of its own.

        A daemon module has timers, snapshots and positions; all others wait to be fed.
        """
        return any(hosted.module.kind == "daemon" for hosted in self.hosted.values())

    def link(self, index: int) -> LinkSpec:
        """The link at a position."""
        return self.topology.links[index]

    def type_of(self, link: int) -> DataType | None:
        """The type of what a link carries; None on a control link."""
        name = self.topology.links[link].type
        return None if name is None else self._types[name]

    def kind_of(self, alias: str) -> ModuleKind | None:
        """What kind of module a task has; None for the run."""
        return self._kinds.get(alias)

    def source_task(self, link: int) -> int:
        """The position of the task that pushes on a link."""
        return self._tasks[self.topology.links[link].source]

    def destination_task(self, link: int) -> int | None:
        """The position of the task that a link feeds; None if its pushes go to the run."""
        spec = self.topology.links[link]
        return None if spec.loop else self._tasks.get(spec.destination)

    def is_source(self, link: int) -> bool:
        """Whether a link comes from a daemon module that nothing is pushed to."""
        alias = self.topology.links[link].source
        fed = {one.destination for one in self.topology.links}
        return self._kinds[alias] == "daemon" and alias not in fed

    def kept_max(self, link: int) -> int | None:
        """How many pushes of a channel its sender keeps unconfirmed; None if it may spill."""
        spills = link in self.gathered()
        return None if spills else self.topology.limits.unconfirmed_messages

    def source_instance(self, key: ChannelKey) -> str:
        """The instance that pushes on a channel."""
        task = self.topology.tasks[self.source_task(key.link)]
        return instance_name(task.alias, task.candidates[key.source])

    def sources(
        self, hosted: Hosted, link: int, members: Members, seating: Seating = UNMOVED
    ) -> list[ChannelKey] | None:
        """The channels into an instance along a link, in gather order: by instance name.

        None if none of them runs in this round. Empty if the one that it is a pair with is lost.
        """
        task = self.source_task(link)
        if task not in members:
            return None
        candidates = self.topology.tasks[task].candidates
        alias = self.topology.links[link].source
        present = [one for one in members[task] if (task, one) not in seating.absent]
        chosen = sorted(present, key=lambda one: instance_name(alias, candidates[one]))
        if self.topology.links[link].policy == "pair":
            chosen = [one for one in chosen if node_of(candidates[one]) == hosted.spec.node]
            lost = (one for one in members[task] if (task, one) in seating.lost)
            if not chosen and hosted.spec.node not in {node_of(candidates[one]) for one in lost}:
                return None
        return [ChannelKey(link, one, hosted.spec.candidate) for one in chosen]

    def routes(
        self, hosted: Hosted, link: int, members: Members, seating: Seating = UNMOVED
    ) -> list[Route]:
        """The channels out of an instance along a link: one to every instance it may feed.

        They are in the order of the places, whoever is there now.
        """
        spec = self.topology.links[link]
        own = hosted.spec.candidate
        if spec.to_run:
            return [Route(key=ChannelKey(link, own, 0), daemon=CONTROLLER, seat=spec.destination)]
        task = self._tasks[spec.destination]
        candidates = self.topology.tasks[task].candidates
        now = members.get(task, ())
        return [
            Route(
                key=ChannelKey(link, own, one),
                daemon=candidates[one],
                seat=instance_name(spec.destination, candidates[first]),
                absent=(task, one) in seating.absent,
                lost=(task, one) in seating.lost,
                failures=seating.failures.get(task, 0),
            )
            for one, first in zip(now, seating.first.get(task, now), strict=True)
            if spec.policy != "pair" or node_of(candidates[one]) == hosted.spec.node
        ]

    def gathers(self, link: int) -> bool:
        """Whether the destination of a link takes its pushes at once, and uses them together."""
        spec = self.topology.links[link]
        return spec.condition == "finished" and self._kinds.get(spec.destination) != "daemon"

    def deals_exactly(self, link: int) -> bool:
        """Whether `balance` gives each instance what it got if the source is executed again.

        It does so among those that gather, if the source does the same again: by turns. Else it may
        give a push twice, and asks who still takes any (`daemon/takers.py`).
        """
        return self.gathers(link) and self._repeats(self.topology.links[link].source)

    def _repeats(self, alias: str) -> bool:
        """Whether a task that is executed again pushes the same, in the same order.

        One that handles pushes one by one does not, for it need not get them in the same order; nor
        does any that gathers from it.
        """
        each = {one.destination for one in self.topology.links if one.condition == "result"}
        passed: set[str] = set()
        frontier = [alias]
        while frontier:
            one = frontier.pop()
            if one not in passed:
                passed.add(one)
                sources = [link.source for link in self.topology.links if link.destination == one]
                if one in each or (self._kinds[one] == "daemon" and sources):
                    return False
                frontier += sources
        return True

    def links_to(self, peer: str) -> list[int]:
        """The links that carry values from instances of this daemon to some of another daemon."""
        tasks = {task.alias for task in self.topology.tasks if peer in task.candidates}
        links = {link for hosted in self.hosted.values() for link in hosted.outputs}
        return sorted(
            link
            for link in links
            if self.link(link).destination in tasks
            and self.link(link).port is not None
            and not self.link(link).loop
        )

    def gathered(self) -> frozenset[int]:
        """The links on which what is pushed is confirmed only when the round ends.

        They lead to a function or script, or to a task that handles pushes one by one (a daemon
        module, or one that runs for each result) whose own pushes lead there: it confirms what it
        has handled only when what came of that has been confirmed.
        """
        return frozenset(index for index in range(len(self.topology.links)) if self._ends(index))

    def _ends(self, link: int) -> bool:
        passed: set[str] = set()
        frontier = [self.topology.links[link]]
        while frontier:
            one = frontier.pop()
            alias = one.destination
            if one.to_run:
                continue
            if self._kinds[alias] != "daemon" and one.condition != "result":
                return True
            if alias not in passed:
                passed.add(alias)
                frontier += [after for after in self.topology.links if after.source == alias]
        return False
