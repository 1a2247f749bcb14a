"""Endpoints over ZeroMQ and TCP: encrypted with the keys of a run, or plain where that is said.

A process that listens lets in the keys of its run alone (`gate.py`), and one that dials speaks with
the key that stands in the address, or with nobody. Hosts that vanish without a word are noticed by
TCP, within half a minute.
"""

from __future__ import annotations

import zmq

from swarmdsl.errors import TransportError
from swarmdsl.transport import sockets
from swarmdsl.transport.base import NO_STRANGERS, Strangers
from swarmdsl.transport.crowd import connections_max
from swarmdsl.transport.curve import dialling_options, listening_options, require_keys
from swarmdsl.transport.door import Door
from swarmdsl.transport.gate import Gate
from swarmdsl.transport.keys import NO_OPTIONS, KeyPair, TcpOptions
from swarmdsl.transport.routes import Route
from swarmdsl.transport.sockets import Context, Options, Socket
from swarmdsl.transport.tcp_addresses import (
    ENCRYPTED,
    EVERY_HOST,
    PLAINTEXT,
    TcpAddress,
    tcp_address,
)
from swarmdsl.transport.zeromq_hub import ZmqHub
from swarmdsl.transport.zeromq_leaf import DIALLED_MAX, ZmqLeaf

SOCKETS_OF_A_DIAL = 3  # the dealer, and both ends of its monitor
SOCKETS_OF_A_DOOR = 3  # the router, and both ends of its monitor
SOCKETS_OF_A_GATE = 3  # the requests, and both ends of its bell

LOST_MS = 30_000
"""What was sent and not acknowledged for so long ends the connection."""

SILENT_S = 15
PROBE_S = 5
PROBES = 3
"""After so many seconds of silence, and so many probes without an answer, the host is gone."""

_TCP_OPTIONS: Options = {
    zmq.TCP_KEEPALIVE: 1,
    zmq.TCP_KEEPALIVE_IDLE: SILENT_S,
    zmq.TCP_KEEPALIVE_INTVL: PROBE_S,
    zmq.TCP_KEEPALIVE_CNT: PROBES,
    zmq.TCP_MAXRT: LOST_MS,
}


class TcpEndpoint(ZmqHub):
    """An endpoint over TCP that can be dialled; `TcpTransport` makes it."""

    def __init__(
        self,
        place: TcpAddress,
        context: Context,
        router: Socket,
        door: Door,
        transport: TcpTransport,
        gate: Gate | None,
    ) -> None:
        super().__init__(str(place), context, router, door, transport.route_to)
        self._gate = gate

    @property
    def strangers(self) -> Strangers:
        """Connections with a key that is none of the run's."""
        return NO_STRANGERS if self._gate is None else self._gate.strangers

    def close(self) -> None:
        """Let in nobody any more, wait `LINGER_MS` at most for queued messages, release all."""
        if self._is_open and self._gate is not None:
            self._gate.close()
        super().close()


class TcpTransport:
    """Makes endpoints over TCP that encrypt, each with a ZeroMQ context of its own.

    The transport itself holds nothing but options, so it may be made before a fork and used after.

    Args:
        options: the keys, and what others dial.

    >>> from swarmdsl.transport.curve import new_key_pair
    >>> leaf = TcpTransport(TcpOptions(own=new_key_pair())).leaf()
    >>> leaf.close()
    """

    scheme = ENCRYPTED

    def __init__(self, options: TcpOptions = NO_OPTIONS) -> None:
        self._options = options

    def listen(self, address: str) -> TcpEndpoint:
        """An endpoint at `address`; with `*` for its port, at one that the kernel chooses.

        Raises:
            TransportError: the address is malformed, taken, not of this machine, or has another
                key; or the keys are missing or wrong.
        """
        own = self._keys(address)
        place = tcp_address(address, self.scheme)
        public = b"" if own is None else own.public
        if place.key not in {b"", public}:
            raise TransportError(
                address, "has a key that is not ours; leave it out, or listen with its secret half"
            )
        advertised = self._advertised(address, place)
        context: Context = zmq.Context()
        gate: Gate | None = None
        try:
            context.set(zmq.MAX_SOCKETS, self._sockets_max + SOCKETS_OF_A_DOOR + SOCKETS_OF_A_GATE)
            gate = None if own is None else Gate(context, self._options.admitted)
            options = _options_for(place) | ({} if own is None else listening_options(own))
            router = sockets.router(context, options)
            door = Door(context, router, place.endpoint, connections_max())
        except zmq.ZMQError as error:
            if gate is not None:
                gate.close()
            context.destroy(linger=0)
            raise TransportError(address, _why_not(error)) from error
        bound = tcp_address(door.endpoint, ENCRYPTED)
        told = TcpAddress(self.scheme, advertised, bound.port, public)
        return TcpEndpoint(told, context, router, door, self, gate)

    def leaf(self) -> ZmqLeaf:
        """An endpoint that dials and cannot be dialled: it has no port, and no monitor.

        Raises:
            TransportError: the keys are missing or wrong.
        """
        self._keys(self.scheme)
        context: Context = zmq.Context()
        context.set(zmq.MAX_SOCKETS, self._sockets_max)
        sockets.start_threads(context)
        return ZmqLeaf(context, self.route_to)

    def route_to(self, address: str) -> Route:
        """How an address of this transport is dialled.

        Raises:
            TransportError: the address is malformed, of another transport or has no key; or the
                keys of this process are missing or wrong.
        """
        place = tcp_address(address, self.scheme)
        if place.port is None:
            raise TransportError(
                address, "has no port to dial; take the address that its owner says"
            )
        own = self._keys(address)
        common = _options_for(place)
        if own is None:
            return Route(place.endpoint, common)
        return Route(
            place.endpoint, common | dialling_options(address, place, own), is_watched=True
        )

    def _keys(self, address: str) -> KeyPair | None:
        return require_keys(address, self._options)

    @property
    def _sockets_max(self) -> int:
        return DIALLED_MAX * SOCKETS_OF_A_DIAL

    def _advertised(self, address: str, place: TcpAddress) -> str:
        """The host that others dial."""
        if not self._options.advertised and place.host in EVERY_HOST:
            raise TransportError(
                address,
                "stands for every network of this machine, and nobody can dial that; "
                "say by `advertised` which host others dial",
            )
        return self._options.advertised or place.host


class PlaintextTransport(TcpTransport):
    """Makes endpoints over TCP that do not encrypt and let in everybody.

    For a network that nobody else is on. Who was given keys means the other transport.
    """

    scheme = PLAINTEXT

    def _keys(self, address: str) -> None:
        if self._options.own is not None:
            raise TransportError(
                address, f"does not encrypt, and was given keys; write {ENCRYPTED} to use them"
            )


def _options_for(place: TcpAddress) -> Options:
    return _TCP_OPTIONS | ({zmq.IPV6: 1} if ":" in place.host else {})


def _why_not(error: zmq.ZMQError) -> str:
    if error.errno == zmq.EADDRINUSE:
        return "is taken; stop who listens there, or write * to have a port chosen"
    return (
        f"cannot listen: {error.strerror}; is the host an address of this machine, and the port "
        "above 1023?"
    )
