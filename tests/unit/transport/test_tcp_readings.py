"""What the kernel tells of TCP connections, and of which."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from swarmdsl.transport import tcp_readings as readings_of
from swarmdsl.transport.base import Endpoint
from swarmdsl.transport.curve import new_key_pair
from swarmdsl.transport.keys import TcpOptions
from swarmdsl.transport.tcp import TcpTransport
from swarmdsl.transport.tcp_readings import FILES, remote_of, tcp_readings

pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason="only Linux tells")


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def place_of(server: socket.socket) -> tuple[str, int]:
    host, port = server.getsockname()
    return host, port


def test_what_was_sent_is_counted_in_segments(listening: socket.socket) -> None:
    place = place_of(listening)
    with socket.create_connection(place) as dialled, listening.accept()[0] as accepted:
        (before,) = tcp_readings({place: 7})
        dialled.sendall(b"a segment")
        assert accepted.recv(9) == b"a segment"
        (after,) = tcp_readings({place: 7})
        local = dialled.getsockname()[1]
    assert (before.connection, before.local, before.segments) == (7, local, 0)
    assert (after.segments, after.retransmitted) == (1, 0)
    assert 0 < after.round_trip_s < 1


def test_a_look_leaves_connections_as_they_were(listening: socket.socket) -> None:
    with socket.create_connection(place_of(listening)) as dialled, listening.accept()[0] as taken:
        for _ in range(3):
            tcp_readings({place_of(listening): 1})
        dialled.sendall(b"still here")
        assert taken.recv(10) == b"still here"


def test_a_look_does_not_give_foreign_sockets_the_time_limit_of_the_process(
    listening: socket.socket,
) -> None:
    with socket.create_connection(place_of(listening)) as dialled, listening.accept()[0]:
        socket.setdefaulttimeout(5.0)
        try:
            assert tcp_readings({place_of(listening): 1})
        finally:
            socket.setdefaulttimeout(None)
        assert os.get_blocking(dialled.fileno())


def test_places_of_ip_version_6_are_known() -> None:
    if not socket.has_ipv6:
        pytest.skip("this Python has no IPv6")
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with server:
        port = server.getsockname()[1]
        with socket.create_connection(("::1", port)):
            (reading,) = tcp_readings({("::1", port): 3})
    assert reading.connection == 3


def test_connections_to_elsewhere_are_nobodys_business(listening: socket.socket) -> None:
    with socket.create_connection(place_of(listening)):
        assert tcp_readings({("127.0.0.1", 1): 1}) == []
        assert tcp_readings({}) == []


def test_a_socket_that_is_no_tcp_or_not_connected_is_passed_over(listening: socket.socket) -> None:
    with ExitStack() as opened:
        one, other = socket.socketpair()
        for each in (one, other, socket.socket(), socket.socket(type=socket.SOCK_DGRAM)):
            opened.enter_context(each)
        assert tcp_readings({place_of(listening): 1}) == []


def test_no_more_descriptors_are_looked_at_than_the_bound_says(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings_of, "DESCRIPTORS_MAX", 0)
    with socket.create_connection(place_of(listening)):
        assert tcp_readings({place_of(listening): 1}) == []


@pytest.mark.parametrize("endpoint", ["ipc:///run/it", "tcp://a-name:4711", "tcp://10.0.0.1:*", ""])
def test_a_place_that_is_no_address_has_no_readings(endpoint: str) -> None:
    assert remote_of(endpoint) is None


@pytest.fixture
def pair() -> Iterator[tuple[Endpoint, Endpoint]]:
    keys = new_key_pair(), new_key_pair()
    known = frozenset(key.public for key in keys)
    here, there = (TcpTransport(TcpOptions(own=key, admitted=known)) for key in keys)
    leaf, hub = here.leaf(), there.listen("tcp://127.0.0.1:*")
    yield leaf, hub
    leaf.close()
    hub.close()


def test_an_endpoint_tells_of_what_it_has_dialled_until_it_hangs_up(
    pair: tuple[Endpoint, Endpoint],
) -> None:
    leaf, hub = pair
    number = leaf.dial(hub.address)
    arrived = False
    for _ in range(1_000):
        leaf.send(number, [b"hello"])
        leaf.receive(0.01)
        arrived = bool(hub.receive(0.01)) or arrived
        if arrived:
            break
    assert arrived
    (reading,) = leaf.readings()
    assert reading.connection == number
    assert reading.segments > 0
    assert hub.readings() == []
    leaf.hang_up(number)
    assert leaf.readings() == []
