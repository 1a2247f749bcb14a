"""Places on TCP as users write them, and as processes tell them to one another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.errors import TransportError
from swarmdsl.transport.keys import KEY_BYTES
from swarmdsl.transport.tcp_addresses import (
    ENCRYPTED,
    PLAINTEXT,
    PORT_MAX,
    TcpAddress,
    tcp_address,
)

HOSTS = ["127.0.0.1", "node1.lan", "worker-3", "::1", "fe80::1"]


@given(
    host=st.sampled_from(HOSTS),
    port=st.none() | st.integers(1, PORT_MAX),
    key=st.just(b"") | st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES),
)
def test_a_place_is_read_as_it_was_written(host: str, port: int | None, key: bytes) -> None:
    place = TcpAddress(ENCRYPTED, host, port, key)
    assert tcp_address(str(place), ENCRYPTED) == place


def test_zeromq_is_not_told_the_key_nor_the_word_plaintext() -> None:
    assert tcp_address(f"tcp://h:1/{'ab' * 32}", ENCRYPTED).endpoint == "tcp://h:1"
    assert tcp_address("tcp-plaintext://[::1]:2", PLAINTEXT).endpoint == "tcp://[::1]:2"


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("tcp://", "write one like tcp://127.0.0.1:4711"),
        ("tcp://host", "write one like"),
        ("tcp://host:port", "write one like"),
        ("tcp://::1:5", "write one like"),
        ("tcp://eth0;10.0.0.1:5", "write one like"),
        ("tcp://h\0st:5", "write one like"),
        ("tcp://h:0", "no port between 1 and 65535"),
        ("tcp://h:65536", "no port between 1 and 65535"),
        ("tcp://h:1/abc", "a key of 3 characters; a public key is 64 hexadecimal digits"),
        ("tcp://h:1/", "a key of 0 characters"),
        ("tcp-plaintext://h:1", "belongs to the transport 'tcp-plaintext', and this is 'tcp'"),
        ("ipc:///h", "belongs to the transport 'ipc'"),
    ],
)
def test_what_is_no_place_is_refused_and_mended(address: str, problem: str) -> None:
    with pytest.raises(TransportError) as caught:
        tcp_address(address, ENCRYPTED)
    assert problem in caught.value.problem
    assert str(caught.value).isprintable()


def test_a_key_without_encryption_is_a_contradiction() -> None:
    with pytest.raises(TransportError, match=r"has a key, and tcp-plaintext uses none; write tcp"):
        tcp_address(f"tcp-plaintext://h:1/{'ab' * 32}", PLAINTEXT)
