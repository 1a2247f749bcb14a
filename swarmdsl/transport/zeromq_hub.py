"""The listening side of an endpoint over ZeroMQ: one ROUTER for who dials us, whatever it is on.

Signals: a handler that returns leaves a wait as it was; `receive` goes on with what is left of its
timeout, so who sets a flag in a handler notices it after the timeout at the latest. A handler that
raises (Ctrl-C, unless changed) may tear a message in two: close the endpoint then.

Forking: a transport may be carried over a fork, an endpoint must not be used after one.
"""

from __future__ import annotations

from collections.abc import Sequence

import zmq

from swarmdsl.transport import sockets
from swarmdsl.transport.accepted import AcceptedConnections
from swarmdsl.transport.base import Connection
from swarmdsl.transport.door import Door
from swarmdsl.transport.limits import measure
from swarmdsl.transport.routes import RouteTo
from swarmdsl.transport.sockets import Context, Socket
from swarmdsl.transport.zeromq_leaf import ZmqLeaf
from swarmdsl.wire.frames import Frames

BLOCKED_ACCEPTED_WAIT_S = 0.002
"""ZeroMQ does not tell when a certain accepted connection can be written to again, so a wait for
that is a short one, and the caller tries again."""


class ZmqHub(ZmqLeaf):
    """An endpoint that can be dialled.

    What it dials it keeps as a leaf does. An accepted connection that breaks is over: `send`
    returns False for good.

    Args:
        address: where others dial it.
        context: its own; it ends with the endpoint.
        router: bound there.
        door: of the router.
        route_to: how an address is dialled.
    """

    def __init__(
        self, address: str, context: Context, router: Socket, door: Door, route_to: RouteTo
    ) -> None:
        super().__init__(context, route_to)
        self._address, self._router, self._door = address, router, door
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

    def _readable(self, timeout_s: float, blocked: Sequence[Connection]) -> list[Socket]:
        """As of a leaf; all accepted connections together are one socket."""
        if self._door.is_shut:
            self._look_at_door()
        if blocked and any(connection not in self._dealers for connection in blocked):
            timeout_s = min(timeout_s, BLOCKED_ACCEPTED_WAIT_S)
        ready = super()._readable(timeout_s, blocked)
        if self._door.reports in ready:
            ready.remove(self._door.reports)
            self._look_at_door()
        return ready

    def _look_at_door(self) -> None:
        if self._door.look():
            self._opened_again()

    def _opened_again(self) -> None:
        """The door was shut, and is open again."""

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
