"""On what terms a process pushes on its links: the bounds, and what happens at them."""

from __future__ import annotations

from collections.abc import Mapping

from swarmdsl.topology.model import Limits
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.channel import SendChannel
from swarmdsl.wire.session.retention import LinkCounts, Shelf


class Terms:
    """Makes the sending ends of a process's channels, by the terms of their links.

    Args:
        limits: the bounds of every channel.
        shelf: where links that spill put what is beyond the bound of the unconfirmed.
        spilling: the links that spill: what is pushed there is confirmed only when the round ends,
            so a sender that waited at the bound would wait for ever.
    """

    def __init__(
        self,
        limits: Limits,
        shelf: Shelf | None = None,
        spilling: frozenset[int] = frozenset(),
    ) -> None:
        self._limits = limits
        self._shelf = shelf
        self._spilling = spilling
        self._counts: dict[int, LinkCounts] = {}

    def open(self, key: ChannelKey) -> SendChannel:
        """A new sending end."""
        shelf = self._shelf if key.link in self._spilling else None
        return SendChannel(self._limits, self.counts(key.link), shelf)

    def counts(self, link: int) -> LinkCounts:
        """What became of the pushes of a link."""
        return self._counts.setdefault(link, LinkCounts())

    @property
    def all_counts(self) -> Mapping[int, LinkCounts]:
        """What became of the pushes of every link that was used."""
        return self._counts
