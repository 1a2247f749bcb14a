"""Endpoints over ZeroMQ and Unix sockets, for the processes of one machine."""

from __future__ import annotations

import errno
import os
import socket as unix
import stat
from pathlib import Path
from typing import NamedTuple

import zmq

from swarmdsl.errors import TransportError
from swarmdsl.transport import sockets
from swarmdsl.transport.addresses import ipc_path
from swarmdsl.transport.door import Door, connections_max
from swarmdsl.transport.routes import Route
from swarmdsl.transport.sockets import Context, Socket
from swarmdsl.transport.zeromq_hub import ZmqHub
from swarmdsl.transport.zeromq_leaf import DIALLED_MAX, ZmqLeaf


def ipc_route(address: str) -> Route:
    """How an address of this transport is dialled.

    Raises:
        TransportError: the address is malformed, of another transport or too long.

    >>> ipc_route("ipc:///run/swarm/hub").endpoint
    'ipc:///run/swarm/hub'
    """
    ipc_path(address)
    return Route(address)


class _SocketFile(NamedTuple):
    """The file that was bound: by its inode, for another may take its name."""

    path: str
    device: int
    inode: int


class ZmqEndpoint(ZmqHub):
    """An endpoint over ipc that can be dialled; `ZmqTransport` makes it."""

    def __init__(self, address: str, context: Context, router: Socket, door: Door) -> None:
        super().__init__(address, context, router, door, ipc_route)
        self._file = _file_at(ipc_path(address))

    def close(self) -> None:
        """Remove the socket file, wait `LINGER_MS` at most for queued messages, release all."""
        if self._is_open:
            _remove(self._file)
        super().close()

    def _opened_again(self) -> None:
        self._file = _file_at(ipc_path(self._address))


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
        sockets.start_threads(context)
        return ZmqLeaf(context, ipc_route)


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
