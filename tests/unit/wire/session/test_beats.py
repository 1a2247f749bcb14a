"""When the dialling side says BEAT, and what becomes of it."""

from __future__ import annotations

import math

import pytest

from swarmdsl.wire.messages import AnyMessage, Beat, Confirm, Hello, Reset
from swarmdsl.wire.session import outbound as outbound_module
from swarmdsl.wire.session.events import Counts
from swarmdsl.wire.session.outbound import Outbound, OutboundState
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.session.terms import Terms
from tests.unit.wire.session.dialling import (
    CALLING,
    CLOSED,
    IDLE,
    OPEN,
    outbound,
    places,
    sent,
    welcome,
)
from tests.unit.wire.session.peers import CREDIT, KEY, ROUND, identity, mark, message_of, values


def beats(session: Outbound, *moments_s: float) -> list[float]:
    """The moments at which BEAT goes out, when the session is asked at each of these."""
    told = []
    for now_s in moments_s:
        session.tick(now_s)
        if Beat(session.number) in sent(session):
            told.append(now_s)
    return told


def waiting(state: OutboundState = OPEN, *, kept_alive: float | None = None) -> Outbound:
    """A session in this state that keeps what nobody has confirmed."""
    session = Outbound(identity("source"), "sink", Counts(), Terms(identity().limits), kept_alive)
    session.dialled(7)
    if state is OPEN:
        session.receive(welcome(1))
    session.push(KEY, values(2), 2, ROUND)
    session.outgoing.clear()
    return session


QUARTERS = [quarter / 4 for quarter in range(81)]


@pytest.mark.parametrize("state", [CALLING, OPEN])
def test_who_waits_says_beat_after_a_quarter_of_a_second_and_then_ever_less_often(
    state: OutboundState,
) -> None:
    assert beats(waiting(state), *QUARTERS) == [0.25, 0.75, 1.75, 3.75, 7.75, 12.75, 17.75]


def test_a_session_says_when_it_wants_to_be_asked_again() -> None:
    session = waiting()
    assert [session.tick(now_s) for now_s in (10.0, 10.1, 10.25)] == [10.25, 10.25, 10.75]


@pytest.mark.parametrize("state", [IDLE, OPEN, CLOSED])
def test_who_waits_for_nothing_says_nothing(state: OutboundState) -> None:
    session = outbound(state)
    assert session.tick(0.0) == math.inf
    assert beats(session, *QUARTERS) == []


def test_a_peer_that_is_kept_alive_hears_a_beat_each_second() -> None:
    session = Outbound(
        identity("source"), "sink", Counts(), Terms(identity().limits), kept_alive=1.0
    )
    session.dialled(7)
    session.receive(welcome(1))
    assert beats(session, *QUARTERS[:20]) == [1.0, 2.0, 3.0, 4.0]


def test_a_beat_that_comes_late_is_said_once() -> None:
    session = waiting()
    assert beats(session, 0.0, 60.0, 60.1) == [60.0]


def test_a_welcome_begins_the_wait_anew() -> None:
    session = waiting(CALLING)
    assert beats(session, 0.0, 0.2) == []
    session.receive(welcome(1))
    assert beats(session, 0.25, 0.4, 0.5) == [0.5]


def test_whatever_is_newly_confirmed_begins_the_wait_anew() -> None:
    session = waiting()
    assert beats(session, 0.0, 0.25, 0.75) == [0.25, 0.75]
    session.receive(Confirm(1, [mark(1)]))
    assert beats(session, 1.0, 1.2, 1.25, 1.75) == [1.25, 1.75]


def test_a_confirmation_of_everything_ends_the_wait() -> None:
    session = waiting()
    session.tick(0.0)
    session.receive(Confirm(1, [mark(2)]))
    assert session.tick(1.0) == math.inf


def test_the_answer_to_a_beat_is_no_progress() -> None:
    """Who is busy lives, and says so late; asking more often would not help."""
    session = waiting()
    beats(session, 0.0, 0.25)
    assert session.receive(Beat(1)) == []
    assert beats(session, 0.5, 0.75) == [0.75]


def test_a_peer_that_does_not_know_us_gets_a_new_hello_and_then_what_it_has_not() -> None:
    session = waiting()
    assert beats(session, 0.0, 0.25) == [0.25]
    session.receive(Reset(1, "say HELLO first", final=False))
    (introduction,) = sent(session)
    assert isinstance(introduction, Hello)
    assert introduction.connection == 2
    session.receive(welcome(2, (mark(0),), (mark(0),), (mark(CREDIT),)))
    assert places(session) == [(0, 2)]


def test_unanswered_beats_are_counted_until_the_peer_is_heard() -> None:
    session = waiting()
    beats(session, *QUARTERS[:8])
    assert session.unanswered == 3
    session.receive(Beat(0))
    assert session.unanswered == 3, "an earlier connection says nothing of this one"
    session.receive(Beat(1))
    assert session.unanswered == 0


@pytest.mark.parametrize("progress", [Confirm(2, [mark(1)]), Beat(2)], ids=["CONFIRM", "BEAT"])
def test_only_resets_in_a_row_are_given_up(
    progress: AnyMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound_module, "INTRODUCTIONS_MAX", 2)
    session = waiting()
    session.receive(Reset(1, "no", final=False))
    session.receive(welcome(2))
    session.receive(progress)
    assert session.receive(Reset(2, "no", final=False)) == []
    assert session.state is CALLING


@pytest.mark.parametrize(("peer", "asks"), [("sink", True), ("source", False)])
def test_who_waits_for_itself_asks_nothing_for_nothing_of_it_is_lost(peer: str, asks: bool) -> None:
    board = Switchboard(identity("source"))
    board.dialled(peer, 7)
    board.take_outgoing()
    due_s = board.tick(0.0)
    assert math.isfinite(due_s) is asks
    board.tick(100.0)
    assert [message_of(one) for one in board.take_outgoing()] == [Beat(1)] * asks
