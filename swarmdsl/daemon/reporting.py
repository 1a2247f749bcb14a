"""What a daemon has to tell the controller: in order, as its credit allows, until it is on disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from swarmdsl.daemon.reports import CONTROLLER, EVENTS, AcknowledgedReport, Report
from swarmdsl.wire.codec import encode_values
from swarmdsl.wire.session.switchboard import Switchboard

REPORTS_MAX = 1_000_000  # that wait for the controller's credit: beyond all work in flight
NO_ROUND = -1  # reports belong to none


class Reporting:
    """The reports of one daemon.

    Args:
        switchboard: its sessions.
        chunk: how many reports may leave together.
    """

    def __init__(self, switchboard: Switchboard, chunk: int) -> None:
        self._switchboard = switchboard
        self._chunk = chunk
        self._waiting: list[Report] = []
        self._acknowledged: deque[tuple[int, Report]] = deque()
        self._reported = 0

    def report(self, report: Report) -> None:
        """Tell the controller this, after all that was reported before."""
        assert len(self._waiting) < REPORTS_MAX, "the controller takes no reports"
        self._waiting.append(report)
        if isinstance(report, AcknowledgedReport):
            self._acknowledged.append((self._reported, report))
        self._reported += 1

    def flush(self) -> None:
        """Push what the controller has credit for."""
        if not self._waiting:
            return
        channel = self._switchboard.to(CONTROLLER).channel(EVENTS)
        room = min(channel.room, len(self._waiting), self._chunk)
        if room:
            payload = encode_values(self._waiting[:room])
            del self._waiting[:room]
            self._switchboard.push(CONTROLLER, EVENTS, payload, room, NO_ROUND)

    def settle(self, upto: int) -> Iterator[Report]:
        """The controller has confirmed up to here: those that it had to acknowledge, in order."""
        while self._acknowledged and self._acknowledged[0][0] < upto:
            yield self._acknowledged.popleft()[1]
