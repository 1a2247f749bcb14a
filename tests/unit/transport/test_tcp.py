"""Endpoints over TCP: who is let in, who is counted, and what half a configuration is told."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zmq

from swarmdsl.errors import TransportError
from swarmdsl.transport import Endpoint, TcpOptions, handshakes
from swarmdsl.transport.curve import dialling_options, new_key_pair
from swarmdsl.transport.keys import KeyPair
from swarmdsl.transport.tcp import PlaintextTransport, TcpTransport
from swarmdsl.transport.tcp_addresses import tcp_address
from tests.contracts.transport_case import ROUND_S, received, send, until

HERE = "tcp://127.0.0.1:*"
HUB, LEAF, STRANGER = new_key_pair(), new_key_pair(), new_key_pair()
OURS = frozenset({HUB.public, LEAF.public})


def transport(own: KeyPair) -> TcpTransport:
    return TcpTransport(TcpOptions(own=own, admitted=OURS))


@pytest.fixture
def hub() -> Iterator[Endpoint]:
    endpoint = transport(HUB).listen(HERE)
    yield endpoint
    endpoint.close()


@pytest.fixture
def leaf() -> Iterator[Endpoint]:
    endpoint = transport(LEAF).leaf()
    yield endpoint
    endpoint.close()


def greet(hub: Endpoint, leaf: Endpoint) -> None:
    send(leaf, leaf.dial(hub.address), [b"hello"])
    assert received(hub) == [[b"hello"]]


# ------------------------------------------------------------------------------------- addresses


def test_the_kernel_chooses_the_port_and_the_address_says_the_key(hub: Endpoint) -> None:
    place = tcp_address(hub.address, "tcp")
    assert (place.host, place.key) == ("127.0.0.1", HUB.public)
    assert place.port is not None


def test_others_dial_what_is_advertised_and_not_what_is_bound(leaf: Endpoint) -> None:
    options = TcpOptions(own=HUB, admitted=OURS, advertised="localhost")
    hub = TcpTransport(options).listen("tcp://0.0.0.0:*")
    assert tcp_address(hub.address, "tcp").host == "localhost"
    greet(hub, leaf)
    hub.close()


def test_an_address_that_nobody_can_dial_is_not_advertised() -> None:
    with pytest.raises(TransportError, match="say by `advertised` which host others dial"):
        transport(HUB).listen("tcp://0.0.0.0:*")


def test_an_address_of_ipv6_works_likewise(leaf: Endpoint) -> None:
    try:
        hub = transport(HUB).listen("tcp://[::1]:*")
    except TransportError as problem:
        pytest.skip(f"this machine has no IPv6: {problem}")
    greet(hub, leaf)
    hub.close()


def test_a_host_that_is_not_of_this_machine_cannot_be_bound() -> None:
    with pytest.raises(TransportError, match="is the host an address of this machine"):
        transport(HUB).listen("tcp://192.0.2.1:*")


def test_a_port_to_be_chosen_cannot_be_dialled(leaf: Endpoint) -> None:
    with pytest.raises(TransportError, match="has no port to dial"):
        leaf.dial(f"tcp://127.0.0.1:*/{HUB.public.hex()}")


# ------------------------------------------------------------------------- half a configuration


def test_an_address_without_a_key_is_dialled_by_nobody(leaf: Endpoint) -> None:
    with pytest.raises(TransportError, match="does not say the key of whoever listens there"):
        leaf.dial("tcp://127.0.0.1:4711")


def test_nobody_listens_at_the_key_of_another() -> None:
    with pytest.raises(TransportError, match="has a key that is not ours"):
        transport(HUB).listen(f"{HERE}/{LEAF.public.hex()}")


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        (None, "needs the keys of this process, and none were given"),
        (replace(HUB, secret=b""), "was given a secret key of 0 bytes"),
        (replace(HUB, public=b"p"), "was given a public key of 1 bytes"),
        (replace(HUB, public=LEAF.public), "a public and a secret key that are no pair"),
    ],
)
def test_half_of_the_keys_is_an_error_that_says_which(own: KeyPair | None, problem: str) -> None:
    with pytest.raises(TransportError, match=problem):
        TcpTransport(TcpOptions(own=own)).listen(HERE)
    with pytest.raises(TransportError, match=problem):
        TcpTransport(TcpOptions(own=own)).leaf()


def test_a_libzmq_without_curve_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zmq, "has", lambda capability: False)
    with pytest.raises(TransportError, match="this libzmq was built without it; install a pyzmq"):
        transport(HUB).listen(HERE)


def test_keys_for_plaintext_are_a_contradiction() -> None:
    with pytest.raises(TransportError, match="does not encrypt, and was given keys; write tcp"):
        PlaintextTransport(TcpOptions(own=HUB)).leaf()


def test_an_error_shows_no_secret() -> None:
    with pytest.raises(TransportError) as caught:
        TcpTransport(TcpOptions(own=replace(HUB, public=LEAF.public))).leaf()
    assert HUB.secret.hex() not in str(caught.value)
    assert str(HUB.secret) not in repr(HUB)


# ------------------------------------------------------------------------------------- strangers


def test_a_stranger_is_refused_counted_and_does_not_disturb(hub: Endpoint, leaf: Endpoint) -> None:
    stranger = transport(STRANGER).leaf()
    stranger.dial(hub.address)
    until(lambda: hub.receive(ROUND_S) == [] and hub.strangers == (1, "127.0.0.1"))
    assert hub.handshakes_failed >= 1
    greet(hub, leaf)
    stranger.close()


def test_a_stranger_learns_that_its_key_is_not_known(hub: Endpoint) -> None:
    stranger = transport(STRANGER).leaf()
    dialled = stranger.dial(hub.address)
    with pytest.raises(TransportError, match="refused us: whoever listens there does not know our"):
        until(lambda: bool(stranger.receive(ROUND_S)))
    with pytest.raises(TransportError, match="refused us"):
        stranger.receive(0)
    stranger.hang_up(dialled)
    assert stranger.receive(0) == []
    stranger.close()


def test_who_expects_another_key_is_told_and_does_not_wait_for_ever(
    hub: Endpoint, leaf: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshakes, "FAILING_MAX_S", 0.01)
    place = tcp_address(hub.address, "tcp")
    leaf.dial(str(place._replace(key=STRANGER.public)))
    with pytest.raises(TransportError, match=r"has cut short \d+ handshakes in a row: whoever"):
        until(lambda: bool(leaf.receive(ROUND_S)))
    assert hub.strangers.refused == 0  # its key is known, and was never seen
    assert hub.receive(ROUND_S) == []


def test_who_dials_one_that_does_not_encrypt_is_told(leaf: Endpoint) -> None:
    plain = PlaintextTransport().listen("tcp-plaintext://127.0.0.1:*")
    place = tcp_address(plain.address, "tcp-plaintext")
    leaf.dial(str(place._replace(scheme="tcp", key=HUB.public)))
    with pytest.raises(TransportError, match="answers without encryption"):
        until(lambda: bool(leaf.receive(ROUND_S)))
    plain.close()


def test_plain_zeromq_and_plain_bytes_say_nothing_to_the_hub(hub: Endpoint, leaf: Endpoint) -> None:
    place = tcp_address(hub.address, "tcp")
    with zmq.Context() as context, context.socket(zmq.DEALER) as plain:
        plain.setsockopt(zmq.LINGER, 0)
        plain.connect(place.endpoint)
        with socket.create_connection((place.host, place.port)) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)
            until(lambda: hub.receive(ROUND_S) == [] and hub.handshakes_failed >= 2)
    greet(hub, leaf)


def test_without_its_gate_nobody_is_let_in() -> None:
    # As if its thread had died: libzmq's own default lets in everybody then.
    hub = transport(HUB).listen(HERE)
    assert hub._gate is not None
    hub._gate.close()
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        place = tcp_address(hub.address, "tcp")
        for option, value in dialling_options(hub.address, place, LEAF).items():
            dealer.setsockopt(option, value)
        dealer.setsockopt(zmq.IMMEDIATE, 1)
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(place.endpoint)
        until(lambda: hub.receive(ROUND_S) == [] and hub.handshakes_failed >= 1)
        assert not dealer.poll(0, zmq.POLLOUT)
    hub.close()


# ------------------------------------------------------------------------------------- resources


def test_closing_frees_all_files_and_threads_that_endpoints_had(leaf: Endpoint) -> None:
    before = open_files(), tasks()
    for _ in range(2):
        hub, other = transport(HUB).listen(HERE), transport(LEAF).leaf()
        greet(hub, other)
        other.dial(hub.address)  # and leaves while it shakes hands
        other.close()
        hub.close()
    assert (open_files(), tasks()) == before


def open_files() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def tasks() -> int:
    return len(list(Path("/proc/self/task").iterdir()))
