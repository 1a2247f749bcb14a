"""Where containers come in that dial their engine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import msgspec
import pytest

from swarmdsl.daemon.line import Hello, Line, piece_of
from swarmdsl.deploy.engines.reception import Caller, Reception
from swarmdsl.transport.curve import new_key_pair
from swarmdsl.transport.keys import TcpOptions
from swarmdsl.transport.tcp import TcpTransport
from swarmdsl.transport.zeromq_leaf import ZmqLeaf

LIFE = b"12345678"
PATIENCE_S = 20.0


class Container:
    """One that dials, and hears only what the test lets it."""

    def __init__(self, leaf: ZmqLeaf, address: str) -> None:
        self.line = Line(LIFE)
        self._leaf = leaf
        self._connection = leaf.dial(address)

    def speak(self) -> None:
        """Say what there is to say."""
        for message in self.line.messages(time.monotonic()):
            self._leaf.send(self._connection, [message])

    def hear_of_the_end(self) -> int:
        """Wait for the word that it is over; the exit code that it asks for."""
        line, deadline_s = Line(LIFE), time.monotonic() + PATIENCE_S
        while line.exit_code is None:
            assert time.monotonic() < deadline_s, "it was not told"
            for arrival in self._leaf.receive(0.1):
                line.hear(piece_of(arrival.frames[0]), time.monotonic())
        return line.exit_code


@pytest.fixture
def told() -> Iterator[tuple[Reception, Container]]:
    ours, theirs = new_key_pair(), new_key_pair()
    transport = TcpTransport(TcpOptions(own=ours, admitted=frozenset({theirs.public})))
    endpoint = transport.listen("tcp://127.0.0.1:*")
    bell, ringer = os.pipe2(os.O_NONBLOCK)
    reception = Reception(endpoint, ringer)
    leaf = TcpTransport(TcpOptions(own=theirs)).leaf()
    yield reception, Container(leaf, reception.address)
    leaf.close()
    reception.close()
    os.close(bell)
    os.close(ringer)


def come_in(reception: Reception, container: Container) -> Caller:
    container.line.put(msgspec.msgpack.encode(Hello(daemons="worker#0", node="n1")))
    container.speak()
    deadline_s = time.monotonic() + PATIENCE_S
    while not (callers := reception.take_callers()):
        assert time.monotonic() < deadline_s, "nobody came in"
        container.speak()
    return callers[0]


def test_a_container_that_did_not_hear_that_it_is_to_fail_is_told_the_same_again(
    told: tuple[Reception, Container],
) -> None:
    reception, container = told
    caller = come_in(reception, container)
    reception.drop(caller.life, exit_code=1)
    assert container.hear_of_the_end() == 1  # and the word is lost, so it speaks on
    container.line.put(b"is anybody there?")
    container.speak()
    assert container.hear_of_the_end() == 1
    caller.line.close()
