"""Endpoints over ZeroMQ and Unix sockets, for the processes of one machine."""

from __future__ import annotations

import zmq

from swarmdsl.errors import TransportError
from swarmdsl.transport import sockets
from swarmdsl.transport.addresses import socket_path
from swarmdsl.transport.crowd import connections_max
from swarmdsl.transport.door import Door
from swarmdsl.transport.routes import Route
from swarmdsl.transport.socket_file import file_at, refuse_if_taken, remove_file
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
    socket_path(address, "ipc")
    return Route(address)


class ZmqEndpoint(ZmqHub):
    """An endpoint over ipc that can be dialled; `ZmqTransport` makes it."""

    def __init__(self, address: str, context: Context, router: Socket, door: Door) -> None:
        super().__init__(address, context, router, door, ipc_route)
        self._file = file_at(socket_path(address, "ipc"))

    def close(self) -> None:
        """Remove the socket file, wait `LINGER_MS` at most for queued messages, release all."""
        if self._is_open:
            remove_file(self._file)
        super().close()

    def _opened_again(self) -> None:
        self._file = file_at(socket_path(self._address, "ipc"))


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
        # ZeroMQ removes whatever is at the path, somebody's live socket or a thesis, and binds;
        # and it leaves the file behind.
        refuse_if_taken(address, socket_path(address, "ipc"))
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
