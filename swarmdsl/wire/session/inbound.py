"""The accepting side of a session: it takes pushes in once, in order, and confirms them.

| state    | HELLO               | DATA, END                   | BEAT    | other   | BYE    |
|----------|---------------------|-----------------------------|---------|---------|--------|
| UNKNOWN  | WELCOMED, or RESET  | RESET                       | RESET   | RESET   | unexp. |
| WELCOMED | WELCOMED (replaces) | new, repeated, gap, beyond  | BEAT    | said    | LEFT   |
| LEFT     | WELCOMED            | stale                       | stale   | stale   | stale  |

"Other" is what the dialling side may say: CALL, REPLY, ROUND_START and STOP; WELCOME, RESET, CREDIT
and CONFIRM are unexpected from a welcomed peer. BEAT is answered with all credit and
confirmations. A gap and a push beyond credit are answered with RESET and end the connection, as
BYE does: LEFT. A HELLO that is older than one already seen is stale: its connection has been
replaced.

What a peer's incarnation has pushed is remembered across its connections; a newer incarnation
starts anew, at the first position that it still keeps; an older one is refused. A channel moves
on to the first position that HELLO says is kept: our own earlier process confirmed what is below.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from swarmdsl.errors import WireError
from swarmdsl.wire.arena.sharing import Borrower
from swarmdsl.wire.arena.slot import Slot
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import (
    PROTOCOL,
    AnyMessage,
    Beat,
    Bye,
    Call,
    ChannelKey,
    Confirm,
    Credit,
    Data,
    End,
    Hello,
    Mark,
    Reply,
    Reset,
    Returned,
    RoundStart,
    Share,
    Stop,
    Welcome,
    encode,
)
from swarmdsl.wire.mismatch import mismatch
from swarmdsl.wire.session.admission import Admission
from swarmdsl.wire.session.borrowing import Borrowing
from swarmdsl.wire.session.channel import ReceiveChannel
from swarmdsl.wire.session.events import (
    Accepted,
    Counts,
    Delivered,
    Ended,
    Former,
    Inlet,
    Outgoing,
    PeerLeft,
    Said,
    SessionEvent,
)
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.terms import Terms
from swarmdsl.wire.session.traffic import Traffic

NOBODY = -1  # the incarnation of a peer that has not introduced itself
SHOWN_CHARACTERS_MAX = 1_000  # of a stranger's words, when they are repeated to it


def objection(hello: Hello, identity: Identity, admission: Admission) -> str | None:
    """Why this peer cannot be welcomed, with both values; None if it can."""
    ours = {"protocol": PROTOCOL, "run": identity.run, "topology": identity.topology}
    theirs = {"protocol": hello.protocol, "run": hello.run, "topology": hello.topology}
    peer = _shown(hello.peer)
    for field, value in ours.items():
        if theirs[field] != value:
            shown = _shown(theirs[field])
            return f"{peer} has {field} {shown}, and {identity.peer} has {value}"
    if not admission.knows(hello.peer):
        return f"{peer} is nobody that may push to {identity.peer} in this topology"
    return None


def unreadable(hello: Hello, identity: Identity) -> str | None:
    """The first link on which this peer pushes what our code does not read; None if all fit."""
    for link, schema in dict(hello.carried).items():  # each link once, however often it is named
        try:
            found = mismatch(schema, identity.reads.get(link, schema))
        except WireError as error:
            return f"{hello.peer} says what it pushes on link {link}, and it is {error}"
        if found is not None:
            return (
                f"{found.where or f'what is pushed on link {link}'} is {found.read} at "
                f"{identity.peer} and {found.sent} at {hello.peer}"
            )
    return None


def _name(key: ChannelKey) -> str:
    """A channel as a peer in any language may read it."""
    return f"channel {tuple(key)}"


def _shown(value: object) -> str:
    """A stranger's word as it is repeated to it: not at any length."""
    return f"{value!s:.{SHOWN_CHARACTERS_MAX}}"


class _Known(msgspec.Struct, gc=False):
    """What is found once for each channel of a process of the peer."""

    inlet: Inlet
    channel: ReceiveChannel
    traffic: Traffic


class Inbound:
    """One peer's pushes to us, over as many connections as it takes.

    Attributes:
        outgoing: what it is told, to be taken and sent.
        urgent: whether there is something to tell it that does not wait.
    """

    def __init__(
        self,
        identity: Identity,
        peer: str,
        counts: Counts,
        admission: Admission,
        terms: Terms,
        borrower: Borrower | None = None,
    ) -> None:
        self.peer = peer
        self._borrowing = Borrowing(peer, borrower, identity.limits.arena_bytes)
        self.connection = -1
        self.outgoing: list[Outgoing] = []
        self._identity = identity
        self._counts = counts
        self._terms = terms
        self._admission = admission
        self._number = -1
        self._newest = 0
        self._incarnation = NOBODY
        self._channels: dict[ChannelKey, ReceiveChannel] = {}
        self._known: dict[tuple[int, int, int], _Known] = {}
        self._to_credit: dict[ChannelKey, None] = {}
        self._to_confirm: dict[ChannelKey, None] = {}
        self.urgent = False

    @property
    def number(self) -> int:
        """The peer's number of the present connection; negative when there is none."""
        return self._number

    def is_older(self, hello: Hello) -> bool:
        """Whether the same process has already introduced itself anew since."""
        return hello.incarnation == self._incarnation and hello.connection <= self._newest

    def outlived(self, hello: Hello) -> str | None:
        """Why a process that has a successor cannot be welcomed; None if it has none."""
        if hello.incarnation >= self._incarnation:
            return None
        return (
            f"{self.peer} has incarnation {hello.incarnation}, and "
            f"{self._identity.peer} knows its incarnation {self._incarnation}"
        )

    def welcome(self, connection: int, hello: Hello) -> list[SessionEvent]:
        """Take the peer's introduction, already found without objection, on a connection."""
        former = self._former() if hello.incarnation != self._incarnation else ()
        known, self._incarnation = self._incarnation, hello.incarnation
        if hello.incarnation != known:
            self._borrowing.begin()
            self._known.clear()
            self._channels = {
                mark.channel: self._begun(mark.channel, mark.position)
                for mark in hello.unconfirmed
                if self._admission.carries(self.peer, mark.channel)
            }
        for mark in hello.unconfirmed:
            channel = self._channel(mark.channel)
            if channel is not None:
                self._skip(mark.channel, channel, mark.position)
                channel.confirmed = max(channel.confirmed, mark.position)
        self.connection, self._number = connection, hello.connection
        self._newest = hello.connection
        self._to_credit.clear()
        self._to_confirm.clear()
        channels = self._channels.items()
        self._send(
            Welcome(
                hello.connection,
                self._identity.peer,
                self._identity.incarnation,
                [Mark(*key, channel.expected) for key, channel in channels],
                [Mark(*key, channel.confirmed) for key, channel in channels],
                [Mark(*key, channel.grant()) for key, channel in channels],
            )
        )
        anew = known not in (NOBODY, hello.incarnation)
        return [Accepted(self.peer, connection, hello.address, hello.incarnation, anew, former)]

    def _former(self) -> tuple[Former, ...]:
        """What a process that has ended leaves behind on its channels."""
        return tuple(
            Former(self._inlet(key), channel.expected - channel.confirmed, channel.credit)
            for key, channel in self._channels.items()
        )

    def receive(self, connection: int, message: AnyMessage) -> list[SessionEvent]:
        """Take a message of the welcomed peer that is no DATA."""
        current = connection == self.connection and message.connection == self._number >= 0
        if not current:
            self._counts.stale += 1
            return []
        match message:
            case End():
                return self._end(message)
            case Beat():
                return self._beat()
            case Share():
                self._send(self._borrowing.open(message))
                return []
            case Bye():
                self._number = -1
                self.forget_memory()
                return [PeerLeft(self.peer, message.reason)]
            case Call() | Reply() | RoundStart() | Stop():
                return [Said(self.peer, connection, message)]
            case _:
                self._counts.unexpected += 1
                return []

    def data(self, connection: int, message: Data, rest: Frames) -> list[SessionEvent]:
        """Take a batch of the welcomed peer, and the frames behind the message."""
        if connection != self.connection or not message.connection == self._number >= 0:
            self._counts.stale += 1
            return []
        if not rest:
            self._counts.garbage += 1
            return []
        if message.slots:
            try:  # whatever becomes of it: what was lent is returned when nobody looks at it
                payload = self._borrowing.payload(rest, message.slots)
            except WireError as error:
                self._counts.garbage += 1
                return self._refuse(f"{self.peer} pushed {error}", final=True)
        else:
            payload = Payload(rest[0], tuple(rest[1:]))
        place = message.link, message.source, message.destination
        known = self._known.get(place) or self._find(ChannelKey(*place))
        if known is None:
            return []
        inlet, channel, first, skip = known.inlet, known.channel, message.first, 0
        if first != channel.expected:
            found = self._sequence(inlet.channel, channel, first, message.count)
            if found is None:
                return []
            skip = found
        upto = first + message.count
        if upto > channel.granted:
            self._counts.beyond_credit += message.count
            reason = f"{self.peer} pushed beyond its credit on {_name(inlet.channel)}"
            return self._refuse(reason, final=True)
        size = payload.size if payload.buffers else len(payload.body)
        channel.advance(upto, size)
        known.traffic.received += message.count - skip
        known.traffic.received_bytes += size
        return [Delivered(inlet, first, message.count, skip, message.round, payload)]

    def _find(self, key: ChannelKey) -> _Known | None:
        """What there is to know of a channel; None if it is none of this peer's."""
        channel = self._channel(key)
        if channel is None:
            return None
        known = _Known(self._inlet(key), channel, self._terms.traffic(key.link))
        self._known[key] = known
        return known

    def _end(self, message: End) -> list[SessionEvent]:
        place, first = (message.link, message.source, message.destination), message.first
        known = self._known.get(place) or self._find(ChannelKey(*place))
        if known is None:
            return []
        inlet, channel = known.inlet, known.channel
        is_next = first == channel.expected
        if not is_next and self._sequence(inlet.channel, channel, first, 1) is None:
            return []
        channel.advance(first + 1)
        channel.end = first + 1
        return [Ended(inlet, first, message.round, message.count)]

    def _beat(self) -> list[SessionEvent]:
        """The peer hears nothing: tell it everything that it may have missed."""
        self._to_credit |= dict.fromkeys(self._channels)
        self._to_confirm |= dict.fromkeys(self._channels)
        self.urgent = True
        self._send(Beat(self._number))
        return []

    def _inlet(self, key: ChannelKey) -> Inlet:
        return Inlet(self.peer, self._incarnation, key)

    def reject(self, delivered: Delivered, problem: str) -> None:
        """The body of the push delivered last cannot be read: as if it had not come."""
        channel = self._channels[delivered.channel]
        channel.expected = delivered.first + delivered.skip
        channel.unreadable = problem
        self._counts.garbage += 1
        self._count_duplicates(delivered.channel, -delivered.skip)
        traffic = self._terms.traffic(delivered.channel.link)
        traffic.received -= delivered.count - delivered.skip
        traffic.received_bytes -= delivered.payload.size

    def _channel(self, key: ChannelKey) -> ReceiveChannel | None:
        """Our end of a channel, made when first heard of; None if it is none of this peer's."""
        channel = self._channels.get(key)
        if channel is None and not self._admission.carries(self.peer, key):
            self._counts.unexpected += 1
        elif channel is None:
            channel = self._channels[key] = self._begun(key, 0)
        return channel

    def _begun(self, key: ChannelKey, first: int) -> ReceiveChannel:
        capacity = self._identity.limits.inbox_messages
        return ReceiveChannel(first, capacity, self._terms.step(key.link))

    def _skip(self, key: ChannelKey, channel: ReceiveChannel, first: int) -> None:
        """The peer does not keep what lies below: it was confirmed, or is lost for good."""
        skipped = channel.skip_to(first)
        if self._terms.at_most_once(key.link):
            self._terms.counts(key.link).lost += skipped

    def _sequence(
        self, key: ChannelKey, channel: ReceiveChannel, first: int, count: int
    ) -> int | None:
        """How many of these positions are old; None if nothing of it may be taken."""
        if first + count <= channel.expected:
            self._count_duplicates(key, count)
            self._to_confirm[key] = None  # the sender may have missed the confirmation
            self.urgent = True
            return None
        lossy = self._terms.at_most_once(key.link) and not channel.unreadable
        if first > channel.expected and lossy:
            self._skip(key, channel, first)
            self._to_credit[key] = None
            self.urgent = True
        elif first > channel.expected:
            self._counts.gaps += 1
            jumped = f"{_name(key)} jumped from {channel.expected} to {first}"
            self._refuse(channel.unreadable or jumped, final=bool(channel.unreadable))
            return None
        self._count_duplicates(key, channel.expected - first)
        return channel.expected - first

    def _count_duplicates(self, key: ChannelKey, count: int) -> None:
        self._counts.duplicates += count
        self._terms.traffic(key.link).duplicates += count

    def interrupted(self, connection: int) -> None:
        """Of what we said on a connection some was given up: the peer must ask for it once more."""
        if connection == self.connection and self._number >= 0:
            self._refuse("what you were told was lost", final=False)

    def _refuse(self, reason: str, *, final: bool) -> list[SessionEvent]:
        self._send(Reset(self._number, reason, final))
        self._number = -1
        return []

    def queued_by_link(self) -> Counter[int]:
        """Per link, how many positions wait in our inbox."""
        total: Counter[int] = Counter()
        for key, channel in self._channels.items():
            total[key.link] += channel.expected - channel.taken
        return total

    def take(self, inlet: Inlet, count: int) -> bool:
        """The task has taken this many positions from its inbox: their credit may return.

        Nothing happens if the peer has been started anew since: that inbox is void. Returns whether
        the peer should be told.
        """
        if inlet.incarnation != self._incarnation:
            return False
        key = inlet.channel
        channel = self._channels[key]
        if not channel.take(count):
            return False
        self._to_credit[key] = None
        self.urgent = True
        return True

    def confirm(self, inlet: Inlet, upto: int) -> None:
        """Everything below `upto` is done with, and so is all that came of it.

        Nothing happens if the peer has been started anew since: nobody waits for it.
        """
        if inlet.incarnation != self._incarnation:
            return
        key = inlet.channel
        channel = self._channels[key]
        assert upto <= channel.expected, "confirmed before it came"
        if upto > channel.confirmed:
            channel.confirmed = upto
            self._to_confirm[key] = None
            self.urgent |= channel.worth_confirming

    def flush(self, *, lazily: bool = False) -> None:
        """Tell the peer its new credit, its confirmations and what is returned, in one message.

        Lazily, confirmations wait until they are worth a message, or credit is told with them.
        """
        if self._number < 0 or (lazily and not self.urgent):
            return
        self.urgent = False
        channels, number = self._channels, self._number
        limits = [Mark(*key, channels[key].grant()) for key in self._to_credit]
        slots = self._borrowing.take() if self._borrowing.owes else []
        if self._to_confirm or (limits and slots):
            upto = [Mark(*key, channels[key].confirmation()) for key in self._to_confirm]
            self._send(Confirm(number, upto, self._terms.linger_us, limits, slots))
        elif limits:
            self._send(Credit(number, limits))
        elif slots:
            self._send(Returned(number, slots))
        self._to_credit.clear()
        self._to_confirm.clear()

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell the peer."""
        owes = self._to_credit or self._to_confirm or self._borrowing.owes
        return self._number < 0 or not owes

    def forget_memory(self) -> None:
        """See the peer's arena no more, until a process of its name tells of one."""
        self._borrowing.begin()

    def returned(self, slot: Slot) -> None:
        """Nobody here looks at a slot of the peer's arena any more."""
        self.urgent |= self._borrowing.returned(slot)

    def say(self, message: AnyMessage, behind: Frames = ()) -> None:
        """Send a message that is no business of the session."""
        self._send(message, behind)

    def _send(self, message: AnyMessage, behind: Frames = ()) -> None:
        self.outgoing.append(Outgoing(self.connection, encode(message, behind)))
