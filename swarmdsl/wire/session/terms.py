"""On what terms a process pushes on its links: the bounds, and what happens at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swarmdsl.topology.model import Limits, LinkSpec
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.channel import SendChannel
from swarmdsl.wire.session.lossy import LossyChannel
from swarmdsl.wire.session.retention import LinkCounts, Shelf
from swarmdsl.wire.session.step import AT_ONCE, Step, step_of
from swarmdsl.wire.session.traffic import Clock, Traffic, Trips
from swarmdsl.wire.session.watch import Watch


class Terms:
    """Makes the sending ends of a process's channels, by the terms of their links.

    Args:
        limits: the bounds of every channel.
        shelf: where links that spill put what is beyond the bound of the unconfirmed.
        spilling: the links that spill: what is pushed there is confirmed only when the round ends,
            so a sender that waited at the bound would wait for ever.
        links: the links of the topology; any other is at least once, and blocks.

    Attributes:
        linger_us: how long those who push to us are asked to wait with what they push.
    """

    def __init__(
        self,
        limits: Limits,
        shelf: Shelf | None = None,
        spilling: frozenset[int] = frozenset(),
        links: Sequence[LinkSpec] = (),
    ) -> None:
        self.linger_us = 0
        self._limits = limits
        self._step = step_of(limits)
        self._shelf = shelf
        self._spilling = spilling
        self._links = links
        self._counts: dict[int, LinkCounts] = {}
        self._traffic: dict[int, Traffic] = {}
        self._watches: list[Watch] = []
        self._clock = Clock()

    def open(self, key: ChannelKey) -> SendChannel:
        """A new sending end."""
        link, counts = self._link(key.link), self.counts(key.link)
        watch = None
        if link is not None and link.response_timeout_s is not None:
            watch = Watch(link.response_timeout_s, counts, self._clock.now_s)
            self._watches.append(watch)
        if link is not None and link.delivery == "at_most_once":
            return LossyChannel(self._limits, counts, link.overflow, watch, self._trips(key.link))
        shelf = self._shelf if key.link in self._spilling else None
        return SendChannel(self._limits, counts, shelf, watch, self._trips(key.link))

    def _trips(self, index: int) -> Trips | None:
        """What measures a new channel of a link; nothing of the system's own."""
        if index < 0 or not self._limits.statistics_every_s:
            return None
        return Trips(self.traffic(index), self._clock)

    def _link(self, index: int) -> LinkSpec | None:
        return self._links[index] if 0 <= index < len(self._links) else None

    def at_most_once(self, index: int) -> bool:
        """Whether pushes of a link are sent once, and not again if they do not arrive."""
        link = self._link(index)
        return link is not None and link.delivery == "at_most_once"

    def step(self, index: int) -> Step:
        """How much credit, or what is confirmed, must grow before the sender on a link is told."""
        link = self._link(index)
        if link is None:
            return self._step
        waits = link.policy == "balance" or link.response_timeout_s is not None
        return AT_ONCE if waits or self.at_most_once(index) else self._step

    def tick(self, now_s: float) -> None:
        """Let time pass: confirmations that have not come by now may be late."""
        self._clock.now_s = now_s
        for watch in self._watches:
            watch.tick(now_s)

    def counts(self, link: int) -> LinkCounts:
        """What became of the pushes of a link."""
        return self._counts.setdefault(link, LinkCounts())

    def traffic(self, link: int) -> Traffic:
        """What goes over a link."""
        found = self._traffic.get(link)
        if found is None:
            found = self._traffic[link] = Traffic()
        return found

    @property
    def all_traffic(self) -> Mapping[int, Traffic]:
        """What went over every link that was used."""
        return self._traffic

    @property
    def all_counts(self) -> Mapping[int, LinkCounts]:
        """What became of the pushes of every link that was used."""
        return self._counts
