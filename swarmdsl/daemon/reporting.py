"""What a daemon has to tell the controller: in order, as its credit allows, until it is on disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from math import inf

from swarmdsl.daemon.reports import (
    CONTROLLER,
    EVENTS,
    AcknowledgedReport,
    Report,
    WorkFinished,
    WorkStarted,
)
from swarmdsl.wire.codec import encode_values
from swarmdsl.wire.session.switchboard import Switchboard

REPORTS_MAX = 1_000_000  # that wait for the controller's credit: beyond all work in flight
NO_ROUND = -1  # reports belong to none
HOLD_S = 0.002  # for which those may wait that nobody acts on: others follow, and each write wakes


class Reporting:
    """The reports of one daemon.

    Args:
        switchboard: its sessions.
        chunk: how many reports may leave together.

    Attributes:
        waiting: what has not left, in order.
    """

    def __init__(self, switchboard: Switchboard, chunk: int) -> None:
        self._switchboard = switchboard
        self._chunk = chunk
        self.waiting: list[Report] = []
        self._acknowledged: deque[tuple[int, Report]] = deque()
        self._reported = 0
        self._hurries = self._blocked = False
        self._since_s = inf

    def report(self, report: Report) -> None:
        """Tell the controller this, after all that was reported before."""
        assert len(self.waiting) < REPORTS_MAX, "the controller takes no reports"
        self.waiting.append(report)
        self._hurries |= not isinstance(report, WorkStarted | WorkFinished)
        if isinstance(report, AcknowledgedReport):
            self._acknowledged.append((self._reported, report))
        self._reported += 1

    def report_all(self, reports: Iterable[Report]) -> None:
        """Tell the controller these, likewise."""
        for report in reports:
            self.report(report)

    def hurry(self) -> None:
        """What waits is to be told at once: what follows may take long."""
        self._hurries = True

    def left_s(self, now_s: float) -> float:
        """How long what waits may do so; infinite if nothing waits but for credit."""
        if not self.waiting or self._blocked:
            return inf
        return 0.0 if self._hurries else max(0.0, self._since_s + HOLD_S - now_s)

    def flush(self, now_s: float = inf) -> None:
        """Push what the controller has credit for, unless it may wait; by default it may not."""
        if not self.waiting:
            return
        self._since_s = min(self._since_s, now_s)
        if not self._hurries and now_s < self._since_s + HOLD_S:
            self._blocked = False
            return
        channel = self._switchboard.to(CONTROLLER).channel(EVENTS)
        while room := min(channel.room, len(self.waiting), self._chunk):
            payload = encode_values(self.waiting[:room])
            del self.waiting[:room]
            self._switchboard.push(CONTROLLER, EVENTS, payload, room, NO_ROUND)
        self._blocked = bool(self.waiting)
        if not self._blocked:
            self._hurries, self._since_s = False, inf

    def settle(self, upto: int) -> Iterator[Report]:
        """The controller has confirmed up to here: those that it had to acknowledge, in order."""
        while self._acknowledged and self._acknowledged[0][0] < upto:
            yield self._acknowledged.popleft()[1]
