"""Counts pushes whose confirmation is late. It has no clock: its owner tells it the time."""

from __future__ import annotations

from collections import deque

from swarmdsl.wire.session.retention import LinkCounts

PARTS = 64  # of the time limit; pushes that follow one another within a part share an entry


class _Entry:
    __slots__ = ("count", "last_s", "since_s", "upto")

    def __init__(self, upto: int, count: int, now_s: float) -> None:
        self.upto = upto
        self.count = count
        self.since_s = self.last_s = now_s


class Watch:
    """The pushes of one channel that wait for their confirmation, each counted at most once.

    Memory is bounded by the time limit, not by how much is pushed: there are about 64 entries.
    A push may count as late up to 1/64 of the limit too late, never too early.

    Args:
        timeout_s: within which a push should be confirmed.
        counts: of the link.
        now_s: the time.
    """

    __slots__ = ("_confirmed", "_counts", "_now_s", "_open", "_timeout_s")

    def __init__(self, timeout_s: float, counts: LinkCounts, now_s: float) -> None:
        self._timeout_s = timeout_s
        self._counts = counts
        self._now_s = now_s
        self._confirmed = 0
        self._open: deque[_Entry] = deque()

    def begin(self, first: int, count: int) -> None:
        """Pushes have their positions, and wait from now on."""
        last = self._open[-1] if self._open else None
        part_s = self._timeout_s / PARTS
        if last is not None and last.upto == first and self._now_s - last.since_s < part_s:
            last.upto, last.count, last.last_s = first + count, last.count + count, self._now_s
        else:
            self._open.append(_Entry(first + count, count, self._now_s))

    def confirm(self, upto: int) -> None:
        """Everything below a position is confirmed."""
        self._confirmed = upto
        while self._open and self._open[0].upto <= upto:
            self._open.popleft()

    def tick(self, now_s: float) -> None:
        """Count those that have waited too long by now."""
        self._now_s = now_s
        while self._open and now_s - self._open[0].last_s >= self._timeout_s:
            late = self._open.popleft()
            self._counts.timed_out += min(late.count, late.upto - self._confirmed)
