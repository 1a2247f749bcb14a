"""Endpoints over ZeroMQ and Unix sockets: one ROUTER for who dials us, one DEALER per dial.

Signals: a handler that returns leaves a wait as it was; `receive` goes on with what is left of its
timeout, so who sets a flag in a handler notices it after the timeout at the latest. A handler that
raises (Ctrl-C, unless changed) may tear a message in two: close the endpoint then.

Forking: a transport may be carried over a fork, an endpoint must not be used after one.
"""

from __future__ import annotations

import errno
import math
import os
import select
import socket as unix
import stat
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import zmq

from swarmdsl.errors import TransportError
from swarmdsl.transport import sockets
from swarmdsl.transport.accepted import CONNECTIONS_REMEMBERED_MAX, AcceptedConnections
from swarmdsl.transport.addresses import ipc_path
from swarmdsl.transport.base import Arrival, Connection
from swarmdsl.transport.door import Door, connections_max
from swarmdsl.transport.limits import MESSAGES_PER_RECEIVE_MAX, measure
from swarmdsl.transport.sockets import Context, Socket
from swarmdsl.wire.frames import Frames

DIALLED_MAX = CONNECTIONS_REMEMBERED_MAX
"""Outgoing connections of one endpoint; the limit of open files is usually met before."""

WAIT_MAX_S = 60.0
"""No single wait is longer; `receive` may return early anyway."""

BLOCKED_ACCEPTED_WAIT_S = 0.002
"""ZeroMQ does not tell when a certain accepted connection can be written to again, so a wait for
that is a short one, and the caller tries again."""


class _SocketFile(NamedTuple):
    """The file that was bound: by its inode, for another may take its name."""

    path: str
    device: int
    inode: int


class ZmqEndpoint:
    """An endpoint over ipc; see `Endpoint` for what it promises. `ZmqTransport` makes it.

    Received frames are read-only views of what ZeroMQ received, and keep it alive. A dialled
    connection that breaks is made anew without a word: the peer sees a new connection, and what was
    queued is lost. An accepted one that breaks is over: `send` returns False for good.
    """

    def __init__(self, address: str, context: Context, router: Socket, door: Door) -> None:
        self._address, self._context, self._router, self._door = address, context, router, door
        self._file = _file_at(ipc_path(address))
        self._numbers = count(1)
        self._accepted = AcceptedConnections(self._numbers)
        self._dealers: dict[Connection, Socket] = {}
        self._dialled: dict[Socket, Connection] = {}
        self._is_open = True
        self._bell = select.poll()
        self._watched: set[int] = set()
        self._descriptors: dict[Socket, int] = {}
        self._readers: list[tuple[Socket, int]] = []
        self._listen_to(router)
        self._listen_to(door.reports)

    @property
    def address(self) -> str:
        """Where others dial this endpoint."""
        return self._address

    @property
    def handshakes_failed(self) -> int:
        """Connections that came, and left or stay without a handshake."""
        return self._door.handshakes_failed

    @property
    def times_full(self) -> int:
        """How often it stopped listening because too many connections were open."""
        return self._door.times_full

    def dial(self, address: str) -> Connection:
        """Open a connection to `address`, which need not be listening yet.

        Raises:
            TransportError: the address is malformed or too long, this endpoint is closed, or the
                process has no more files to open.
        """
        ipc_path(address)
        if not self._is_open:
            raise TransportError(address, f"cannot be dialled: {self._address} is closed")
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
        sizes = measure(self._address, frames)
        dealer = self._dealers.get(connection)
        if dealer is not None:
            return sockets.write(dealer, frames, sizes)
        return self._address_peer(connection) and sockets.write(self._router, frames, sizes)

    def is_gone(self, connection: Connection) -> bool:
        """Whether nothing can be sent on it ever again."""
        return connection not in self._dealers and self._accepted.routing_id_of(connection) is None

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        """What has arrived, at most some hundred messages, waiting for the first.

        The wait is `timeout_s` rounded up to whole milliseconds. Each connection that was dialled,
        and all accepted ones together, get an equal share of the messages of one call.
        """
        if not self._is_open:
            return []
        if self._door.is_shut:
            self._look_at_door()
        ready = [one for one, events in self._wait(timeout_s, blocked) if events & sockets.READABLE]
        if self._door.reports in ready:
            ready.remove(self._door.reports)
            self._look_at_door()
        share = MESSAGES_PER_RECEIVE_MAX // max(1, len(ready)) or 1
        arrivals: list[Arrival] = []
        for socket in ready:
            self._take(socket, share, arrivals)
        return arrivals

    def _look_at_door(self) -> None:
        if self._door.look():
            self._file = _file_at(ipc_path(self._address))

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
        """Remove the socket file, wait `LINGER_MS` at most for queued messages, release all."""
        if self._is_open:
            self._is_open = False
            _remove(self._file)
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

    def _address_peer(self, connection: Connection) -> bool:
        """Tell the router whom the frames that follow are for; False if it cannot reach them."""
        routing_id = self._accepted.routing_id_of(connection)
        if routing_id is None or not self._is_open:
            return False
        try:
            self._router.send(routing_id, sockets.AT_ONCE_WITH_MORE)
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            self._accepted.failed(connection)
            return False
        return True

    def _wait(self, timeout_s: float, blocked: Sequence[Connection]) -> list[tuple[Socket, int]]:
        wanted = self._wanted(blocked)
        ready = sockets.ready(wanted)
        if ready or timeout_s <= 0:
            return ready
        if any(connection not in self._dealers for connection in blocked):
            timeout_s = min(timeout_s, BLOCKED_ACCEPTED_WAIT_S)
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
            if socket is self._router:
                number = self._accepted.number_of(socket.recv(sockets.AT_ONCE))
            else:
                number = self._dialled[socket]
            arrivals.append(Arrival(number, sockets.read(socket)))
            if not sockets.has_message(socket):
                break


class ZmqTransport:
    """Makes endpoints over ipc, each with a ZeroMQ context of its own.

    The transport itself holds nothing, so it may be made before a fork and used after.
    """

    def listen(self, address: str) -> ZmqEndpoint:
        """An endpoint at `address`; a socket file left by a dead process is replaced.

        Two processes that begin to listen at one address in the same instant are not told apart:
        the later takes it.

        Raises:
            TransportError: the address is malformed, too long, taken, or cannot be bound.
        """
        _refuse_if_taken(address, ipc_path(address))
        context: Context = zmq.Context()
        try:
            context.set(zmq.MAX_SOCKETS, DIALLED_MAX + 3)  # the router, and both ends of reports
            router = sockets.router(context)
            door = Door(context, router, address, connections_max())
        except zmq.ZMQError as error:
            context.destroy(linger=0)
            raise TransportError(
                address, f"cannot listen: {error.strerror}; does the folder exist, writable?"
            ) from error
        return ZmqEndpoint(address, context, router, door)


def _refuse_if_taken(address: str, path: str) -> None:
    # ZeroMQ removes whatever is at the path, somebody's live socket or a thesis, and binds.
    if not os.path.lexists(path):
        return
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        raise TransportError(address, "something that is no socket is there; choose another path")
    if not _is_abandoned(path):
        raise TransportError(address, "is taken; stop who listens there, or choose another path")


def _is_abandoned(path: str) -> bool:
    with unix.socket(unix.AF_UNIX, unix.SOCK_STREAM) as probe:
        probe.settimeout(0)
        return probe.connect_ex(path) in {errno.ECONNREFUSED, errno.ENOENT}


def _file_at(path: str) -> _SocketFile:
    status = Path(path).stat()
    return _SocketFile(path, status.st_dev, status.st_ino)


def _remove(file: _SocketFile) -> None:
    # ZeroMQ leaves the file behind. Who runs the same path by now keeps theirs.
    try:
        if _file_at(file.path) == file:
            Path(file.path).unlink()
    except FileNotFoundError:
        pass
