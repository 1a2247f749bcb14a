"""The dialling side of a session: it pushes, keeps and sends again.

| state   | WELCOME       | RESET          | CREDIT, CONFIRM, BEAT | other | BYE    |
|---------|---------------|----------------|-----------------------|-------|--------|
| IDLE    | unexpected    | unexpected     | unexpected            | unexp.| unexp. |
| CALLING | OPEN, replay  | CALLING/CLOSED | unexpected            | unexp.| CLOSED |
| OPEN    | unexpected    | CALLING/CLOSED | taken                 | said  | CLOSED |
| CLOSED  | unexpected    | unexpected     | unexpected            | unexp.| unexp. |

MAPPED and RETURNED, of shared memory, are taken as CREDIT is. "Other" is what the accepting side
may say beside: CALL, REPLY, ROUND_START and STOP. A new connection
makes every state but CLOSED CALLING. What carries the number of another connection is stale.

Nothing is sent again before WELCOME, so frames of an earlier connection can never overtake what
the receiver said it expects; and no more than it gave credit for, which after a restart is less.

Who waits says BEAT from time to time: a lost message means a lost connection, and a receiver that
does not know the present one answers RESET, which leads to a new HELLO. One that is merely busy
answers late; nothing is said twice to it. An owner that gives up what it had to send says so
(`interrupted`), and the session introduces itself anew.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Container, Iterable
from enum import Enum
from typing import Any

from msgspec import structs

from swarmdsl.wire.arena.sharing import Lender
from swarmdsl.wire.arena.slot import Slot
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.frames import Buffer, Frames
from swarmdsl.wire.messages import (
    PROTOCOL,
    AnyMessage,
    Beat,
    Bye,
    Call,
    Carried,
    ChannelKey,
    Confirm,
    Credit,
    Data,
    End,
    Hello,
    Mapped,
    Mark,
    Reply,
    Reset,
    Returned,
    RoundStart,
    Share,
    Stop,
    Welcome,
    encode,
    encode_head,
)
from swarmdsl.wire.session.channel import SendChannel
from swarmdsl.wire.session.events import (
    Confirmed,
    Counts,
    LingerAsked,
    Opened,
    Outgoing,
    PeerLeft,
    Refused,
    Said,
    SessionEvent,
)
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.lending import Lending
from swarmdsl.wire.session.retention import Kept, Shelved
from swarmdsl.wire.session.terms import Terms

INTRODUCTIONS_MAX = 1_000  # in a row, without a word of progress, before a peer is given up
BEAT_AFTER_S = 0.25  # of waiting; doubled with each
BEAT_EVERY_MAX_S = 5.0


class OutboundState(Enum):
    """Where the dialling side stands."""

    IDLE = "idle"
    CALLING = "calling"
    OPEN = "open"
    CLOSED = "closed"


NO_BUFFERS: tuple[list[Slot | None], list[Buffer]] = ([], [])
INTRODUCED = (OutboundState.CALLING, OutboundState.OPEN)


class Outbound:
    """Our pushes to one peer, over as many connections as it takes.

    Args:
        identity: who we are.
        peer: whom we push to.
        counts: where irregularities are counted.
        terms: of the links that we push on.
        kept_alive: say BEAT every so many seconds even if there is nothing to wait for.
        lender: the arena that large buffers lie in; without one they travel in their frames.

    Attributes:
        unanswered: BEATs since the peer was last heard.
        asked: whether we wait for more than confirmations: the answer to what our owner has said.
        awaited: likewise, for what the peer does in our place.
    """

    def __init__(
        self,
        identity: Identity,
        peer: str,
        counts: Counts,
        terms: Terms,
        kept_alive: float | None = None,
        lender: Lender | None = None,
    ) -> None:
        self.peer = peer
        self._lending = Lending(peer, lender, self._share)
        self.unanswered = 0
        self.asked = self.awaited = False
        self._kept_alive = kept_alive
        self._patience_s = BEAT_AFTER_S
        self._due_s: float | None = None
        self._futile = 0
        self.state = OutboundState.IDLE
        self.connection = -1
        self.outgoing: list[Outgoing] = []
        self._identity = identity
        self._counts = counts
        self._terms = terms
        self._number = 0
        self._channels: dict[ChannelKey, SendChannel] = {}
        self._places: dict[tuple[int, int, int], tuple[ChannelKey, SendChannel]] = {}  # the same
        self._carried: list[Carried] = []
        self._linger_us = 0  # that the peer asks for
        self._forsaken = False  # it was gone for good, and has not been greeted since

    def declare(self, carried: Iterable[Carried]) -> None:
        """What our code pushes on the links to this peer; said in every HELLO from now on."""
        self._carried = [*carried]

    def dialled(self, connection: int) -> None:
        """The transport has a new connection to the peer: introduce ourselves, unless we left."""
        self.connection = connection
        if self.state is not OutboundState.CLOSED:
            self._call()

    def interrupted(self, connection: int) -> None:
        """Of what we said on a connection some was given up, and will never arrive."""
        if connection == self.connection and self.state is not OutboundState.CLOSED:
            self._call()

    def _call(self) -> None:
        self._number += 1
        self._futile += 1
        self._lending.begin()
        self._due_s = None
        self.state = OutboundState.CALLING
        who = self._identity
        self._send(
            Hello(
                PROTOCOL,
                who.run,
                who.topology,
                who.peer,
                who.incarnation,
                self._number,
                who.address,
                [Mark(*key, channel.first_kept) for key, channel in self._channels.items()],
                self._carried,
            )
        )

    def channel(self, key: ChannelKey) -> SendChannel:
        """Our end of a channel to this peer; made when first asked for."""
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = self._terms.open(key)
            self._places[key] = key, channel
        return channel

    def catch_up(self, key: ChannelKey) -> None:
        """The channel has taken over what another one had kept: send it."""
        if self.state is OutboundState.OPEN:
            self._catch_up(key, self.channel(key))

    def forsake(self, key: ChannelKey) -> None:
        """The receiver of a channel is gone, and nobody needs what was kept for it."""
        self.channel(key).begin_anew()
        self._forsaken = True

    def greet(self) -> None:
        """The peer is part of a round: if it had been gone, it is another, and owes us credit.

        Nothing would be said to it otherwise, if all credit of the one before was used up.
        """
        if self._forsaken and self.state in INTRODUCED:
            self._call()
        self._forsaken = False

    def conclude(self, links: Container[int]) -> list[Confirmed]:
        """All is over: what these links keep is done with, by the word of another than the peer."""
        concluded = [(key, one) for key, one in self._channels.items() if key.link in links]
        return [Confirmed(key, one.confirmed) for key, one in concluded if one.conclude()]

    def keeping(self, links: Container[int]) -> list[ChannelKey]:
        """The channels of these links on which something is not confirmed."""
        channels = self._channels.items()
        return [key for key, one in channels if key.link in links and one.unconfirmed]

    def let_go(self, key: ChannelKey, upto: int) -> None:
        """What the channel had kept up to there is pushed anew; its receiver lives, and goes on."""
        if self.channel(key).let_go(upto) and self.state in INTRODUCED:
            self._call()

    @property
    def unconfirmed(self) -> int:
        """How many pushes and ENDs this peer has not confirmed."""
        return sum(channel.unconfirmed for channel in self._channels.values())

    @property
    def is_unheard(self) -> bool:
        """Whether pushes wait for the peer's answer to our introduction, and for nothing else."""
        if self.state in (OutboundState.OPEN, OutboundState.CLOSED):
            return False
        return any(one.sent < one.next for key, one in self._channels.items() if key.link >= 0)

    def unconfirmed_by_link(self) -> Counter[int]:
        """Likewise, per link."""
        total: Counter[int] = Counter()
        for key, channel in self._channels.items():
            total[key.link] += channel.unconfirmed
        return total

    def push(self, key: ChannelKey, payload: Payload, count: int, round_number: int) -> None:
        """Push a batch for which the channel has room; kept until it is confirmed.

        On a link that delivers at most once it is forgotten when it is sent, or dropped at once.
        """
        self.push_on(key, self.channel(key), payload, count, round_number)

    def push_on(
        self, key: ChannelKey, channel: SendChannel, payload: Payload, count: int, number: int
    ) -> None:
        """As `push`, on a channel that its owner knows; `number` is that of the round."""
        if channel.is_lossy and not channel.admits(payload, count, number):
            return
        kept = channel.add(payload, count, number)
        if self.state is OutboundState.OPEN and channel.sent == kept.first:
            self._transmit(key, channel, kept)

    def end(self, key: ChannelKey, round_number: int) -> None:
        """Say that the channel carries nothing more in this round."""
        channel = self.channel(key)
        kept = channel.add_end(round_number)
        if self.state is OutboundState.OPEN and channel.sent == kept.first:
            self._transmit(key, channel, kept)

    def say(self, message: AnyMessage) -> None:
        """Send a message that is no business of the session; lost with its connection."""
        if self.state is not OutboundState.CLOSED:
            self._send(message)

    @property
    def number(self) -> int:
        """The number of the present connection, which every message carries."""
        return self._number

    def tick(self, now_s: float) -> float:
        """Say BEAT if we have waited long enough; when to ask again, infinite if not at all."""
        if self._due_s is not None and now_s < self._due_s:
            return self._due_s
        if self._due_s is not None and self._wait_s() is not None:
            self._send(Beat(self._number))
            self.unanswered += 1
            self._patience_s = min(2 * self._patience_s, self._kept_alive or BEAT_EVERY_MAX_S)
        wait_s = self._wait_s()
        if wait_s is None:
            self._calm_down()
            return math.inf
        self._due_s = now_s + wait_s
        return self._due_s

    def _wait_s(self) -> float | None:
        """How long to wait for a word of the peer before the next BEAT; None if there is none."""
        if self.state not in INTRODUCED:
            return None
        kept = (channel.next > channel.confirmed for channel in self._channels.values())
        asked = self.asked or self.awaited
        is_owed = self.state is OutboundState.CALLING or asked or any(kept)
        return self._patience_s if is_owed else self._kept_alive

    def _calm_down(self) -> None:
        """Forget how long we have waited: the next wait is a new one."""
        self._patience_s, self._due_s = BEAT_AFTER_S, None

    def leave(self, reason: str) -> None:
        """Say goodbye; nothing is accepted or sent afterwards."""
        if self.state in INTRODUCED:
            self._send(Bye(self._number, reason))
        self.state = OutboundState.CLOSED

    def receive(self, message: AnyMessage, behind: Frames = ()) -> list[SessionEvent]:
        """Take a message that came back on our connection, and the frames behind a reply."""
        if message.connection != self._number:
            self._counts.stale += 1
            return []
        self.unanswered = 0
        handler = self._handler(message)
        if handler is None:
            self._counts.unexpected += 1
            return []
        if behind:  # of what comes this way, only a reply has any
            return [Said(self.peer, self.connection, message, behind)]
        return handler(message)

    def _welcomed(self, message: Welcome) -> list[SessionEvent]:
        self.state = OutboundState.OPEN
        self._lending.welcomed()
        self._calm_down()
        expected = {mark.channel: mark.position for mark in message.expected}
        limits = {mark.channel: mark.position for mark in message.credit}
        for key, channel in self._channels.items():
            channel.resume(expected.get(key, channel.confirmed), limits.get(key))
        events = [Opened(self.peer), *self._confirm(message.confirmed), *self._asked_to_linger(0)]
        for key, channel in self._channels.items():
            self._catch_up(key, channel)
        return events

    def _reset(self, message: Reset) -> list[SessionEvent]:
        if message.final or self._futile >= INTRODUCTIONS_MAX:
            self.state = OutboundState.CLOSED
            return [Refused(self.peer, message.reason)]
        self._call()
        return []

    def _credited(self, message: Credit) -> list[SessionEvent]:
        self._grant(message.limits)
        return []

    def _grant(self, limits: list[Mark]) -> None:
        for mark in limits:
            known = self._places.get(mark[:3])
            if known is not None:
                key, channel = known
                channel.grant(mark.position)
                if channel.sent < channel.next:
                    self._catch_up(key, channel)

    def _confirmed(self, message: Confirm) -> list[SessionEvent]:
        if message.limits:
            self._grant(message.limits)
        events = self._confirm(message.upto)
        if message.slots:
            self._counts.unexpected += self._lending.returned(message.slots)
        return events + self._asked_to_linger(message.linger_us)

    def _asked_to_linger(self, microseconds: int) -> list[SessionEvent]:
        if microseconds == self._linger_us:
            return []
        self._linger_us = microseconds
        return [LingerAsked(self.peer, microseconds)]

    def _confirm(self, marks: list[Mark]) -> list[SessionEvent]:
        events: list[SessionEvent] = []
        for mark in marks:
            known = self._places.get(mark[:3])
            if known is not None and known[1].confirm(mark.position):
                events.append(Confirmed(known[0], mark.position))
        if events:
            self._futile = 0
            self._calm_down()
        return events

    def _share(self, share: Share) -> None:
        self._send(structs.replace(share, connection=self._number))

    def _mapped(self, message: Mapped) -> list[SessionEvent]:
        self._lending.mapped(message)
        return []

    def _returned(self, message: Returned) -> list[SessionEvent]:
        self._counts.unexpected += self._lending.returned(message.slots)
        return []

    def _beaten(self, _message: Beat) -> list[SessionEvent]:
        """The peer lives; what it had to say came in messages of their own."""
        self._futile = 0
        return []

    def _left(self, message: Bye) -> list[SessionEvent]:
        self.state = OutboundState.CLOSED
        return [PeerLeft(self.peer, message.reason)]

    def _said(self, message: AnyMessage) -> list[SessionEvent]:
        return [Said(self.peer, self.connection, message)]

    def _catch_up(self, key: ChannelKey, channel: SendChannel) -> None:
        """Send what waits, as far as the credit reaches."""
        if channel.sent < channel.next:
            for kept in channel.due():
                self._transmit(key, channel, kept)

    def _transmit(self, key: ChannelKey, channel: SendChannel, kept: Kept) -> None:
        if channel.send(kept):
            self._counts.retransmitted += kept.places
        payload = kept.payload
        if isinstance(payload, Shelved):
            payload = channel.payload_of(kept)
        if payload is None:
            self._send(End(self._number, *key, kept.first, kept.round, kept.pushed))
        else:
            slots, buffers = self._lending.lend(payload.buffers) if payload.buffers else NO_BUFFERS
            message = Data(self._number, *key, kept.first, kept.places, kept.round, slots)
            frames = [encode_head(message), payload.body, *buffers]
            self.outgoing.append(Outgoing(self.connection, frames))

    def _send(self, message: AnyMessage) -> None:
        self.outgoing.append(Outgoing(self.connection, encode(message)))

    def _handler(self, message: AnyMessage) -> Callable[[Any], list[SessionEvent]] | None:
        match self.state, message:
            case OutboundState.CALLING, Welcome():
                return self._welcomed
            case OutboundState.CALLING | OutboundState.OPEN, Reset():
                return self._reset
            case OutboundState.CALLING | OutboundState.OPEN, Bye():
                return self._left
            case OutboundState.OPEN, Credit():
                return self._credited
            case OutboundState.OPEN, Confirm():
                return self._confirmed
            case OutboundState.OPEN, Beat():
                return self._beaten
            case OutboundState.OPEN, Returned():
                return self._returned
            case OutboundState.OPEN, Mapped():
                return self._mapped
            case OutboundState.OPEN, Call() | Reply() | RoundStart() | Stop():
                return self._said
            case _:
                return None
