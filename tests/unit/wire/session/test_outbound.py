"""The dialling side: every cell of its table, and what it keeps and sends again."""

from __future__ import annotations

import pytest

from swarmdsl.wire.messages import (
    PROTOCOL,
    AnyMessage,
    Beat,
    Bye,
    Call,
    Confirm,
    Credit,
    Data,
    End,
    Hello,
    Reply,
    Reset,
    RoundStart,
    Stop,
)
from swarmdsl.wire.session import outbound as outbound_module
from swarmdsl.wire.session.events import Confirmed, Counts, Opened, PeerLeft, Refused, Said
from swarmdsl.wire.session.outbound import Outbound, OutboundState
from tests.unit.wire.session.dialling import (
    CALLING,
    CLOSED,
    IDLE,
    OPEN,
    counts_of,
    outbound,
    places,
    sent,
    welcome,
)
from tests.unit.wire.session.peers import (
    CREDIT,
    KEY,
    OTHER,
    ROUND,
    UNCONFIRMED,
    hello,
    mark,
    values,
)

# --------------------------------------------------------------------------------- the table

RECEIVED: dict[str, AnyMessage] = {
    "WELCOME": welcome(1),
    "RESET": Reset(1, "say HELLO first", final=False),
    "final RESET": Reset(1, "another run", final=True),
    "CREDIT": Credit(1, []),
    "CONFIRM": Confirm(1, [], 0, [mark(99)]),
    "CALL": Call(1, 1, "a@n", 0, "get", b"", ""),
    "REPLY": Reply(1, 1, ok=True, payload=b""),
    "ROUND_START": RoundStart(1, 0, 0, {}, [], {}),
    "STOP": Stop(1, "over"),
    "BEAT": Beat(1),
    "BYE": Bye(1, "left"),
    "HELLO": hello(1),
    "DATA": Data(1, 0, 0, 0, 0, 1, ROUND),
    "END": End(1, 0, 0, 0, 0, 0, 0),
}
TAKEN: dict[tuple[OutboundState, str], OutboundState] = {
    (CALLING, "WELCOME"): OPEN,
    (CALLING, "RESET"): CALLING,
    (CALLING, "final RESET"): CLOSED,
    (CALLING, "BYE"): CLOSED,
    (OPEN, "RESET"): CALLING,
    (OPEN, "final RESET"): CLOSED,
    (OPEN, "CREDIT"): OPEN,
    (OPEN, "CONFIRM"): OPEN,
    (OPEN, "BEAT"): OPEN,
    (OPEN, "CALL"): OPEN,
    (OPEN, "REPLY"): OPEN,
    (OPEN, "ROUND_START"): OPEN,
    (OPEN, "STOP"): OPEN,
    (OPEN, "BYE"): CLOSED,
}
CELLS = [(state, name) for state in OutboundState for name in RECEIVED]


@pytest.mark.parametrize(("cell", "after"), TAKEN.items(), ids=str)
def test_a_message_that_the_state_takes_leads_to_the_next_state(
    cell: tuple[OutboundState, str], after: OutboundState
) -> None:
    session = outbound(cell[0])
    session.receive(RECEIVED[cell[1]])
    assert session.state is after
    assert counts_of(session) == Counts()


@pytest.mark.parametrize(("state", "name"), [cell for cell in CELLS if cell not in TAKEN], ids=str)
def test_any_other_message_is_counted_as_unexpected_and_changes_nothing(
    state: OutboundState, name: str
) -> None:
    session = outbound(state)
    session._number = 1  # as if it had been dialled, so that nothing here is stale
    assert session.receive(RECEIVED[name]) == []
    assert (session.state, counts_of(session)) == (state, Counts(unexpected=1))
    assert sent(session) == []


@pytest.mark.parametrize("name", RECEIVED)
def test_what_an_earlier_connection_left_behind_is_stale(name: str) -> None:
    session = outbound(OPEN)
    session.dialled(8)
    session.outgoing.clear()
    assert session.receive(RECEIVED[name]) == []
    assert (session.state, counts_of(session)) == (CALLING, Counts(stale=1))


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("WELCOME", Opened("sink")),
        ("final RESET", Refused("sink", "another run")),
        ("BYE", PeerLeft("sink", "left")),
    ],
)
def test_a_change_of_state_is_told(name: str, event: object) -> None:
    assert outbound(CALLING).receive(RECEIVED[name]) == [event]


@pytest.mark.parametrize("name", ["CALL", "REPLY", "ROUND_START", "STOP"])
def test_what_is_no_business_of_the_session_is_said(name: str) -> None:
    assert outbound(OPEN).receive(RECEIVED[name]) == [Said("sink", 7, RECEIVED[name])]


# ---------------------------------------------------------------------------- introductions


def test_hello_says_who_we_are_and_where_each_channel_starts() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(3), 3, ROUND)
    session.receive(Confirm(1, [mark(2)]))
    session.dialled(8)
    introduction = sent(session)[-1]
    assert introduction == Hello(
        PROTOCOL, "r1", "hash", "source", 0, 2, "memory://source", [mark(2)]
    )


def test_a_reset_calls_again_on_the_same_connection_with_a_new_number() -> None:
    session = outbound(OPEN)
    session.receive(Reset(1, "say HELLO first", final=False))
    assert [out.connection for out in session.outgoing] == [7]
    assert sent(session)[0].connection == 2


def test_resets_without_end_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound_module, "INTRODUCTIONS_MAX", 3)
    session = outbound(CALLING)
    for number in (1, 2):
        assert session.receive(Reset(number, "no", final=False)) == []
    assert session.receive(Reset(3, "no", final=False)) == [Refused("sink", "no")]
    assert session.state is CLOSED


# ------------------------------------------------------------------------------ leaving


@pytest.mark.parametrize(("state", "said"), [(IDLE, 0), (CALLING, 1), (OPEN, 1), (CLOSED, 0)])
def test_goodbye_is_said_once_and_to_whom_we_have_met(state: OutboundState, said: int) -> None:
    session = outbound(state)
    session.leave("done")
    assert sent(session) == [Bye(1, "done")] * said
    assert session.state is CLOSED


def test_after_goodbye_nothing_goes_out_any_more() -> None:
    session = outbound(OPEN)
    session.leave("done")
    session.outgoing.clear()
    session.dialled(8)
    session.push(KEY, values(1), 1, ROUND)
    session.end(KEY, 0)
    session.say(Call(1, 1, "a@n", 0, "get", b"", ""))
    assert sent(session) == []
    assert session.state is CLOSED


# --------------------------------------------------------------------- sent, kept, sent again


def test_a_push_goes_out_at_once_when_open() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(3), 3, ROUND)
    session.end(KEY, 4)
    assert sent(session) == [Data(1, *KEY, 0, 3, ROUND), End(1, *KEY, 3, 4, 3)]


def is_unheard(session: Outbound) -> bool:
    """Whether pushes wait for the peer's answer."""
    return session.is_unheard


@pytest.mark.parametrize("state", [IDLE, CALLING])
def test_a_push_before_welcome_is_kept_and_sent_after_it(state: OutboundState) -> None:
    session = outbound(state)
    assert not is_unheard(session)
    session.push(KEY, values(3), 3, ROUND)
    assert sent(session) == []
    assert is_unheard(session)
    if state is IDLE:
        session.dialled(7)
    session.receive(welcome(1))
    assert places(session) == [(0, 3)]
    assert not is_unheard(session)
    assert counts_of(session) == Counts()


def test_what_waits_for_credit_or_for_nobody_does_not_wait_for_an_answer() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(3), 3, ROUND)
    assert not is_unheard(session)
    session.dialled(8)
    assert not is_unheard(session), "nobody knows yet whether it has arrived"
    session.leave("over")
    assert not is_unheard(session)


def test_nothing_is_sent_again_before_welcome() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(3), 3, ROUND)
    session.outgoing.clear()
    session.dialled(8)
    assert [type(message) for message in sent(session)] == [Hello]


def test_welcome_after_a_reconnect_sends_again_exactly_what_is_missing() -> None:
    session = outbound(OPEN)
    for first in (0, 2, 4):
        session.push(KEY, values(2, first), 2, ROUND)
    session.receive(Confirm(1, [mark(2)]))
    session.dialled(8)
    session.outgoing.clear()
    session.receive(welcome(2, expected=(mark(4),), confirmed=(mark(2),), credit=(mark(9),)))
    assert places(session) == [(4, 2)]
    assert counts_of(session) == Counts(retransmitted=2)


def test_a_receiver_started_anew_gets_everything_from_the_first_unconfirmed() -> None:
    session = outbound(OPEN)
    for first in (0, 2, 4):
        session.push(KEY, values(2, first), 2, ROUND)
    session.receive(Confirm(1, [mark(2)]))
    session.dialled(8)
    session.outgoing.clear()
    session.receive(welcome(2, (mark(2),), (mark(2),), (mark(2 + CREDIT),)))
    assert places(session) == [(2, 2), (4, 2)]


def test_a_receiver_started_anew_gets_no_more_than_it_gave_credit_for() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(8), 8, ROUND)
    session.receive(Credit(1, [mark(16)]))  # taken, not confirmed
    session.push(KEY, values(4), 4, ROUND)
    session.dialled(8)
    session.outgoing.clear()
    session.receive(welcome(2, (mark(0),), (mark(0),), (mark(8),)))
    assert places(session) == [(0, 8)]
    session.end(KEY, 0)
    assert places(session) == []
    session.receive(Credit(2, [mark(12)]))
    assert places(session) == [(8, 4), (12, 1)]
    assert counts_of(session).retransmitted == 12


def test_credit_that_comes_with_a_confirmation_lets_what_waits_leave() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(8), 8, ROUND)
    session.receive(Credit(1, [mark(9)]))
    session.push(KEY, values(1), 1, ROUND)
    session.dialled(8)
    session.receive(welcome(2, (mark(8),), (mark(0),), (mark(8),)))
    session.outgoing.clear()
    assert session.receive(Confirm(2, [mark(8)], 0, [mark(9)])) == [Confirmed(KEY, 8)]
    assert places(session) == [(8, 1)]


def test_an_end_is_sent_again_in_its_place() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(1), 1, ROUND)
    session.end(KEY, 0)
    session.push(KEY, values(1), 1, ROUND)
    session.dialled(8)
    session.outgoing.clear()
    session.receive(welcome(2))
    assert sent(session) == [
        Data(2, *KEY, 0, 1, ROUND),
        End(2, *KEY, 1, 0, 1),
        Data(2, *KEY, 2, 1, ROUND),
    ]


def test_the_payload_is_the_same_when_sent_again() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(2), 2, ROUND)
    first = session.outgoing[-1].frames[1:]
    session.dialled(8)
    session.receive(welcome(2))
    assert session.outgoing[-1].frames[1:] == first


def test_a_second_loss_before_all_was_sent_again_counts_exactly() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(8), 8, ROUND)
    session.receive(Credit(1, [mark(16)]))
    session.push(KEY, values(4), 4, ROUND)
    for number in (2, 3):
        session.dialled(number)
        session.receive(welcome(number, (mark(0),), (mark(0),), (mark(8),)))
    session.receive(Credit(3, [mark(16)]))
    assert counts_of(session).retransmitted == 8 + 8 + 4


# ------------------------------------------------------------------------ confirmed, credited


def test_a_confirmation_is_told_once_and_lets_the_push_go() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(3), 3, ROUND)
    assert session.receive(Confirm(1, [mark(2)])) == [Confirmed(KEY, 2)]
    assert session.receive(Confirm(1, [mark(2), mark(1)])) == []
    assert session.unconfirmed == 1


def test_welcome_carries_the_confirmation_that_was_lost() -> None:
    session = outbound(OPEN)
    session.push(KEY, values(3), 3, ROUND)
    session.dialled(8)
    events = session.receive(welcome(2, (mark(3),), (mark(3),)))
    assert events == [Opened("sink"), Confirmed(KEY, 3)]
    assert session.unconfirmed == 0


@pytest.mark.parametrize(
    "message",
    [
        Credit(1, [mark(99, OTHER)]),
        Confirm(1, [mark(99, OTHER), mark(99)]),
    ],
    ids=["credit", "confirmation"],
)
def test_marks_of_channels_that_we_do_not_have_change_nothing(message: AnyMessage) -> None:
    session = outbound(OPEN)
    session.push(KEY, values(1), 1, ROUND)
    assert session.receive(message) == []
    assert session.unconfirmed == 1
    assert list(session._channels) == [KEY]


def test_a_welcome_cannot_make_channels_either() -> None:
    session = outbound(CALLING)
    session.receive(welcome(1, (mark(5, OTHER),), (mark(5, OTHER),), (mark(99, OTHER),)))
    assert session._channels == {}


def test_credit_makes_room_up_to_the_bound_of_the_unconfirmed() -> None:
    session = outbound(OPEN)
    channel = session.channel(KEY)
    session.push(KEY, values(CREDIT), CREDIT, ROUND)
    assert channel.room == 0
    session.receive(Credit(1, [mark(1_000)]))
    assert channel.room == UNCONFIRMED - CREDIT
