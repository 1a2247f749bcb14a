"""What one daemon has measured since its process began: it is told as a whole, again and again.

Totals only grow, so a telling that is lost is made good by the next, one that comes twice changes
nothing, and what happened within a stretch of time is the difference of two.
"""

from __future__ import annotations

import msgspec

from swarmdsl.stats.histogram import Histogram


class HandlerTotals(msgspec.Struct, array_like=True):
    """What calls of one handler, or runs of one function, have come to.

    Attributes:
        instance: whose it is.
        handler: the name of the method; empty where a function or script runs as a whole.
        computing: how long the user's code took for each push, or each run, without waiting for
            those that it pushes to.
        queue_wait: how long each push was here before the batch that it is in was begun.
        failed: calls that raised.
    """

    instance: str
    handler: str
    computing: Histogram
    queue_wait: Histogram
    failed: int = 0


class LinkTotals(msgspec.Struct, array_like=True):
    """What went over one link, as one daemon sees it: what it sent there, and what came from there.

    Attributes:
        link: by its place in the topology.
        sent: pushes that left, each counted once; a push to several receivers counts for each.
        sent_bytes: their payload.
        frames: that they left in.
        resent: pushes that left once more, after a connection was lost.
        round_trip: from when a push left until its sender heard that it was dealt with, and all
            that came of it was pushed; of each push. At the latest that is when the run is over.
        unconfirmed: pushes that it has not heard so of, now.
        missed: what became of the others, by reason: see `LinkCounts`.
        received: pushes that came, each counted once.
        received_bytes: their payload.
        duplicates: pushes that came once more.
        queued: pushes that wait here, now.
    """

    link: int
    sent: int = 0
    sent_bytes: int = 0
    frames: int = 0
    resent: int = 0
    round_trip: Histogram = msgspec.field(default_factory=Histogram)
    unconfirmed: int = 0
    missed: dict[str, int] = {}
    received: int = 0
    received_bytes: int = 0
    duplicates: int = 0
    queued: int = 0


class ConnectionTotals(msgspec.Struct, array_like=True):
    """What the TCP connections to one peer have come to, as the kernel of the daemon saw them.

    Attributes:
        peer: who was dialled: a daemon, or `controller`.
        opened: how many there were: one, and one more each time that it broke.
        segments: with data that were sent.
        retransmitted: segments that were sent again.
        round_trip: from a segment to its acknowledgement, smoothed, each time that it was looked.
    """

    peer: str
    opened: int = 0
    segments: int = 0
    retransmitted: int = 0
    round_trip: Histogram = msgspec.field(default_factory=Histogram)


class DaemonTotals(msgspec.Struct, array_like=True):
    """All that one process of a daemon has measured.

    Attributes:
        alive_s: how long it is at work.
        busy_s: of that, while the user's code ran.
        blocked_s: of that, while it waited for others to take what it pushes.
        handlers: of its instances.
        links: that it sends or receives on.
        arrays: how its large arrays left: `shared` in memory that their receivers read, or copied
            into their frames since that memory was `full`, or the receiver could not see it
            (`unseen`).
        connections: over TCP, that it has dialled.
    """

    alive_s: float
    busy_s: float
    blocked_s: float
    handlers: list[HandlerTotals]
    links: list[LinkTotals]
    arrays: dict[str, int] = {}
    connections: list[ConnectionTotals] = []


def since(now: DaemonTotals, earlier: DaemonTotals) -> DaemonTotals:
    """What a process did after it had come to `earlier`; what stands is as it stands now."""
    handlers = {(one.instance, one.handler): one for one in earlier.handlers}
    links = {one.link: one for one in earlier.links}
    connections = {one.peer: one for one in earlier.connections}
    return DaemonTotals(
        now.alive_s - earlier.alive_s,
        now.busy_s - earlier.busy_s,
        now.blocked_s - earlier.blocked_s,
        [_since_handler(one, handlers.get((one.instance, one.handler))) for one in now.handlers],
        [_since_link(one, links.get(one.link)) for one in now.links],
        {how: count - earlier.arrays.get(how, 0) for how, count in now.arrays.items()},
        [_since_connection(one, connections.get(one.peer)) for one in now.connections],
    )


def _since_handler(now: HandlerTotals, earlier: HandlerTotals | None) -> HandlerTotals:
    if earlier is None:
        return now
    return HandlerTotals(
        now.instance,
        now.handler,
        now.computing.since(earlier.computing),
        now.queue_wait.since(earlier.queue_wait),
        now.failed - earlier.failed,
    )


def _since_link(now: LinkTotals, earlier: LinkTotals | None) -> LinkTotals:
    if earlier is None:
        return now
    missed = {name: count - earlier.missed.get(name, 0) for name, count in now.missed.items()}
    return LinkTotals(
        link=now.link,
        sent=now.sent - earlier.sent,
        sent_bytes=now.sent_bytes - earlier.sent_bytes,
        frames=now.frames - earlier.frames,
        resent=now.resent - earlier.resent,
        round_trip=now.round_trip.since(earlier.round_trip),
        unconfirmed=now.unconfirmed,
        missed={name: count for name, count in missed.items() if count},
        received=now.received - earlier.received,
        received_bytes=now.received_bytes - earlier.received_bytes,
        duplicates=now.duplicates - earlier.duplicates,
        queued=now.queued,
    )


def _since_connection(now: ConnectionTotals, earlier: ConnectionTotals | None) -> ConnectionTotals:
    if earlier is None:
        return now
    return ConnectionTotals(
        now.peer,
        now.opened - earlier.opened,
        now.segments - earlier.segments,
        now.retransmitted - earlier.retransmitted,
        now.round_trip.since(earlier.round_trip),
    )


_encoder = msgspec.msgpack.Encoder()


def encode_totals(totals: DaemonTotals) -> bytes:
    """Totals as they are told.

    >>> decode_totals(encode_totals(DaemonTotals(2.0, 0.5, 0.0, [], [])))
    DaemonTotals(alive_s=2.0, busy_s=0.5, blocked_s=0.0, handlers=[], links=[], ...)
    """
    return _encoder.encode(totals)


def decode_totals(data: bytes) -> DaemonTotals:
    """Totals as they were told.

    Raises:
        msgspec.DecodeError: these are none.
    """
    return msgspec.msgpack.decode(data, type=DaemonTotals)
