"""Who may open a session, and which channels it may carry: the owner's knowledge, asked by it."""

from __future__ import annotations

from typing import Protocol

from swarmdsl.wire.messages import ChannelKey


class Admission(Protocol):
    """What bounds the accepting side: state is kept for peers and channels that it admits alone."""

    def knows(self, peer: str) -> bool:
        """Whether a process of this name may introduce itself."""

    def carries(self, peer: str, channel: ChannelKey) -> bool:
        """Whether this peer pushes to us on this channel."""


class Everyone:
    """Admits whoever comes, on any channel: for sessions outside of a topology.

    >>> Everyone().knows("a stranger")
    True
    """

    def knows(self, peer: str) -> bool:
        """Everybody is known."""
        return True

    def carries(self, peer: str, channel: ChannelKey) -> bool:
        """Every channel is."""
        return True
