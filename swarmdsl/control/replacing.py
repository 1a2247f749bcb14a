"""Daemons that are ended on purpose, so that another is in their place. Pure.

It is no loss: it counts against no limit, and there is no pause. What such a daemon was at is done
again, as after a loss. Its container ends with it, and so the next process is in a new one.
"""

from __future__ import annotations

from swarmdsl.control.daemons import DaemonTable
from swarmdsl.control.happenings import DaemonReplaced
from swarmdsl.control.lost_daemons import LostDaemons
from swarmdsl.control.orders import Orders
from swarmdsl.control.remembered import Remembered
from swarmdsl.control.state import DaemonPhase, Reason
from swarmdsl.control.supervision import Kill


class Replacing:
    """Which daemons are to be replaced, and which are about to end for it.

    Args:
        remembered: what each has made, and may forget.
        daemons: whether they are there.
        lost: starts one anew.
        orders: takes what the shell is to do.
    """

    def __init__(
        self, remembered: Remembered, daemons: DaemonTable, lost: LostDaemons, orders: Orders
    ) -> None:
        self._remembered = remembered
        self._daemons = daemons
        self._lost = lost
        self._orders = orders
        self._wanted: dict[str, str] = {}
        self._ending: dict[str, str] = {}

    def ask(self, daemon: str, cause: str) -> None:
        """Replace a daemon: now, or when it has connected; never one that was given up."""
        phase = self._daemons.phase(daemon)
        if phase is DaemonPhase.GIVEN_UP or daemon in self._ending:
            return
        self._wanted[daemon] = cause
        if not self._daemons.is_absent(daemon) and phase is not DaemonPhase.COMING:
            self.connected(daemon)

    def forget(self, daemon: str) -> None:
        """The run does without a daemon now: its end is none that was asked for."""
        self._ending.pop(daemon, None)

    def connected(self, daemon: str) -> None:
        """A daemon is there: end it, if that is wanted."""
        cause = self._wanted.pop(daemon, None)
        if cause is not None:
            self._ending[daemon] = cause
            self._orders.add(Kill(daemon=daemon, cause=cause, renews=True))

    def is_ending(self, daemon: str) -> bool:
        """Whether its end is the one that was asked for."""
        return daemon in self._ending

    def follow(self, daemon: str, now_s: float) -> Reason | None:
        """It has ended; why the run cannot go on, None if it can."""
        cause = self._ending.pop(daemon)
        losses, module = self._lost.count(daemon)
        self._orders.tell(DaemonReplaced(daemon=daemon, text=cause + losses, forgets=module))
        return self._lost.renew(daemon, now_s, 0.0, cause)
