"""The dialling side of a ZeroMQ endpoint: one DEALER per dial, and a wait for all of them."""

from __future__ import annotations

import math
import select
from collections.abc import Sequence
from itertools import count

import zmq

from swarmdsl.errors import TransportError
from swarmdsl.transport import sockets
from swarmdsl.transport.accepted import CONNECTIONS_REMEMBERED_MAX
from swarmdsl.transport.addresses import ipc_path
from swarmdsl.transport.base import Arrival, Connection
from swarmdsl.transport.limits import MESSAGES_PER_RECEIVE_MAX, measure
from swarmdsl.transport.sockets import Context, Socket
from swarmdsl.wire.frames import Frames

DIALLED_MAX = CONNECTIONS_REMEMBERED_MAX
"""Outgoing connections of one endpoint; the limit of open files is usually met before."""

WAIT_MAX_S = 60.0
"""No single wait is longer; `receive` may return early anyway."""


class ZmqLeaf:
    """An endpoint that dials and cannot be dialled; see `Endpoint` for what it promises.

    Received frames are read-only views of what ZeroMQ received, and keep it alive. A dialled
    connection that breaks is made anew without a word: the peer sees a new connection, and what was
    queued is lost.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._numbers = count(1)
        self._dealers: dict[Connection, Socket] = {}
        self._dialled: dict[Socket, Connection] = {}
        self._is_open = True
        self._bell = select.poll()
        self._watched: set[int] = set()
        self._descriptors: dict[Socket, int] = {}
        self._readers: list[tuple[Socket, int]] = []

    @property
    def address(self) -> str:
        """Nowhere: nobody can dial it."""
        return ""

    @property
    def handshakes_failed(self) -> int:
        """None: nobody comes."""
        return 0

    @property
    def times_full(self) -> int:
        """Never: nobody comes."""
        return 0

    def dial(self, address: str) -> Connection:
        """Open a connection to `address`, which need not be listening yet.

        Raises:
            TransportError: the address is malformed or too long, this endpoint is closed, or the
                process has no more files to open.
        """
        ipc_path(address)
        if not self._is_open:
            raise TransportError(address, "cannot be dialled: this endpoint is closed")
        dealer = self._dealer(address)
        number = next(self._numbers)
        self._dealers[number], self._dialled[dealer] = dealer, number
        self._listen_to(dealer)
        return number

    def send(self, connection: Connection, frames: Frames) -> bool:
        """Hand a message over; False if it cannot be taken now, or the connection is gone.

        Raises:
            TransportError: a frame is longer than any transport takes.
        """
        sizes = measure(self.address, frames)
        dealer = self._dealers.get(connection)
        return dealer is not None and sockets.write(dealer, frames, sizes)

    def is_gone(self, connection: Connection) -> bool:
        """Whether nothing can be sent on it ever again."""
        return connection not in self._dealers

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        """What has arrived, at most some hundred messages, waiting for the first.

        The wait is `timeout_s` rounded up to whole milliseconds. Each connection gets an equal
        share of the messages of one call.
        """
        if not self._is_open:
            return []
        ready = self._readable(timeout_s, blocked)
        share = MESSAGES_PER_RECEIVE_MAX // max(1, len(ready)) or 1
        arrivals: list[Arrival] = []
        for socket in ready:
            self._take(socket, share, arrivals)
        return arrivals

    def watch(self, descriptor: int) -> None:
        """Let `receive` also end its wait when this descriptor is readable."""
        self._watched.add(descriptor)
        self._bell.register(descriptor, select.POLLIN)

    def unwatch(self, descriptor: int) -> None:
        """Watch it no more; nothing happens if it was not watched."""
        if descriptor in self._watched:
            self._watched.discard(descriptor)
            self._bell.unregister(descriptor)

    def hang_up(self, connection: Connection) -> None:
        """Close a connection that was dialled here; any other number is left alone."""
        dealer = self._dealers.pop(connection, None)
        if dealer is not None:
            self._bell.unregister(self._descriptors.pop(dealer))
            self._readers.remove((dealer, sockets.READABLE))
            del self._dialled[dealer]
            dealer.close(linger=0)

    def close(self) -> None:
        """Wait `LINGER_MS` at most for queued messages, and release all."""
        if self._is_open:
            self._is_open = False
            self._context.destroy(linger=sockets.LINGER_MS)
            self._dealers.clear()
            self._dialled.clear()

    def _dealer(self, address: str) -> Socket:
        try:
            dealer = sockets.dealer(self._context)
            dealer.connect(address)
        except zmq.ZMQError as error:
            raise TransportError(
                address,
                f"cannot be dialled: {error.strerror}; hang up connections that are not needed, "
                "or raise the limit of open files (ulimit -n)",
            ) from error
        return dealer

    def _listen_to(self, socket: Socket) -> None:
        self._readers.append((socket, sockets.READABLE))
        number = self._descriptors[socket] = socket.fileno()
        self._bell.register(number, select.POLLIN)

    def _readable(self, timeout_s: float, blocked: Sequence[Connection]) -> list[Socket]:
        """The sockets that have a message, waiting for the first."""
        return [one for one, events in self._wait(timeout_s, blocked) if events & sockets.READABLE]

    def _wait(self, timeout_s: float, blocked: Sequence[Connection]) -> list[tuple[Socket, int]]:
        wanted = self._wanted(blocked)
        ready = sockets.ready(wanted)
        if ready or timeout_s <= 0:
            return ready
        # Not pyzmq's poll: it counts what a signal leaves of the timeout in whole seconds, so each
        # signal begins the wait anew. These descriptors ring for any change; then we look.
        rung = dict(self._bell.poll(math.ceil(min(timeout_s, WAIT_MAX_S) * 1_000)))
        return sockets.ready([one for one in wanted if self._descriptors[one[0]] in rung])

    def _wanted(self, blocked: Sequence[Connection]) -> list[tuple[Socket, int]]:
        blocked_dealers = [self._dealers[one] for one in blocked if one in self._dealers]
        return self._readers + [(dealer, sockets.WRITABLE) for dealer in blocked_dealers]

    def _take(self, socket: Socket, share: int, arrivals: list[Arrival]) -> None:
        """Read up to `share` messages of a socket that has at least one."""
        for _ in range(share):
            number = self._sender(socket)
            arrivals.append(Arrival(number, sockets.read(socket)))
            if not sockets.has_message(socket):
                break

    def _sender(self, socket: Socket) -> Connection:
        """The connection of the message that is read next."""
        return self._dialled[socket]
