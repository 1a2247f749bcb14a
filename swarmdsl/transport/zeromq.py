"""Endpoints over ZeroMQ and Unix sockets: one ROUTER for who dials us, one DEALER per dial.

Signals: a handler that returns leaves a wait as it was; `receive` goes on with what is left of its
timeout, so who sets a flag in a handler notices it after the timeout at the latest. A handler that
raises (Ctrl-C, unless changed) may tear a message in two: close the endpoint then.

Forking: a transport may be carried over a fork, an endpoint must not be used after one.
"""

from __future__ import annotations

import errno
import os
import socket as unix
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import zmq

from swarmdsl.errors import TransportError
from swarmdsl.transport import sockets
from swarmdsl.transport.accepted import AcceptedConnections
from swarmdsl.transport.addresses import ipc_path
from swarmdsl.transport.base import Connection
from swarmdsl.transport.door import Door, connections_max
from swarmdsl.transport.limits import measure
from swarmdsl.transport.sockets import Context, Socket
from swarmdsl.transport.zeromq_leaf import DIALLED_MAX, ZmqLeaf
from swarmdsl.wire.frames import Frames

BLOCKED_ACCEPTED_WAIT_S = 0.002
"""ZeroMQ does not tell when a certain accepted connection can be written to again, so a wait for
that is a short one, and the caller tries again."""


class _SocketFile(NamedTuple):
    """The file that was bound: by its inode, for another may take its name."""

    path: str
    device: int
    inode: int


class ZmqEndpoint(ZmqLeaf):
    """An endpoint over ipc that can be dialled; `ZmqTransport` makes it.

    What it dials it keeps as a leaf does. An accepted connection that breaks is over: `send`
    returns False for good.
    """

    def __init__(self, address: str, context: Context, router: Socket, door: Door) -> None:
        super().__init__(context)
        self._address, self._router, self._door = address, router, door
        self._file = _file_at(ipc_path(address))
        self._accepted = AcceptedConnections(self._numbers)
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

    def send(self, connection: Connection, frames: Frames) -> bool:
        """Hand a message over; False if it cannot be taken now, or the connection is gone.

        Raises:
            TransportError: a frame is longer than any transport takes.
        """
        if connection in self._dealers:
            return super().send(connection, frames)
        sizes = measure(self._address, frames)
        return self._address_peer(connection) and sockets.write(self._router, frames, sizes)

    def is_gone(self, connection: Connection) -> bool:
        """Whether nothing can be sent on it ever again."""
        return super().is_gone(connection) and self._accepted.routing_id_of(connection) is None

    def close(self) -> None:
        """Remove the socket file, wait `LINGER_MS` at most for queued messages, release all."""
        if self._is_open:
            _remove(self._file)
        super().close()

    def _readable(self, timeout_s: float, blocked: Sequence[Connection]) -> list[Socket]:
        """As of a leaf; all accepted connections together are one socket."""
        if self._door.is_shut:
            self._look_at_door()
        if any(connection not in self._dealers for connection in blocked):
            timeout_s = min(timeout_s, BLOCKED_ACCEPTED_WAIT_S)
        ready = super()._readable(timeout_s, blocked)
        if self._door.reports in ready:
            ready.remove(self._door.reports)
            self._look_at_door()
        return ready

    def _look_at_door(self) -> None:
        if self._door.look():
            self._file = _file_at(ipc_path(self._address))

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

    def _sender(self, socket: Socket) -> Connection:
        if socket is self._router:
            return self._accepted.number_of(socket.recv(sockets.AT_ONCE))
        return super()._sender(socket)


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

    def leaf(self) -> ZmqLeaf:
        """An endpoint that dials and cannot be dialled: it has no socket file, and no monitor."""
        context: Context = zmq.Context()
        context.set(zmq.MAX_SOCKETS, DIALLED_MAX)
        return ZmqLeaf(context)


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
