"""The connection of a daemon to itself: what its instances push to one another. Pure.

A worker hosts many functions, and most of what one of them gives is for another one of the same
worker. It keeps to the protocol as all pushes do, with positions, credit, types and confirmations;
but its frames are handed over in memory, and no socket, thread or system call is in their way.
"""

from __future__ import annotations

from collections.abc import Callable

from swarmdsl.wire.frames import Frames
from swarmdsl.wire.session.events import Outgoing
from swarmdsl.wire.session.switchboard import Switchboard

DIALLED, ACCEPTED = -2, -3
"""The numbers of its two ends; no transport gives such."""

_OTHER = {DIALLED: ACCEPTED, ACCEPTED: DIALLED}

Receive = Callable[[int, Frames], None]
"""Takes a message that came on a connection, as `DaemonCore.receive` does."""


class Loopback:
    """Hands over what a daemon says to itself, and keeps what it says to others until it leaves.

    Args:
        switchboard: the sessions of the daemon.
        receive: takes what is handed over.

    Attributes:
        is_used: whether the daemon says anything to itself.
    """

    def __init__(self, switchboard: Switchboard, receive: Receive) -> None:
        self._switchboard = switchboard
        self._receive = receive
        self.is_used = False
        self._leaving: list[Outgoing] = []

    def dial(self) -> None:
        """Make the connection: the session introduces itself to itself."""
        self.is_used = True
        self._switchboard.dialled(self._switchboard.identity.peer, DIALLED)

    def hand_over(self, *, lazily: bool) -> None:
        """Take in all that the daemon says to itself, and what it answers, and so on to the end."""
        handed = True
        while handed:
            handed = False
            for out in self._switchboard.take_outgoing(lazily=lazily):
                other = _OTHER.get(out.connection)
                if other is None:
                    self._leaving.append(out)
                else:
                    self._receive(other, out.frames)
                    handed = True

    def take_outgoing(self, *, lazily: bool) -> list[Outgoing]:
        """What others are to be sent, in order, once all that it says to itself is taken in."""
        self.hand_over(lazily=lazily)
        leaving, self._leaving = self._leaving, []
        return leaving
