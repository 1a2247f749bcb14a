"""What the totals of all daemons of a run come to, by the names that its topology gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from swarmdsl.stats.histogram import Histogram, merged
from swarmdsl.stats.totals import ConnectionTotals, DaemonTotals, HandlerTotals, LinkTotals
from swarmdsl.topology.expand import expand_instances
from swarmdsl.topology.model import Topology

NOTHING = "nothing has been measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerStatistics:
    """What the calls of a handler, or the runs of a function, have come to.

    Attributes:
        task: its alias.
        instance: which one of the task; empty where all of them are taken together.
        handler: the name of the method; empty where a function or script runs as a whole.
        calls: how many pushes were handled, or runs finished.
        failed: how many raised.
        rate: calls for each second that its process was at work.
        computing: how long the user's code took for each, in seconds.
        queue_wait: how long each push waited here, in seconds.
    """

    task: str
    instance: str
    handler: str
    failed: int
    rate: float
    computing: Histogram
    queue_wait: Histogram

    @property
    def calls(self) -> int:
        """How many pushes were handled, or runs finished."""
        return self.computing.count


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatistics:
    """What went over a link, over all of its channels.

    Attributes:
        source: the task that pushes.
        destination: the task that takes; `run` for the run itself.
        type: of what is pushed.
        sent: pushes that left, each counted once for each of its receivers.
        sent_bytes: their payload.
        frames: that they left in.
        rate: pushes sent for each second that their process was at work.
        resent: pushes that left once more, after a connection was lost.
        received: pushes that came, each counted once; those to the run are not.
        duplicates: pushes that came once more.
        unconfirmed: pushes that their sender has not heard of, when it last told.
        queued: pushes that waited in an inbox, likewise.
        missed: what became of others, by reason: `dropped`, `lost`, `timed_out`, `orphaned`,
            `spilled`; and of a source that died, `forgotten` and `unknown`.
        round_trip: from when a push left until its sender heard that it was dealt with, in seconds.
    """

    source: str
    destination: str
    type: str
    sent: int
    sent_bytes: int
    frames: int
    rate: float
    resent: int
    received: int
    duplicates: int
    unconfirmed: int
    queued: int
    missed: dict[str, int]
    round_trip: Histogram


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStatistics:
    """How a daemon has spent its time, over all of its processes.

    Attributes:
        daemon: its name.
        alive_s: how long it was at work, in seconds.
        busy_s: of that, while the user's code ran.
        blocked_s: of that, while it waited for others to take what it pushes.
        arrays: how its large arrays left: `shared`, or copied, as the memory for that was `full`
            or `unseen`.
    """

    daemon: str
    alive_s: float
    busy_s: float
    blocked_s: float
    arrays: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStatistics:
    """What the network did to one daemon on its way to another, over all of its processes.

    Attributes:
        source: the daemon that dialled, and pushes.
        destination: the daemon that was dialled; `controller` for that.
        opened: how many TCP connections there were: one for each process of the daemon, and one
            more each time that one broke.
        segments: of TCP, with data, that were sent.
        retransmitted: segments that were sent again, as they or what acknowledges them were lost.
        round_trip: of the network, from a segment to its acknowledgement, in seconds: what the
            kernel believes each time that the daemon tells what it has measured.
    """

    source: str
    destination: str
    opened: int
    segments: int
    retransmitted: int
    round_trip: Histogram


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatistics:
    """The statistics of a run: of its handlers, links and daemons, in the order of its topology.

    Attributes:
        handlers: one for each handler of each instance.
        links: one for each link that values may be pushed on, and that was used.
        daemons: one for each that has told something.
        connections: one for each pair of daemons that speak over TCP, in the order of their names.

    >>> from swarmdsl import Swarm, Task
    >>> def double(number: int) -> int:
    ...     return 2 * number
    >>> class Twice(Swarm):
    ...     def execute(self):
    ...         return Task(double, alias="b")(Task(double, alias="a", inputs={"number": 1}))
    >>> stats = Twice().run().stats
    >>> [(one.task, one.calls, one.computing.max < 1.0) for one in stats.handlers]
    [('a', 1, True), ('b', 1, True)]
    >>> [(one.source, one.destination, one.type, one.sent) for one in stats.links]
    [('a', 'b', 'int', 1), ('b', 'run', 'int', 1)]
    """

    handlers: Sequence[HandlerStatistics] = field(default_factory=tuple)
    links: Sequence[LinkStatistics] = field(default_factory=tuple)
    daemons: Sequence[DaemonStatistics] = field(default_factory=tuple)
    connections: Sequence[ConnectionStatistics] = field(default_factory=tuple)

    def by_task(self) -> list[HandlerStatistics]:
        """The handlers with all instances of a task taken together."""
        groups: dict[tuple[str, str], list[HandlerStatistics]] = {}
        for one in self.handlers:
            groups.setdefault((one.task, one.handler), []).append(one)
        return [
            HandlerStatistics(
                task=task,
                instance="",
                handler=handler,
                failed=sum(one.failed for one in group),
                rate=sum(one.rate for one in group),
                computing=merged(*(one.computing for one in group)),
                queue_wait=merged(*(one.queue_wait for one in group)),
            )
            for (task, handler), group in groups.items()
        ]

    def __str__(self) -> str:
        """The tables that `swarm stats` shows."""
        from swarmdsl.stats.tables import lines_of, tables_of

        return "\n".join(lines_of(tables_of(self, self.by_task()))) or NOTHING

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows of it, where it shows text."""
        printer.text(str(self))

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        from swarmdsl.stats.tables import page_of, tables_of

        return page_of(tables_of(self, self.by_task())) or f"<p>{NOTHING}</p>"


Told = tuple[str, DaemonTotals]
"""A daemon, and what one of its processes has come to: of several the last comes last."""


def summary(topology: Topology, told: Iterable[Told]) -> RunStatistics:
    """What processes have told, put together."""
    told = [*told]
    return RunStatistics(
        handlers=_handlers(topology, [totals for _, totals in told]),
        links=_links(topology, told),
        daemons=_daemons(told),
        connections=_connections(told),
    )


def _handlers(topology: Topology, told: Sequence[DaemonTotals]) -> list[HandlerStatistics]:
    groups: dict[tuple[str, str], list[tuple[HandlerTotals, float]]] = {}
    for totals in told:
        for one in totals.handlers:
            groups.setdefault((one.instance, one.handler), []).append((one, totals.alive_s))
    found = []
    for spec in expand_instances(topology):
        for instance, handler in [place for place in groups if place[0] == spec.name]:
            group = groups[instance, handler]
            computing = merged(*(one.computing for one, _ in group))
            found.append(
                HandlerStatistics(
                    task=spec.alias,
                    instance=instance,
                    handler=handler,
                    failed=sum(one.failed for one, _ in group),
                    rate=_rate(computing.count, sum(alive_s for _, alive_s in group)),
                    computing=computing,
                    queue_wait=merged(*(one.queue_wait for one, _ in group)),
                )
            )
    return found


AtEnd = Mapping[str, Sequence[tuple[LinkTotals, float]]]
"""What the processes of each daemon at one end of a link have told, and how long each lived."""


def _links(topology: Topology, told: Sequence[Told]) -> list[LinkStatistics]:
    groups: dict[int, dict[str, list[tuple[LinkTotals, float]]]] = {}
    for daemon, totals in told:
        for one in totals.links:
            if topology.links[one.link].type is not None:
                at_end = groups.setdefault(one.link, {})
                at_end.setdefault(daemon, []).append((one, totals.alive_s))
    return [_link(topology, link, groups[link]) for link in sorted(groups)]


def _link(topology: Topology, index: int, group: AtEnd) -> LinkStatistics:
    spec, links = topology.links[index], [one for told in group.values() for one, _ in told]
    standing = [told[-1][0] for told in group.values()]  # what died holds nothing any more
    return LinkStatistics(
        source=spec.source,
        destination=spec.destination,
        type=spec.type or "",
        sent=sum(one.sent for one in links),
        sent_bytes=sum(one.sent_bytes for one in links),
        frames=sum(one.frames for one in links),
        rate=sum(_rate_of(told) for told in group.values()),
        resent=sum(one.resent for one in links),
        received=sum(one.received for one in links),
        duplicates=sum(one.duplicates for one in links),
        unconfirmed=sum(one.unconfirmed for one in standing),
        queued=sum(one.queued for one in standing),
        missed=_summed(one.missed for one in links),
        round_trip=merged(*(one.round_trip for one in links)),
    )


def _daemons(told: Sequence[Told]) -> list[DaemonStatistics]:
    groups: dict[str, list[DaemonTotals]] = {}
    for daemon, totals in told:
        if totals.alive_s:
            groups.setdefault(daemon, []).append(totals)
    return [
        DaemonStatistics(
            daemon=daemon,
            alive_s=sum(one.alive_s for one in group),
            busy_s=sum(one.busy_s for one in group),
            blocked_s=sum(one.blocked_s for one in group),
            arrays=_summed(one.arrays for one in group),
        )
        for daemon, group in sorted(groups.items())
    ]


def _connections(told: Sequence[Told]) -> list[ConnectionStatistics]:
    groups: dict[tuple[str, str], list[ConnectionTotals]] = {}
    for daemon, totals in told:
        for one in totals.connections:
            groups.setdefault((daemon, one.peer), []).append(one)
    return [
        ConnectionStatistics(
            source=daemon,
            destination=peer,
            opened=sum(one.opened for one in group),
            segments=sum(one.segments for one in group),
            retransmitted=sum(one.retransmitted for one in group),
            round_trip=merged(*(one.round_trip for one in group)),
        )
        for (daemon, peer), group in sorted(groups.items())
    ]


def _summed(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            total[name] = total.get(name, 0) + count
    return total


def _rate_of(told: Sequence[tuple[LinkTotals, float]]) -> float:
    """How many pushes a second the processes of one daemon have sent, one after another."""
    return _rate(sum(one.sent for one, _ in told), sum(alive_s for _, alive_s in told))


def _rate(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 else 0.0
