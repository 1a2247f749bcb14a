"""What the TCP connections to each peer have come to, over all that were made. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from swarmdsl.stats.totals import ConnectionTotals
from swarmdsl.transport.base import Reading


class Connections:
    """Adds up readings: those of a connection begin at 0 again when it is made anew.

    What a connection did after it was last looked at, and before it broke, is not known.

    Args:
        peer_dialled: who was dialled on a connection; None if nobody knows.

    Attributes:
        readings: gives what the kernel knows now.
    """

    def __init__(self, peer_dialled: Callable[[int], str | None]) -> None:
        self._peer_dialled = peer_dialled
        self.readings: Callable[[], Iterable[Reading]] = lambda: ()
        self._totals: dict[str, ConnectionTotals] = {}
        self._open: dict[tuple[int, int], Reading] = {}

    @property
    def count(self) -> int:
        """Of peers."""
        return len(self._totals)

    def look(self) -> list[ConnectionTotals]:
        """What has come of them by now."""
        opened: dict[tuple[int, int], Reading] = {}
        for reading in self.readings():
            peer = self._peer_dialled(reading.connection)
            if peer is not None:
                self._add(peer, reading, self._open.get((reading.connection, reading.local)))
                opened[reading.connection, reading.local] = reading
        self._open = opened
        return [*self._totals.values()]

    def _add(self, peer: str, now: Reading, before: Reading | None) -> None:
        totals = self._totals.setdefault(peer, ConnectionTotals(peer))
        if before is None:
            totals.opened += 1
        known = before or Reading(now.connection, now.local, 0, 0, 0.0)
        totals.segments += max(0, now.segments - known.segments)
        totals.retransmitted += max(0, now.retransmitted - known.retransmitted)
        totals.round_trip.add(now.round_trip_s)
