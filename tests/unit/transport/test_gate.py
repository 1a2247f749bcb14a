"""Who is let in: known keys of the one mechanism that proves them."""

from __future__ import annotations

import threading

import pytest
import zmq

from swarmdsl.transport.gate import ADDRESS, ADMITTED, REFUSED, Gate, answer

KEY, OTHER = b"k" * 32, b"o" * 32


def asked(mechanism: bytes, *credentials: bytes) -> list[bytes]:
    return [b"1.0", b"7", b"swarm", b"10.0.0.9", b"", mechanism, *credentials]


def test_a_known_key_is_let_in_and_the_answer_names_the_request() -> None:
    assert answer(asked(b"CURVE", KEY), {KEY}) == [b"1.0", b"7", ADMITTED, b"", b"", b""]


@pytest.mark.parametrize(
    "request_",
    [
        asked(b"CURVE", OTHER),
        asked(b"CURVE"),
        asked(b"NULL"),
        asked(b"PLAIN", KEY, KEY),
        asked(b"PLAIN", KEY),
        asked(b"CURVE", KEY, KEY),
    ],
)
def test_all_else_is_refused(request_: list[bytes]) -> None:
    assert answer(request_, {KEY})[2] == REFUSED


def test_nobody_is_let_in_where_no_key_is_known() -> None:
    assert answer(asked(b"CURVE", KEY), frozenset())[2] == REFUSED


def test_the_gate_counts_strangers_and_remembers_where_the_first_came_from() -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    gate = Gate(context, {KEY})
    for key in (OTHER, KEY, OTHER):
        # The next request comes when the one before was answered, as libzmq has it.
        with context.socket(zmq.REQ) as libzmq:
            libzmq.setsockopt(zmq.RCVTIMEO, 10_000)
            libzmq.connect(ADDRESS)
            libzmq.send_multipart(asked(b"CURVE", key))
            libzmq.recv_multipart()
    assert gate.strangers == (2, "10.0.0.9")
    gate.close()
    context.destroy(linger=0)


def test_closing_the_gate_ends_its_thread() -> None:
    before = threading.active_count()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    gate = Gate(context, frozenset())
    assert threading.active_count() == before + 1
    gate.close()
    assert threading.active_count() == before
    context.destroy(linger=0)
