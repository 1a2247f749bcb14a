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
from swarmdsl.transport.base import NO_STRANGERS, Arrival, Connection, Reading, Strangers, sent_each
from swarmdsl.transport.handshakes import Watch
from swarmdsl.transport.limits import MESSAGES_PER_RECEIVE_MAX, measure
from swarmdsl.transport.routes import Route, RouteTo
from swarmdsl.transport.sockets import Context, Socket
from swarmdsl.transport.tcp_readings import Remote, remote_of, tcp_readings
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

    Args:
        context: its own; it ends with the endpoint.
        route_to: how an address is dialled.
    """

    def __init__(self, context: Context, route_to: RouteTo) -> None:
        self._context = context
        self._route_to = route_to
        self._watches: dict[Socket, tuple[str, Socket, Watch]] = {}
        self._numbers = count(1)
        self._dealers: dict[Connection, Socket] = {}
        self._dialled: dict[Socket, Connection] = {}
        self._remotes: dict[Remote, Connection] = {}
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
    def strangers(self) -> Strangers:
        """None: nobody comes."""
        return NO_STRANGERS

    @property
    def times_full(self) -> int:
        """Never: nobody comes."""
        return 0

    def readings(self) -> list[Reading]:
        """What the kernel knows now of the TCP connections that were dialled."""
        return tcp_readings(self._remotes)

    def dial(self, address: str) -> Connection:
        """Open a connection to `address`, which need not be listening yet.

        Raises:
            TransportError: the address is malformed or too long, this endpoint is closed, or the
                process has no more files to open.
        """
        route = self._route_to(address)
        if not self._is_open:
            raise TransportError(address, "cannot be dialled: this endpoint is closed")
        number = next(self._numbers)
        dealer = self._dealer(address, route, number)
        self._dealers[number], self._dialled[dealer] = dealer, number
        self._listen_to(dealer)
        if remote := remote_of(route.endpoint):
            self._remotes[remote] = number
        return number

    def send(self, connection: Connection, frames: Frames) -> bool:
        """Hand a message over; False if it cannot be taken now, or the connection is gone.

        Raises:
            TransportError: a frame is longer than any transport takes.
        """
        sizes = measure(self.address, frames)
        dealer = self._dealers.get(connection)
        return dealer is not None and sockets.write(dealer, frames, sizes)

    def send_all(self, connection: Connection, messages: Sequence[Frames]) -> int:
        """Hand over several messages in order; how many were taken."""
        return sent_each(self.send, connection, messages)

    def is_gone(self, connection: Connection) -> bool:
        """Whether nothing can be sent on it ever again."""
        return connection not in self._dealers

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        """What has arrived, at most some hundred messages, waiting for the first.

        The wait is `timeout_s` rounded up to whole milliseconds. Each connection gets an equal
        share of the messages of one call.

        Raises:
            TransportError: somebody who was dialled will never shake hands.
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
            self._stop_watching(dealer)
            self._listen_no_more_to(dealer)
            del self._dialled[dealer]
            dealer.close(linger=0)
            self._remotes = {at: one for at, one in self._remotes.items() if one != connection}

    def close(self) -> None:
        """Wait `LINGER_MS` at most for queued messages, and release all."""
        if self._is_open:
            self._is_open = False
            self._context.destroy(linger=sockets.LINGER_MS)
            self._dealers.clear()
            self._dialled.clear()
            self._watches.clear()

    def _dealer(self, address: str, route: Route, number: Connection) -> Socket:
        try:
            dealer = sockets.dealer(self._context, route.options)
            if route.is_watched:
                self._watch_over(dealer, address, number)
            dealer.connect(route.endpoint)
        except zmq.ZMQError as error:
            raise TransportError(
                address,
                f"cannot be dialled: {error.strerror}; hang up connections that are not needed, "
                "or raise the limit of open files (ulimit -n)",
            ) from error
        return dealer

    def _watch_over(self, dealer: Socket, address: str, number: Connection) -> None:
        watch = Watch(self._context, dealer, str(number))
        self._watches[watch.reports] = (address, dealer, watch)
        self._listen_to(watch.reports)

    def _listen_to(self, socket: Socket) -> None:
        self._readers.append((socket, sockets.READABLE))
        number = self._descriptors[socket] = socket.fileno()
        self._bell.register(number, select.POLLIN)

    def _listen_no_more_to(self, socket: Socket) -> None:
        self._bell.unregister(self._descriptors.pop(socket))
        self._readers.remove((socket, sockets.READABLE))

    def _readable(self, timeout_s: float, blocked: Sequence[Connection]) -> list[Socket]:
        """The sockets that have a message, waiting for the first."""
        ready = self._wait(timeout_s, blocked)
        if self._watches:
            ready = self._heeded(ready)
        return [one for one, events in ready if events & sockets.READABLE]

    def _heeded(self, ready: list[tuple[Socket, int]]) -> list[tuple[Socket, int]]:
        """Take in what monitors report, and return the rest.

        Raises:
            TransportError: somebody who was dialled will never shake hands.
        """
        reports = set(self._watches)
        for address, dealer, watch in list(self._watches.values()):
            watch.look()
            if watch.handshakes.succeeded:
                self._stop_watching(dealer)
            elif watch.handshakes.problem:
                raise TransportError(address, watch.handshakes.problem)
        return [(one, events) for one, events in ready if one not in reports]

    def _stop_watching(self, dealer: Socket) -> None:
        for reports, (_, watched, watch) in list(self._watches.items()):
            if watched is dealer:
                del self._watches[reports]
                self._listen_no_more_to(reports)
                watch.close()

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
        if not blocked:
            return self._readers
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
