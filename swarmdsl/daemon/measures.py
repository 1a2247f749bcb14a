"""What a daemon measures of its work, and when it tells the controller. Pure: time is handed in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import msgspec

from swarmdsl.daemon.connections import Connections
from swarmdsl.daemon.reports import Measured
from swarmdsl.daemon.work import Handle, Invoke, Run, RunResult, Work
from swarmdsl.stats.recorder import SECOND_NS, Recorder
from swarmdsl.stats.totals import DaemonTotals, HandlerTotals, LinkTotals, encode_totals
from swarmdsl.transport.base import Reading
from swarmdsl.wire.session.retention import LinkCounts
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.session.traffic import Traffic

TOLD_AT_ONCE = 500  # handlers, links and peers; more are told less often, at the same cost a second


class _Handler:
    """What calls of one handler have come to."""

    __slots__ = ("computing", "failed", "queue_wait")

    def __init__(self) -> None:
        self.computing, self.queue_wait = Recorder(), Recorder()
        self.failed = 0


def _method_of(work: Work) -> str:
    """The name of what does work that is no handler's; empty if there is but one."""
    return work.method if isinstance(work, Invoke) else ""


class Measures:
    """The totals of one process, and the rhythm in which they are told.

    Args:
        switchboard: knows what went over the links.
        every_s: how long totals that have grown wait until they are told; 0 has none measured.

    Attributes:
        grown: whether there may be more to tell than was told: also on the links.
        rested_s: for how long, in all, the user's code has only waited for what it awaits.
    """

    def __init__(self, switchboard: Switchboard, every_s: float) -> None:
        self.on = every_s > 0
        self._switchboard = switchboard
        self._every_s = every_s
        self._handlers: dict[tuple[str, str], _Handler] = {}
        self._busy_s = self._blocked_s = self._busy_told_s = 0.0
        self._at_work_since_s: float | None = None
        self._begun: tuple[Work, float] | None = None  # and when; what waited is not counted yet
        self._began_s = self._told_s = -math.inf
        self.grown = False
        self._connections = Connections(switchboard.peer_dialled)
        self.rested_s: Callable[[], float] = float
        self._rested_before_s = 0.0

    def read_from(self, readings: Callable[[], Iterable[Reading]]) -> None:
        """Ask this for what the network does, each time that something is told."""
        self._connections.readings = readings

    def _handler(self, work: Work) -> _Handler:
        self.grown = True
        method = work.handler if isinstance(work, Handle) else _method_of(work)
        place = work.hosted.spec.name, method
        handler = self._handlers.get(place)
        if handler is None:
            handler = self._handlers[place] = _Handler()
        return handler

    def begin(self, work: Work, now_s: float) -> None:
        """Work begins with what has waited for it.

        How long that was is counted when it is over, or told, or other work begins: what comes of
        it is what others wait for.
        """
        if self._begun is not None:
            self._count_waits(*self._begun)
        self._at_work_since_s, self._rested_before_s = now_s, self.rested_s()
        self._begun = (work, now_s) if self.on else None

    def _count_waits(self, work: Work, began_s: float) -> None:
        self._begun = None
        if isinstance(work, Handle):
            queue_wait = self._handler(work).queue_wait
            for part in work.parts:
                queue_wait.add(round((began_s - part.came_s) * SECOND_NS), part.count)
        elif isinstance(work, Run | RunResult) and work.waits:
            queue_wait = self._handler(work).queue_wait
            for came_s, pushes in work.waits:
                queue_wait.add(round((began_s - came_s) * SECOND_NS), pushes)

    def computed(self, work: Work, nanoseconds: Sequence[int], together: int = 1) -> None:
        """Each push, so many pushes together, or the work as a whole, took so long."""
        if self.on:
            self._handler(work).computing.add_all(nanoseconds, together)

    def failed(self, work: Work) -> None:
        """The user's code raised."""
        if self.on:
            self._handler(work).failed += 1

    def grow(self) -> None:
        """The links have more to tell."""
        self.grown = True

    def worked(self, seconds: float) -> None:
        """A piece of work took so long, with all waiting."""
        if self._begun is not None:
            self._count_waits(*self._begun)
        self._busy_s += seconds - self._rest_s()
        self._at_work_since_s = None
        self.grown = True

    def _rest_s(self) -> float:
        """How much of the work at hand was rest: what is awaited between two pieces is none."""
        return max(0.0, self.rested_s() - self._rested_before_s)

    def ended(self) -> None:
        """Work of a round has ended: those that it was pushed to are there, and may leave next."""
        if self.on and not self._connections.count:
            self._connections.look()

    def abandoned(self, now_s: float) -> None:
        """The work has failed, and is not gone on with here."""
        if self._at_work_since_s is not None:
            self.worked(max(0.0, now_s - self._at_work_since_s))

    def blocked(self, seconds: float) -> None:
        """So much of it, others took nothing of what it pushes."""
        self._blocked_s += seconds

    def tick(self, now_s: float) -> float:
        """Let time pass; returns when there is something to tell."""
        if self._began_s < 0:
            self._began_s = self._told_s = now_s
        return self._told_s + self._pause_s() if self._has_news() else math.inf

    def _has_news(self) -> bool:
        return self.on and (self.grown or self._at_work_since_s is not None)

    def _pause_s(self) -> float:
        """How long after it was told last: longer where each telling is of thousands."""
        links, peers = len(self._switchboard.terms.all_traffic), self._connections.count
        told = len(self._handlers) + links + peers
        return self._every_s * max(1.0, told / TOLD_AT_ONCE)

    def last(self, now_s: float) -> Measured | None:
        """What there is to tell now, as if nothing were told later; None if there is nothing."""
        if not self._has_news():
            return None
        if self._begun is not None:
            self._count_waits(*self._begun)
        self.grown, self._told_s = False, now_s
        return Measured(encode_totals(self._totals(now_s)))

    def _totals(self, now_s: float) -> DaemonTotals:
        return DaemonTotals(
            max(0.0, now_s - self._began_s),
            self._busy_by(now_s),
            self._blocked_s,
            [
                HandlerTotals(
                    instance,
                    name,
                    one.computing.histogram,
                    one.queue_wait.histogram,
                    one.failed,
                )
                for (instance, name), one in self._handlers.items()
            ],
            self._links(),
            self._arrays(),
            self._connections.look(),
        )

    def _busy_by(self, now_s: float) -> float:
        """With what is at work; of what is done over only the last counts, but none takes back."""
        busy_s = self._busy_s - self._blocked_s
        if self._at_work_since_s is not None:
            busy_s += max(0.0, now_s - self._at_work_since_s - self._rest_s())
        self._busy_told_s = max(self._busy_told_s, busy_s)
        return self._busy_told_s

    def _arrays(self) -> dict[str, int]:
        counted = not_zero(self._switchboard.arena_counts)
        counted.pop("shared_bytes", None)  # the links tell of bytes
        return counted

    def _links(self) -> list[LinkTotals]:
        terms = self._switchboard.terms
        unconfirmed, queued = self._switchboard.unconfirmed(), self._switchboard.queued()
        used = {link for link in (*terms.all_traffic, *terms.all_counts) if link >= 0}
        return [
            _link(link, terms.traffic(link), terms.counts(link), unconfirmed[link], queued[link])
            for link in sorted(used)
        ]


def not_zero(counts: msgspec.Struct) -> dict[str, int]:
    """Those of some counts that have counted something, by name."""
    return {name: count for name, count in msgspec.structs.asdict(counts).items() if count}


def _link(
    link: int, traffic: Traffic, counts: LinkCounts, unconfirmed: int, queued: int
) -> LinkTotals:
    return LinkTotals(
        link,
        traffic.sent,
        traffic.sent_bytes,
        traffic.frames,
        traffic.resent,
        traffic.round_trip.histogram,
        unconfirmed,
        not_zero(counts),
        traffic.received,
        traffic.received_bytes,
        traffic.duplicates,
        queued,
    )
