"""Confirms what may be confirmed, and tells the controller what it must know before. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from math import inf

from swarmdsl.daemon.ledger import Ledger
from swarmdsl.daemon.recovery import Recovery
from swarmdsl.daemon.reporting import Reporting
from swarmdsl.daemon.telling import Telling
from swarmdsl.wire.session.events import Confirmed, Inlet
from swarmdsl.wire.session.switchboard import Switchboard


class Settling:
    """Carries out what the ledger of one daemon says.

    Args:
        switchboard: its sessions.
        ledger: which inputs wait for which outputs.
        reporting: to the controller.
        recovery: waits for what the controller has on disk.
        telling: may put off confirmations.
        grow: is called where there is something new to measure.
    """

    def __init__(
        self,
        switchboard: Switchboard,
        ledger: Ledger,
        reporting: Reporting,
        recovery: Recovery,
        telling: Telling,
        grow: Callable[[], None],
    ) -> None:
        self._switchboard = switchboard
        self._ledger = ledger
        self._reporting = reporting
        self._recovery = recovery
        self._telling = telling
        self._grow = grow
        self._closed = 0  # all rounds below are over

    def confirm(self, confirmable: Mapping[Inlet, int]) -> None:
        """These inputs are done with, up to there; report what that has completed."""
        for inlet, upto in confirmable.items():
            self._switchboard.confirm(inlet, upto)
        for report in self._ledger.take_completed():
            self._reporting.report(report)

    def confirmed(self, event: Confirmed) -> None:
        """What was pushed on a channel is confirmed up to there, or nobody waits for it."""
        self._grow()  # what is not confirmed has become less
        self._recovery.confirmed(event.channel, event.upto)
        self.confirm(self._ledger.confirm(event.channel, event.upto))

    def close(self, number: int, gone: Iterable[str], links: Container[int]) -> None:
        """The controller says that all rounds below this are over.

        So what was consumed in them is done with, and what was pushed in them on these links, those
        of functions, was used. Who used it says so; but not who is gone since.
        """
        if number <= self._closed:
            return
        self._closed = number
        self.confirm(self._ledger.close(number))
        for event in self._switchboard.drop_all(gone, links):
            self.confirmed(event)

    def conclude(self, links: Container[int]) -> None:
        """The controller says that the run is over, and has all it wanted.

        So what was pushed on these links, those of functions, was used: who did has no time to say.
        """
        self.confirm(self._ledger.close(inf))
        for event in self._switchboard.conclude(links):
            self.confirmed(event)

    def settle(self, upto: int) -> None:
        """The controller has on disk what we reported: it need not be done again."""
        for report in self._reporting.settle(upto):
            self._telling.hurry()  # who pushed to a function may be waited for by others
            self.confirm(self._ledger.settle(report))
            self._recovery.settled(report)
