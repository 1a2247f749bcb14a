"""What carries frames: the one Protocol behind which every transport stands.

An endpoint is one process's place on the transport: it listens at one address and dials others.
Both directions of a connection carry messages, so a reply needs no address of its own. A message
is a list of frames and arrives whole or not at all; messages of one connection keep their order;
nothing is promised beyond the life of a connection — that is the session's work.

An endpoint is used by one thread. Nothing in it waits, except `receive` for at most its timeout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from swarmdsl.wire.frames import Frames

Connection = int
"""A connection's number: unique within its endpoint, never used again."""


class Arrival(NamedTuple):
    """One message that arrived, and the connection to answer on."""

    connection: Connection
    frames: list[memoryview]


class Strangers(NamedTuple):
    """Who knocked with a key that nobody here knows.

    Attributes:
        refused: how many connections.
        first_from: the address of the host that the first came from; empty if none came.
    """

    refused: int
    first_from: str

    @property
    def sentence(self) -> str:
        """What an operator should know of them.

        >>> Strangers(1, "10.0.0.9").sentence
        'refused a connection from 10.0.0.9, whose key is none of this run; more are only counted'
        """
        return (
            f"refused a connection from {self.first_from}, whose key is none of this run; "
            "more are only counted"
        )


NO_STRANGERS = Strangers(0, "")


class Reading(NamedTuple):
    """What one TCP connection has come to: `total_retrans` and its like, of the kernel.

    Attributes:
        connection: that was dialled; it is made anew where it breaks, and counts from 0 again.
        local: the port on this side, by which one that was made anew is known.
        segments: with data that were sent.
        retransmitted: segments that were sent again.
        round_trip_s: from a segment to its acknowledgement, smoothed, as it is now.
    """

    connection: Connection
    local: int
    segments: int
    retransmitted: int
    round_trip_s: float


class Endpoint(Protocol):
    """One process's place on a transport."""

    @property
    def address(self) -> str:
        """Where others dial this endpoint, `unix:///…` or `tcp://…`; empty if nobody can."""

    @property
    def handshakes_failed(self) -> int:
        """Connections to this endpoint that came, and left or stay without a handshake."""

    @property
    def strangers(self) -> Strangers:
        """Of these, those with a key that this endpoint was not told to admit."""

    @property
    def times_full(self) -> int:
        """How often it stopped listening for a while because too many connections were open."""

    def readings(self) -> list[Reading]:
        """What the kernel knows now of the TCP connections that were dialled; none elsewhere."""

    def dial(self, address: str) -> Connection:
        """Open a connection to `address`, which need not be listening yet.

        Raises:
            TransportError: the address is malformed or of another transport, or this endpoint is
                closed.
        """

    def send(self, connection: Connection, frames: Frames) -> bool:
        """Hand a message over; False if the connection cannot take it now, or is gone.

        A message has at least one frame, which may be empty. After False nothing was sent; try
        again after `receive`. Frames must not be altered afterwards: they may be carried without a
        copy. A connection that this endpoint accepted and whose peer is gone stays gone; one that
        it dialled is made anew when somebody listens there again, as a new connection to them, and
        what was queued on the old one is lost.

        Raises:
            TransportError: a frame is longer than `limits.FRAME_BYTES_MAX`.
        """

    def send_all(self, connection: Connection, messages: Sequence[Frames]) -> int:
        """Hand over several messages in order; how many were taken, as `send` would have each.

        Where it can be helped, they cost little more than one, and wake the peer up once.

        Raises:
            TransportError: a frame is longer than `limits.FRAME_BYTES_MAX`.
        """

    def is_gone(self, connection: Connection) -> bool:
        """Whether nothing can be sent on it ever again.

        That is so once it was hung up, and for a connection that this endpoint accepted once `send`
        has found its peer gone. One that was dialled may always connect yet.
        """

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        """What has arrived, waiting at most `timeout_s` seconds for the first.

        At most some hundred messages; ask again for more. Their frames are read-only views, good
        for as long as they are held. The wait may be rounded up to a whole millisecond.

        `blocked` names the connections whose last `send` was refused: the wait also ends when one
        of them can take a message again. May return an empty list early.

        Raises:
            TransportError: somebody who was dialled will never shake hands, for one side has
                another key than the other believes. So does every call until that is hung up.
        """

    def watch(self, descriptor: int) -> None:
        """Let `receive` also end its wait when this descriptor is readable."""

    def unwatch(self, descriptor: int) -> None:
        """Watch it no more; nothing happens if it was not watched."""

    def hang_up(self, connection: Connection) -> None:
        """Close a connection that this endpoint dialled; its unsent messages are given up.

        A number of an accepted or unknown connection is left alone.
        """

    def close(self) -> None:
        """Leave: what was handed over is given a bounded time to go out, then all is released.

        Closing again does nothing; a closed endpoint sends nothing, receives nothing, and refuses
        to dial.
        """


class Transport(Protocol):
    """Makes endpoints."""

    def listen(self, address: str) -> Endpoint:
        """An endpoint at `address`.

        Raises:
            TransportError: the address is malformed, too long or taken.
        """

    def leaf(self) -> Endpoint:
        """An endpoint that dials and that nobody can dial: its address is empty."""


def sent_each(
    send: Callable[[Connection, Frames], bool], connection: Connection, messages: Iterable[Frames]
) -> int:
    """How many of these are taken one by one, up to the first that is not."""
    taken = 0
    for frames in messages:
        if not send(connection, frames):
            break
        taken += 1
    return taken
