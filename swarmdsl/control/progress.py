"""How far a run is: a pure fold of its events over its topology, for whoever looks from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from swarmdsl.control.records import EventRow
from swarmdsl.topology.expand import InstanceSpec, expand_daemons, expand_instances, node_of
from swarmdsl.topology.model import Topology

OF_THE_RUN = (
    "StateChanged",
    "DaemonConnected",
    "DaemonLost",
    "DaemonGivenUp",
    "DaemonReplaced",
    "InstanceMissing",
    "InstanceJoined",
    "NodeAwaited",
    "StopRequested",
)
ROUND_BEGINS = "RoundStarted"


class Phase(Enum):
    """Where an instance stands in its round."""

    WAITING = "waiting for its inputs"
    WORKING = "working"
    UNCONFIRMED = "finished, its pushes are not all confirmed"
    DONE = "done"
    LOST = "its daemon is being started anew"
    MISSING = "not there; the run goes on without it"


_PHASES = {
    "InstanceStarted": Phase.WORKING,
    "InstanceStolen": Phase.WORKING,
    "InstanceFinished": Phase.UNCONFIRMED,
    "InstanceConfirmed": Phase.DONE,
}
_HAS_PUSHED = (Phase.UNCONFIRMED, Phase.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceProgress:
    """One instance in the round that runs.

    Attributes:
        instance, alias, node, daemon: its names.
        phase: where it stands.
        since: from when on, in seconds since 1970.
        waits_for: the tasks whose pushes, or whose confirmations, it needs; in graph order.
        thief: the worker that runs it in the place of `daemon`; empty if none does.
    """

    instance: str
    alias: str
    node: str
    daemon: str
    phase: Phase
    since: float
    waits_for: tuple[str, ...] = ()
    thief: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A run as its events tell.

    Attributes:
        round: that runs, or ran last; None before the first.
        round_since: when it began.
        round_finished: whether it is over.
        daemons: how many the run has.
        names: of the daemons, in the order of the topology.
        connected: how many are there now.
        absent: the names of those that are not, but for those that are given up or may come later.
        lost: how often one was lost.
        missing: the instances that the run goes on without, each with its first round so.
        state_since: when the state last changed; None if it never has.
        stop_asked_at: when a stop was asked for; None if nobody has.
        values: how many the run has of the round.
        results: how many tasks have added in it.
        instances: of the round, in graph order.
    """

    round: int | None = None
    round_since: float | None = None
    round_finished: bool = False
    daemons: int = 0
    names: tuple[str, ...] = ()
    connected: int = 0
    absent: tuple[str, ...] = ()
    lost: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)
    state_since: float | None = None
    stop_asked_at: float | None = None
    values: int = 0
    results: int = 0
    instances: tuple[InstanceProgress, ...] = ()


@dataclass(slots=True)
class _Daemons:
    """Which daemons are there."""

    connected: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)
    awaited: set[str] = field(default_factory=set)  # nodes
    away: dict[str, float] = field(default_factory=dict)
    lost: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    missing_since: dict[str, float] = field(default_factory=dict)
    state_since: float | None = None
    stop_asked_at: float | None = None

    def take(self, event: EventRow) -> None:
        match event.kind:
            case "StateChanged":
                self.state_since = event.at
            case "StopRequested":
                self.stop_asked_at = event.at
            case "InstanceMissing" if event.iteration is not None:
                self.missing.setdefault(event.subject, event.iteration)
                self.missing_since.setdefault(event.subject, event.at)
            case "InstanceJoined":
                self.missing.pop(event.subject, None)
                self.missing_since.pop(event.subject, None)
            case "NodeAwaited":
                self.awaited.add(event.subject)
            case "DaemonConnected":
                self.given_up.discard(event.subject)
                self.connected.add(event.subject)
                self.away.pop(event.subject, None)
            case "DaemonLost" | "DaemonGivenUp" | "DaemonReplaced":
                self.connected.discard(event.subject)
                self.away[event.subject] = event.at
                self.lost += event.kind == "DaemonLost"
                if event.kind == "DaemonGivenUp":
                    self.given_up.add(event.subject)


def progress_of(
    topology: Topology,
    members: Mapping[int, Sequence[int]],
    of_the_run: Iterable[EventRow],
    of_the_round: Sequence[EventRow],
) -> Progress:
    """How far a run is.

    Args:
        topology: that it executes.
        members: the roster of the round: per task the chosen candidates, by position.
        of_the_run: its events of the kinds `OF_THE_RUN`.
        of_the_round: its events since the last round began, that one first; empty before.
    """
    daemons = _Daemons()
    for event in of_the_run:
        daemons.take(event)
    names = [one.name for one in expand_daemons(topology)]
    there = daemons.connected | daemons.given_up
    there |= {name for name in names if node_of(name) in daemons.awaited}
    progress = Progress(
        daemons=len(names),
        names=tuple(names),
        absent=tuple(name for name in names if name not in there),
        connected=len(daemons.connected),
        lost=daemons.lost,
        missing=daemons.missing,
        state_since=daemons.state_since,
        stop_asked_at=daemons.stop_asked_at,
    )
    if not of_the_round:
        return progress
    begun = of_the_round[0]
    specs = [
        one for one in expand_instances(topology) if one.candidate in members.get(one.task, ())
    ]
    marks = _marks(specs, of_the_round)
    thieves = {one.subject: one.text for one in of_the_round if one.kind == "InstanceStolen"}
    found = [
        replace(
            _instance(one, marks.get(one.name), begun.at, daemons), thief=thieves.get(one.name, "")
        )
        for one in specs
    ]
    return replace(
        progress,
        round=begun.iteration,
        round_since=begun.at,
        round_finished=any(event.kind == "RoundFinished" for event in of_the_round),
        instances=tuple(_with_causes(topology, found)),
    )


def _marks(
    specs: Sequence[InstanceSpec], events: Iterable[EventRow]
) -> dict[str, tuple[Phase, float]]:
    """What each instance was last said to do; what its daemon did with it is gone with that one."""
    hosts = {one.name: one.daemon for one in specs}
    marks: dict[str, tuple[Phase, float]] = {}
    for event in events:
        if event.kind in _PHASES:
            marks[event.subject] = (_PHASES[event.kind], event.at)
        elif event.kind == "DaemonLost":
            for name, (phase, _) in list(marks.items()):
                if hosts.get(name) == event.subject and phase is not Phase.DONE:
                    del marks[name]
    return marks


def _instance(
    spec: InstanceSpec, mark: tuple[Phase, float] | None, begun_at: float, daemons: _Daemons
) -> InstanceProgress:
    phase, since = (Phase.WAITING, begun_at) if mark is None else mark
    if spec.name in daemons.missing:
        phase, since = Phase.MISSING, daemons.missing_since[spec.name]
    elif phase is not Phase.DONE and spec.daemon in daemons.away:
        phase, since = Phase.LOST, daemons.away[spec.daemon]
    return InstanceProgress(
        instance=spec.name,
        alias=spec.alias,
        node=spec.node,
        daemon=spec.daemon,
        phase=phase,
        since=since,
    )


def _with_causes(
    topology: Topology, instances: Sequence[InstanceProgress]
) -> Iterator[InstanceProgress]:
    """Each with what it waits for: tasks above that have not finished, or below that are not done.

    What goes to the run, a loop too, is confirmed by the controller at once.
    """
    there = [one for one in instances if one.phase is not Phase.MISSING]
    pushing = {one.alias for one in there if one.phase not in _HAS_PUSHED}
    open_ = {one.alias for one in there if one.phase is not Phase.DONE}
    links = [link for link in topology.links if not link.to_run]
    above: dict[str, list[str]] = {one.alias: [] for one in topology.tasks}
    below: dict[str, list[str]] = {one.alias: [] for one in topology.tasks}
    for link in links:
        above[link.destination].append(link.source)
        below[link.source].append(link.destination)
    for one in instances:
        causes: Iterable[str] = ()
        if one.phase is Phase.WAITING:
            causes = (alias for alias in above[one.alias] if alias in pushing)
        elif one.phase is Phase.UNCONFIRMED:
            causes = (alias for alias in below[one.alias] if alias in open_)
        yield replace(one, waits_for=tuple(dict.fromkeys(causes)))


def counts(instances: Iterable[InstanceProgress]) -> dict[str, Counter[Phase]]:
    """How many instances of each task stand where."""
    counted: dict[str, Counter[Phase]] = {}
    for one in instances:
        counted.setdefault(one.alias, Counter())[one.phase] += 1
    return counted
