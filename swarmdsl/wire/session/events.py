"""What a session tells its owner: one event per frame or state change, never per push."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from swarmdsl.wire.codec import Payload
from swarmdsl.wire.frames import Frames
from swarmdsl.wire.messages import AnyMessage, ChannelKey


class Inlet(NamedTuple):
    """A channel that one incarnation of a peer pushes on; its positions mean nothing to another."""

    peer: str
    incarnation: int
    channel: ChannelKey


class Former(NamedTuple):
    """What is known of a channel of a peer's former process.

    Attributes:
        inlet: the channel.
        unconfirmed: positions that came and were not confirmed.
        credit: pushes that it might still have sent.
    """

    inlet: Inlet
    unconfirmed: int
    credit: int


class Opened(msgspec.Struct, frozen=True, gc=False):
    """A dialled peer has welcomed us: pushes flow from now on."""

    peer: str


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """A peer has introduced itself and was welcomed.

    `anew` says that it is another incarnation than before: what has not been consumed of the
    former one is void, and will be pushed again. `former` tells of its channels.
    """

    peer: str
    connection: int
    address: str
    incarnation: int
    anew: bool
    former: tuple[Former, ...] = ()


class Refused(msgspec.Struct, frozen=True, gc=False):
    """A peer will have nothing to do with us; trying again is of no use."""

    peer: str
    reason: str


class Declined(msgspec.Struct, frozen=True, gc=False):
    """We will have nothing to do with a peer of this run: it pushes what our code cannot read."""

    peer: str
    reason: str


class Delivered(msgspec.Struct, frozen=True, gc=False):
    """New pushes `[first, first + count)`; the first `skip` values of the payload are old."""

    inlet: Inlet
    first: int
    count: int
    skip: int
    round: int
    payload: Payload

    @property
    def peer(self) -> str:
        """Who pushed."""
        return self.inlet.peer

    @property
    def channel(self) -> ChannelKey:
        """The channel they came on."""
        return self.inlet.channel

    @property
    def upto(self) -> int:
        """The position behind them."""
        return self.first + self.count


class Ended(msgspec.Struct, frozen=True, gc=False):
    """END of a round on a channel; it took the place `position` in the sequence."""

    inlet: Inlet
    position: int
    round: int
    count: int

    @property
    def peer(self) -> str:
        """Who pushed."""
        return self.inlet.peer

    @property
    def channel(self) -> ChannelKey:
        """The channel they came on."""
        return self.inlet.channel


class Confirmed(msgspec.Struct, frozen=True, gc=False):
    """The peer has confirmed everything below `upto` on a channel that we push to."""

    channel: ChannelKey
    upto: int


class LingerAsked(msgspec.Struct, frozen=True, gc=False):
    """The peer asks us to wait so long with what we push to it; it said something else before."""

    peer: str
    microseconds: int


class Said(msgspec.Struct, frozen=True, gc=False):
    """A message that is no business of the session: a call, a reply, a roster, a stop.

    Attributes:
        behind: the frames that came behind a reply.
    """

    peer: str
    connection: int
    message: AnyMessage
    behind: Frames = ()


class PeerLeft(msgspec.Struct, frozen=True, gc=False):
    """The peer said goodbye."""

    peer: str
    reason: str


SessionEvent = (
    Opened
    | Accepted
    | Refused
    | Declined
    | Delivered
    | Ended
    | Confirmed
    | LingerAsked
    | Said
    | PeerLeft
)


class Counts(msgspec.Struct, gc=False):
    """Everything that did not go the straight way, counted exactly. All start at zero.

    The last four are the transport's: the owner of the sessions copies them here.
    """

    garbage: int = 0
    unexpected: int = 0
    stale: int = 0
    duplicates: int = 0
    gaps: int = 0
    beyond_credit: int = 0
    refused: int = 0
    retransmitted: int = 0
    unsent: int = 0
    handshakes_failed: int = 0
    strangers_refused: int = 0
    times_full: int = 0


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A message for a connection, not yet sent; if it cannot take it now, later, in order."""

    connection: int
    frames: list[bytes | bytearray | memoryview]
