"""Confirms what may be confirmed, and tells the controller what it must know before. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from swarmdsl.daemon.ledger import Ledger
from swarmdsl.daemon.recovery import Recovery
from swarmdsl.daemon.reporting import Reporting
from swarmdsl.daemon.telling import Telling
from swarmdsl.wire.session.events import Inlet
from swarmdsl.wire.session.switchboard import Switchboard


class Settling:
    """Carries out what the ledger of one daemon says.

    Args:
        switchboard: its sessions.
        ledger: which inputs wait for which outputs.
        reporting: to the controller.
        recovery: waits for what the controller has on disk.
        telling: may put off confirmations.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        ledger: Ledger,
        reporting: Reporting,
        recovery: Recovery,
        telling: Telling,
    ) -> None:
        self._switchboard = switchboard
        self._ledger = ledger
        self._reporting = reporting
        self._recovery = recovery
        self._telling = telling

    def confirm(self, confirmable: Mapping[Inlet, int]) -> None:
        """These inputs are done with, up to there; report what that has completed."""
        for inlet, upto in confirmable.items():
            self._switchboard.confirm(inlet, upto)
        for report in self._ledger.take_completed():
            self._reporting.report(report)

    def settle(self, upto: int) -> None:
        """The controller has on disk what we reported: it need not be done again."""
        for report in self._reporting.settle(upto):
            self._telling.hurry()  # who pushed to a function may be waited for by others
            self.confirm(self._ledger.settle(report))
            self._recovery.settled(report)
