"""Checks every message against the promises of the protocol, without a look inside of any process.

It keeps its own account of each channel from what travels, and compares.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from swarmdsl.testing.network import Letter, Place
from swarmdsl.topology.model import Limits
from swarmdsl.wire.messages import (
    ChannelKey,
    Confirm,
    Credit,
    Data,
    End,
    Hello,
    Mark,
    Welcome,
    decode,
)

Complain = Callable[[str, str], None]
"""Takes the name of a checker and what it found."""


@dataclass(slots=True)
class Channel:
    """One channel, from one incarnation of its source.

    Attributes:
        source: the process that pushes, with its incarnation.
        destination: the process that takes in.
        key: of the channel.
        limit: the credit that the destination has given.
        pushed: the position behind the last that was sent.
        arrived: the position behind the last that arrived.
        confirmed: as far as the source was told.
        said_confirmed: as far as the destination has said, with its incarnation.
        sizes: of each batch that was sent, by first position: pushes and bytes; an END has none.
        ends: the positions of its ENDs, in order.
        last: the position behind its last push.
        rounds: the position behind the last push of each round.
        ended: the rounds whose END has arrived.
        holes: positions that were passed over, on a link that delivers at most once.
        let_go: the position behind what its source does not keep, as it has said.
    """

    source: tuple[str, int]
    destination: str
    key: ChannelKey
    limit: int
    pushed: int = 0
    arrived: int = 0
    confirmed: int = 0
    said_confirmed: tuple[int, int] = (0, 0)
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)
    last: int = 0
    rounds: dict[int, int] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    holes: int = 0
    let_go: int = 0

    @property
    def name(self) -> str:
        """For a message."""
        link, source, destination = self.key
        return f"{self.source[0]} -> {self.destination} on link {link} ({source}, {destination})"


class Auditor:
    """The account of all channels of a simulation.

    Args:
        limits: of the topology.
        complain: is told what is wrong.
        lossy: links that deliver at most once: nothing is kept, and what is lost leaves a hole.
        spilling: links on which a sender keeps what is beyond its bound on disk.
    """

    def __init__(
        self,
        limits: Limits,
        complain: Complain,
        lossy: AbstractSet[int] = frozenset(),
        spilling: AbstractSet[int] = frozenset(),
    ) -> None:
        self._limits = limits
        self._lossy = lossy
        self._unbounded = lossy | spilling
        self._complain = complain
        self._channels: dict[tuple[str, int, str, ChannelKey], Channel] = {}
        self._welcomed: dict[tuple[str, int, str], int] = {}

    def channels(self) -> Iterator[Channel]:
        """Every channel that was used, in the order of first use."""
        yield from self._channels.values()

    def sent(self, letter: Letter) -> None:
        """A message was handed over."""
        sender, receiver = letter.sender.place, letter.receiver.place
        received = decode(letter.frames)
        message, rest = received.message, received.payload
        if isinstance(message, Data | End):
            self._check_introduced(sender, receiver, message.connection)
        match message:
            case Data(link=link, source=source, destination=destination):
                channel = self._channel(sender, receiver, ChannelKey(link, source, destination))
                size = sum(len(one) for one in rest)
                self._pushed(channel, message.first, message.count, size)
                channel.rounds[message.round] = max(
                    channel.rounds.get(message.round, 0), message.first + message.count
                )
            case End(link=link, source=source, destination=destination):
                channel = self._channel(sender, receiver, ChannelKey(link, source, destination))
                self._pushed(channel, message.first, 1, 0)
            case Welcome():
                self._granted(receiver, sender, message.credit, anew=True)
                self._said(receiver, sender, message.confirmed)
            case Credit():
                self._granted(receiver, sender, message.limits, anew=False)
            case Confirm():
                self._granted(receiver, sender, message.limits, anew=False)
                self._said(receiver, sender, message.upto)
            case _:
                pass

    def arrived(self, letter: Letter) -> None:
        """A message has arrived."""
        sender, receiver = letter.sender.place, letter.receiver.place
        message = decode(letter.frames).message
        match message:
            case Data(link=link, source=source, destination=destination):
                channel = self._channel(sender, receiver, ChannelKey(link, source, destination))
                self._came(channel, message.first, message.count)
            case End(link=link, source=source, destination=destination):
                channel = self._channel(sender, receiver, ChannelKey(link, source, destination))
                channel.ended.add(message.round)
                channel.arrived = max(channel.arrived, message.first + 1)
            case Hello():
                self._introduced(sender, receiver, message.unconfirmed)
            case Welcome():
                self._note_welcome(receiver, sender, message.connection)
                self._told(receiver, sender, message.confirmed)
            case Confirm():
                self._told(receiver, sender, message.upto)
            case _:
                pass

    def lost(self, letter: Letter, why: str) -> None:
        """A loss breaks no promise."""

    def _channel(self, source: Place, destination: Place, key: ChannelKey) -> Channel:
        place = (source.name, source.incarnation, destination.name, key)
        channel = self._channels.get(place)
        if channel is None:
            channel = self._channels[place] = Channel(
                source=(source.name, source.incarnation),
                destination=destination.name,
                key=key,
                limit=self._limits.inbox_messages,
            )
        return channel

    def _note_welcome(self, source: Place, destination: Place, connection: int) -> None:
        place = (source.name, source.incarnation, destination.name)
        self._welcomed[place] = max(connection, self._welcomed.get(place, 0))

    def _check_introduced(self, source: Place, destination: Place, connection: int) -> None:
        welcomed = self._welcomed.get((source.name, source.incarnation, destination.name), 0)
        if connection > welcomed:
            self._complain(
                "introduction", f"{source.name} pushes to {destination.name} before its WELCOME"
            )

    def _pushed(self, channel: Channel, first: int, count: int, size: int) -> None:
        lossy = channel.key.link in self._lossy
        if first > max(channel.pushed, channel.let_go) and not lossy:
            self._complain("order", f"{channel.name} jumps from {channel.pushed} to {first}")
        known = channel.sizes.get(first)
        if known is None:
            known = channel.sizes[first] = (count, size)
            if not size:
                channel.ends.append(first)
        if known != (count, size):
            self._complain(
                "repetition",
                f"{channel.name} sends other pushes at {first} than before: "
                f"{count} of {size} bytes, once {known[0]} of {known[1]} bytes",
            )
        upto = first + count
        if size and upto > channel.limit and not lossy:
            self._beyond_credit(channel, upto)
        channel.pushed = max(channel.pushed, upto)
        channel.last = max(channel.last, upto if size else 0)
        if size and channel.key.link >= 0 and channel.key.link not in self._unbounded:
            self._check_unconfirmed(channel)

    def _came(self, channel: Channel, first: int, count: int) -> None:
        upto = first + count
        if channel.key.link in self._lossy:
            channel.holes += max(0, first - channel.arrived)
            if upto > channel.limit + channel.holes:  # what is passed over gives its credit back
                self._beyond_credit(channel, upto)
        channel.arrived = max(channel.arrived, upto)

    def _introduced(self, source: Place, destination: Place, kept: list[Mark]) -> None:
        """What a source does not keep, and has not got through, is passed over."""
        for mark in kept:
            channel = self._channel(source, destination, mark.channel)
            channel.let_go = max(channel.let_go, mark.position)
            if mark.link in self._lossy:
                channel.holes += max(0, mark.position - channel.arrived)
                channel.arrived = max(channel.arrived, mark.position)

    def _beyond_credit(self, channel: Channel, upto: int) -> None:
        self._complain("credit", f"{channel.name} pushes to {upto}, with credit to {channel.limit}")

    def _check_unconfirmed(self, channel: Channel) -> None:
        ends = len(channel.ends) - bisect_left(channel.ends, channel.confirmed)
        unconfirmed = channel.pushed - channel.confirmed - ends
        bound = self._limits.unconfirmed_messages
        if unconfirmed > bound:
            self._complain("bound", f"{channel.name} keeps {unconfirmed} pushes, and may {bound}")

    def _granted(self, source: Place, destination: Place, marks: list[Mark], *, anew: bool) -> None:
        for mark in marks:
            channel = self._channel(source, destination, mark.channel)
            channel.limit = mark.position if anew else max(channel.limit, mark.position)
            came = max(channel.arrived, channel.let_go)
            beyond = mark.position - self._limits.inbox_messages - came
            if beyond > 0 and channel.source[1] == 0:
                self._complain(
                    "inbox", f"{channel.name} gives credit for {beyond} pushes that never came"
                )

    def _said(self, source: Place, destination: Place, marks: list[Mark]) -> None:
        for mark in marks:
            channel = self._channel(source, destination, mark.channel)
            incarnation, before = channel.said_confirmed
            if incarnation == destination.incarnation and mark.position < before:
                self._complain(
                    "confirmation",
                    f"{channel.name} is confirmed to {mark.position}, after {before}",
                )
            channel.said_confirmed = (destination.incarnation, mark.position)
            if mark.position > max(channel.arrived, channel.let_go):
                self._complain(
                    "confirmation",
                    f"{channel.name} is confirmed to {mark.position}, "
                    f"and only {channel.arrived} arrived",
                )

    def _told(self, source: Place, destination: Place, marks: list[Mark]) -> None:
        for mark in marks:
            channel = self._channel(source, destination, mark.channel)
            channel.confirmed = max(channel.confirmed, mark.position)

    def unconfirmed(self) -> Iterator[str]:
        """What every channel between tasks still keeps, in words."""
        for channel in self._channels.values():
            if channel.key.link >= 0 and channel.pushed > channel.confirmed:
                yield (
                    f"{channel.name}: {channel.pushed} sent, {channel.arrived} arrived, "
                    f"{channel.confirmed} confirmed, credit to {channel.limit}"
                )
