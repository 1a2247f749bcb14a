"""Endpoints to try a transport on, and waits that end when it happened or rounds are used up."""

from __future__ import annotations

import socket
from collections.abc import Callable
from itertools import count

from swarmdsl.transport import Arrival, Connection, Endpoint, TcpOptions, Transport
from swarmdsl.transport.curve import new_key_pair
from swarmdsl.transport.tcp import TcpTransport
from swarmdsl.wire.frames import Frames

ROUNDS_MAX = 500
ROUND_S = 0.02
SENDS_MAX = 100_000  # far above what queues and kernel buffers hold together


class World:
    """Endpoints of one transport, at addresses that nobody else has."""

    def __init__(self, transport: Transport, prefix: str) -> None:
        self.transport, self.prefix = transport, prefix
        self.endpoints: list[Endpoint] = []
        self._names = count()

    def address(self) -> str:
        return f"{self.prefix}{next(self._names)}"

    def listen(self, address: str | None = None) -> Endpoint:
        address = self.address() if address is None else address
        self.endpoints.append(self.transport.listen(address))
        return self.endpoints[-1]

    def leaf(self) -> Endpoint:
        self.endpoints.append(self.transport.leaf())
        return self.endpoints[-1]

    def pair(self) -> tuple[Endpoint, Endpoint, Connection]:
        hub, leaf = self.listen(), self.listen()
        return hub, leaf, leaf.dial(hub.address)

    def close(self) -> None:
        for endpoint in self.endpoints:
            endpoint.close()


class TcpWorld(World):
    """Endpoints on the loopback interface, all with one pair of keys if they encrypt."""

    def __init__(self, transport: Transport, prefix: str, key: bytes = b"") -> None:
        super().__init__(transport, prefix)
        self._key = f"/{key.hex()}" if key else ""

    def address(self) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            return f"{self.prefix}127.0.0.1:{free.getsockname()[1]}{self._key}"


def encrypted() -> TcpWorld:
    keys = new_key_pair()
    options = TcpOptions(own=keys, admitted=frozenset({keys.public}))
    return TcpWorld(TcpTransport(options), "tcp://", keys.public)


def until(happened: Callable[[], bool]) -> None:
    assert any(happened() for _ in range(ROUNDS_MAX)), "did not happen"


def send(endpoint: Endpoint, connection: Connection, frames: Frames) -> None:
    """Send as soon as the connection takes it."""

    def sent() -> bool:
        return endpoint.send(connection, frames) or bool(
            endpoint.receive(ROUND_S, blocked=[connection])
        )

    until(sent)


def receive(endpoint: Endpoint, messages: int = 1) -> list[Arrival]:
    arrivals: list[Arrival] = []

    def complete() -> bool:
        arrivals.extend(endpoint.receive(ROUND_S))
        return len(arrivals) >= messages

    until(complete)
    assert len(arrivals) == messages
    return arrivals


def received(endpoint: Endpoint, messages: int = 1) -> list[list[bytes]]:
    return [plain(one) for one in receive(endpoint, messages)]


def plain(arrival: Arrival) -> list[bytes]:
    return [bytes(frame) for frame in arrival.frames]


def fill(endpoint: Endpoint, connection: Connection, frames: Frames) -> int:
    """Send until refused; how many were taken."""
    taken = next((n for n in range(SENDS_MAX) if not endpoint.send(connection, frames)), None)
    assert taken is not None, "the queue has no bound"
    return taken


def connected(world: World) -> tuple[Endpoint, Connection, Endpoint, Connection]:
    """A hub and a leaf that have spoken, each with its number for their connection."""
    hub, leaf, to_hub = world.pair()
    send(leaf, to_hub, [b"hello"])
    return hub, receive(hub)[0].connection, leaf, to_hub
