"""A receiver that is behind asks its senders to linger, with the confirmations that it tells."""

from __future__ import annotations

import msgspec
import pytest

from swarmdsl.errors import WireError
from swarmdsl.wire.messages import LINGER_US_MAX, Confirm, Data, decode, encode
from swarmdsl.wire.session.events import Confirmed, LingerAsked
from swarmdsl.wire.session.switchboard import Switchboard
from tests.unit.wire.session.dialling import OPEN, outbound, welcome
from tests.unit.wire.session.peers import INLET, KEY, hear, hello, identity, mark, said, values


def receiver() -> Switchboard:
    """One to which a push has come."""
    switchboard = Switchboard(identity())
    hear(switchboard, 1, hello(1, mark(0)))
    hear(switchboard, 1, Data(1, *KEY, 0, 1, 0), bytes(values(1).body))
    said(switchboard)
    return switchboard


def test_what_is_asked_for_is_told_with_the_next_confirmation() -> None:
    switchboard = receiver()
    switchboard.terms.linger_us = 4_000
    assert said(switchboard) == []  # it is worth no message of its own
    switchboard.confirm(INLET, 1)
    assert said(switchboard) == [Confirm(1, [mark(1)], 4_000)]


def test_a_sender_is_told_of_what_is_news() -> None:
    session = outbound(OPEN)
    assert session.receive(Confirm(1, [], 4_000)) == [LingerAsked("sink", 4_000)]
    assert session.receive(Confirm(1, [], 4_000)) == []
    assert session.receive(Confirm(1, [])) == [LingerAsked("sink", 0)]


def test_it_comes_behind_what_is_confirmed() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(2), 2, 0)
    said_then = session.receive(Confirm(1, [mark(2)], 1_000))
    assert said_then == [Confirmed(KEY, 2), LingerAsked("sink", 1_000)]


def test_a_receiver_that_welcomes_anew_has_asked_for_nothing_yet() -> None:
    session = outbound(OPEN)
    session.receive(Confirm(1, [], 4_000))
    session.dialled(8)
    assert LingerAsked("sink", 0) in session.receive(welcome(2))


def test_a_confirmation_without_it_asks_for_nothing() -> None:
    short = msgspec.msgpack.encode([7, 1, [[0, 1, 2, 5]]])
    assert decode([short]).message == Confirm(1, [mark(5)], 0)


@pytest.mark.parametrize("microseconds", [-1, LINGER_US_MAX + 1])
def test_what_nobody_can_ask_for_is_garbage(microseconds: int) -> None:
    with pytest.raises(WireError):
        decode(encode(Confirm(1, [], microseconds)))
