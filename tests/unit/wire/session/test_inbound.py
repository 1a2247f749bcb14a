"""The accepting side: every cell of its table, seen through the switchboard that owns it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.wire.codec import Payload
from swarmdsl.wire.messages import (
    POSITION_MAX,
    AnyMessage,
    Beat,
    Bye,
    Call,
    Confirm,
    Credit,
    Data,
    End,
    Reply,
    Reset,
    RoundStart,
    Stop,
    Welcome,
)
from swarmdsl.wire.session.events import (
    Accepted,
    Counts,
    Delivered,
    Ended,
    Former,
    Inlet,
    PeerLeft,
    Said,
    SessionEvent,
)
from swarmdsl.wire.session.switchboard import Switchboard
from tests.unit.wire.session.peers import (
    CREDIT,
    INLET,
    KEY,
    OTHER,
    OTHER_INLET,
    ROUND,
    hear,
    hello,
    identity,
    mark,
    said,
)


def board(state: str = "WELCOMED") -> Switchboard:
    """A switchboard that knows `source` on connection 5, by its number 1, in this state."""
    switchboard = Switchboard(identity())
    if state != "UNKNOWN":
        hear(switchboard, 5, hello(1))
    if state == "LEFT":
        hear(switchboard, 5, Bye(1, "done"))
    switchboard.take_outgoing()
    return switchboard


def push(
    switchboard: Switchboard, first: int, count: int, number: int = 1, connection: int = 5
) -> list[SessionEvent]:
    return hear(switchboard, connection, Data(number, *KEY, first, count, ROUND), b"body")


def end(switchboard: Switchboard, first: int, round_number: int = 0) -> list[SessionEvent]:
    return hear(switchboard, 5, End(1, *KEY, first, round_number, first))


def delivered(first: int, count: int, skip: int = 0) -> list[SessionEvent]:
    return [Delivered(INLET, first, count, skip, ROUND, Payload(b"body", ()))]


# --------------------------------------------------------------------------------- the table

DATA, END = Data(1, *KEY, 0, 1, ROUND), End(1, *KEY, 0, 0, 0)
OTHERS: list[AnyMessage] = [
    Call(1, 1, "a@n", 0, "get", b"", ""),
    Reply(1, 1, ok=True, payload=b""),
    RoundStart(1, 0, 0, {}, [], {}),
    Stop(1, "over"),
]
NEVER_SAID: list[AnyMessage] = [
    Welcome(1, "source", 0, [], [], []),
    Reset(1, "no", final=False),
    Credit(1, [mark(9)]),
    Confirm(1, [mark(9)]),
]


def name_of(message: AnyMessage) -> str:
    return type(message).__name__


def arrive(switchboard: Switchboard, message: AnyMessage) -> list[SessionEvent]:
    return hear(switchboard, 5, message, *([b"body"] if isinstance(message, Data) else []))


@pytest.mark.parametrize("state", ["UNKNOWN", "LEFT", "WELCOMED"])
def test_hello_is_welcomed_in_every_state(state: str) -> None:
    switchboard = board(state)
    assert hear(switchboard, 6, hello(2)) == [
        Accepted("source", 6, "memory://source", 0, anew=False)
    ]
    assert said(switchboard) == [Welcome(2, "sink", 0, [], [], [])]
    assert switchboard.counts == Counts()


@pytest.mark.parametrize("message", [DATA, END, Beat(1), *OTHERS, *NEVER_SAID], ids=name_of)
def test_a_stranger_is_asked_to_say_hello(message: AnyMessage) -> None:
    switchboard = board("UNKNOWN")
    assert arrive(switchboard, message) == []
    assert said(switchboard) == [Reset(1, "say HELLO first", final=False)]
    assert switchboard.counts == Counts(refused=1)


def test_the_goodbye_of_a_stranger_is_unexpected() -> None:
    switchboard = board("UNKNOWN")
    assert hear(switchboard, 5, Bye(1, "done")) == []
    assert (said(switchboard), switchboard.counts) == ([], Counts(unexpected=1))


@pytest.mark.parametrize("message", OTHERS, ids=name_of)
def test_what_is_no_business_of_the_session_is_said(message: AnyMessage) -> None:
    assert arrive(board(), message) == [Said("source", 5, message)]


@pytest.mark.parametrize("message", NEVER_SAID, ids=name_of)
def test_what_only_the_accepting_side_says_is_unexpected(message: AnyMessage) -> None:
    switchboard = board()
    assert arrive(switchboard, message) == []
    assert (said(switchboard), switchboard.counts) == ([], Counts(unexpected=1))


def test_a_goodbye_is_told() -> None:
    assert hear(board(), 5, Bye(1, "done")) == [PeerLeft("source", "done")]


@pytest.mark.parametrize("message", [DATA, END, Beat(1), *OTHERS, Bye(1, "done")], ids=name_of)
def test_whatever_comes_after_goodbye_is_stale(message: AnyMessage) -> None:
    switchboard = board("LEFT")
    assert arrive(switchboard, message) == []
    assert (said(switchboard), switchboard.counts) == ([], Counts(stale=1))


@pytest.mark.parametrize("message", [DATA, END, Beat(1), *OTHERS, Bye(1, "done")], ids=name_of)
def test_a_frame_with_the_number_of_an_earlier_connection_is_stale(message: AnyMessage) -> None:
    switchboard = board()
    hear(switchboard, 5, hello(2))
    switchboard.take_outgoing()
    assert arrive(switchboard, message) == []
    assert (said(switchboard), switchboard.counts) == ([], Counts(stale=1))


# -------------------------------------------------------------------------------- in order, once


def test_new_pushes_are_delivered_in_order() -> None:
    switchboard = board()
    assert push(switchboard, 0, 3) == delivered(0, 3)
    assert push(switchboard, 3, 2) == delivered(3, 2)
    assert end(switchboard, 5) == [Ended(INLET, 5, 0, 5)]
    assert switchboard.counts == Counts()


def test_a_repeated_batch_is_dropped_counted_and_confirmed_again() -> None:
    switchboard = board()
    push(switchboard, 0, 3)
    switchboard.confirm(INLET, 2)
    switchboard.take_outgoing()
    assert push(switchboard, 0, 3) == []
    assert said(switchboard) == [Confirm(1, [mark(2)])]
    assert switchboard.counts == Counts(duplicates=3)


def test_a_batch_that_is_old_in_part_is_trimmed_and_counted() -> None:
    switchboard = board()
    push(switchboard, 0, 3)
    assert push(switchboard, 1, 4) == delivered(1, 4, skip=2)
    assert push(switchboard, 5, 1) == delivered(5, 1)
    assert switchboard.counts == Counts(duplicates=2)


def test_a_repeated_end_is_dropped_and_counted() -> None:
    switchboard = board()
    end(switchboard, 0)
    assert end(switchboard, 0) == []
    assert switchboard.counts == Counts(duplicates=1)


@pytest.mark.parametrize(
    "message", [Data(1, *KEY, 2, 1, ROUND), End(1, *KEY, 2, 0, 2)], ids=name_of
)
def test_a_gap_resets_the_connection_and_what_follows_is_stale(message: AnyMessage) -> None:
    switchboard = board()
    push(switchboard, 0, 1)
    assert arrive(switchboard, message) == []
    (reset,) = said(switchboard)
    assert isinstance(reset, Reset)
    assert not reset.final
    assert "jumped from 1 to 2" in reset.reason
    assert push(switchboard, 1, 1) == []
    assert switchboard.counts == Counts(gaps=1, stale=1)


def test_after_a_gap_a_new_hello_goes_on_where_it_stood() -> None:
    switchboard = board()
    push(switchboard, 0, 1)
    push(switchboard, 2, 1)
    hear(switchboard, 5, hello(2))
    assert push(switchboard, 1, 2, number=2) == delivered(1, 2)


def test_data_without_a_payload_is_garbage() -> None:
    switchboard = board()
    assert hear(switchboard, 5, Data(1, *KEY, 0, 1, ROUND)) == []
    assert switchboard.counts == Counts(garbage=1)


# ---------------------------------------------------------------------------------- reconnecting


def test_a_new_connection_of_the_same_process_goes_on_where_it_stood() -> None:
    switchboard = board()
    push(switchboard, 0, 5)
    switchboard.take(INLET, 3)
    switchboard.confirm(INLET, 2)
    switchboard.take_outgoing()
    hear(switchboard, 6, hello(2, mark(0)))
    assert said(switchboard) == [Welcome(2, "sink", 0, [mark(5)], [mark(2)], [mark(3 + CREDIT)])]
    assert push(switchboard, 5, 1, 2, 6) == delivered(5, 1)


def test_a_receiver_that_knows_nothing_starts_at_the_first_unconfirmed() -> None:
    switchboard = board("UNKNOWN")
    hear(switchboard, 5, hello(4, mark(7), mark(2, OTHER)))
    (reply,) = said(switchboard)
    assert isinstance(reply, Welcome)
    assert reply.expected == reply.confirmed == [mark(7), mark(2, OTHER)]
    assert reply.credit == [mark(7 + CREDIT), mark(2 + CREDIT, OTHER)]
    assert push(switchboard, 6, 3, number=4) == delivered(6, 3, skip=1)


def test_a_late_hello_to_a_new_receiver_does_not_hold_its_channels_back() -> None:
    switchboard = board("UNKNOWN")
    hear(switchboard, 5, hello(1, mark(2)))
    push(switchboard, 2, 1)
    switchboard.take_outgoing()
    hear(switchboard, 6, hello(2, mark(7), mark(4, OTHER)))
    (reply,) = said(switchboard)
    assert isinstance(reply, Welcome)
    assert reply.expected == reply.confirmed == [mark(7), mark(4, OTHER)]
    assert reply.credit == [mark(6 + CREDIT), mark(4 + CREDIT, OTHER)]
    assert push(switchboard, 7, 1, 2, 6) == delivered(7, 1)


def test_a_sender_started_anew_counts_from_its_own_beginning() -> None:
    switchboard = board()
    push(switchboard, 0, 5)
    former = (Former(INLET, unconfirmed=5, credit=CREDIT - 5),)
    assert hear(switchboard, 6, hello(1, incarnation=1)) == [
        Accepted("source", 6, "memory://source", 1, anew=True, former=former)
    ]
    (event,) = push(switchboard, 0, 2, connection=6)
    assert isinstance(event, Delivered)
    assert (event.inlet, event.first, event.count) == (Inlet("source", 1, KEY), 0, 2)


def test_a_process_that_has_a_successor_is_refused_with_both_incarnations() -> None:
    switchboard = board("UNKNOWN")
    hear(switchboard, 5, hello(1, incarnation=4))
    push(switchboard, 0, 2)
    switchboard.take_outgoing()
    assert hear(switchboard, 6, hello(9, incarnation=3)) == []
    (reset,) = said(switchboard)
    assert isinstance(reset, Reset)
    assert reset.final
    assert "incarnation 3" in reset.reason
    assert "incarnation 4" in reset.reason
    assert len(push(switchboard, 2, 1)) == 1


@pytest.mark.parametrize("late", [1, 2])
def test_a_late_hello_does_not_take_the_connection_back(late: int) -> None:
    switchboard = board()
    hear(switchboard, 6, hello(2))
    switchboard.take_outgoing()
    assert hear(switchboard, 5, hello(late)) == []
    assert (said(switchboard), switchboard.counts) == ([], Counts(stale=1))
    assert push(switchboard, 0, 1, 2, 6) == delivered(0, 1)


def test_a_frame_on_a_replaced_connection_is_asked_for_a_hello() -> None:
    switchboard = board()
    hear(switchboard, 6, hello(2))
    switchboard.take_outgoing()
    assert push(switchboard, 0, 1) == []
    assert said(switchboard) == [Reset(1, "say HELLO first", final=False)]


# ----------------------------------------------------------------- credit and confirmation


def test_a_push_beyond_its_credit_ends_the_session_for_good() -> None:
    switchboard = board()
    push(switchboard, 0, CREDIT)
    assert push(switchboard, CREDIT, 1) == []
    (reset,) = said(switchboard)
    assert isinstance(reset, Reset)
    assert reset.final
    assert "beyond its credit" in reset.reason
    assert switchboard.counts == Counts(beyond_credit=1)


def test_an_end_needs_no_credit_but_keeps_its_place() -> None:
    switchboard = board()
    push(switchboard, 0, CREDIT)
    assert end(switchboard, CREDIT) == [Ended(INLET, CREDIT, 0, CREDIT)]
    assert switchboard.counts == Counts()


def test_credit_returns_when_pushes_are_taken_and_not_before() -> None:
    switchboard = board()
    push(switchboard, 0, 3)
    assert said(switchboard) == []
    switchboard.confirm(INLET, 1)
    assert said(switchboard) == [Confirm(1, [mark(1)])]
    switchboard.take(INLET, 2)
    assert said(switchboard) == [Credit(1, [mark(2 + CREDIT)])]


def test_credit_that_was_not_told_is_not_given() -> None:
    switchboard = board()
    push(switchboard, 0, CREDIT)
    switchboard.take(INLET, 4)
    push(switchboard, CREDIT, 1)
    assert switchboard.counts == Counts(beyond_credit=1)


def test_however_much_was_taken_and_confirmed_one_message_goes_out() -> None:
    switchboard = board()
    push(switchboard, 0, 4)
    hear(switchboard, 5, Data(1, *OTHER, 0, 2, ROUND), b"body")
    for upto in (1, 2, 4):
        switchboard.take(INLET, 1)
        switchboard.confirm(INLET, upto)
    switchboard.take(OTHER_INLET, 2)
    switchboard.confirm(OTHER_INLET, 2)
    limits = [mark(3 + CREDIT), mark(2 + CREDIT, OTHER)]
    assert said(switchboard) == [Confirm(1, [mark(4), mark(2, OTHER)], 0, limits)]
    assert said(switchboard) == []


def test_an_older_confirmation_is_no_news() -> None:
    switchboard = board()
    push(switchboard, 0, 3)
    switchboard.confirm(INLET, 3)
    switchboard.take_outgoing()
    switchboard.confirm(INLET, 2)
    assert said(switchboard) == []


@pytest.mark.parametrize("what", ["taken", "confirmed"])
def test_what_has_not_come_can_be_neither_taken_nor_confirmed(what: str) -> None:
    switchboard = board()
    push(switchboard, 0, 1)
    with pytest.raises(AssertionError, match=f"{what} before it came"):
        (switchboard.take if what == "taken" else switchboard.confirm)(INLET, 2)


def test_while_a_peer_is_away_credit_waits_for_its_welcome() -> None:
    switchboard = board()
    push(switchboard, 0, 2)
    hear(switchboard, 5, Bye(1, "back soon"))
    switchboard.take(INLET, 2)
    switchboard.confirm(INLET, 2)
    assert said(switchboard) == []
    hear(switchboard, 6, hello(2, mark(0)))
    assert said(switchboard) == [Welcome(2, "sink", 0, [mark(2)], [mark(2)], [mark(2 + CREDIT)])]


# ------------------------------------------------------------------------- beats, former processes


def test_a_beat_is_answered_with_one_and_all_that_the_peer_may_have_missed() -> None:
    switchboard = board()
    push(switchboard, 0, 3)
    hear(switchboard, 5, Data(1, *OTHER, 0, 2, ROUND), b"body")
    switchboard.take(INLET, 2)
    switchboard.confirm(INLET, 1)
    limits = [mark(2 + CREDIT), mark(CREDIT, OTHER)]
    everything = Confirm(1, [mark(1), mark(0, OTHER)], 0, limits)
    switchboard.take_outgoing()
    for _ in range(2):
        assert hear(switchboard, 5, Beat(1)) == []
        assert said(switchboard) == [Beat(1), everything]
    assert switchboard.counts == Counts()


def test_a_beat_to_who_has_nothing_to_tell_is_answered_all_the_same() -> None:
    switchboard = board()
    hear(switchboard, 5, Beat(1))
    assert said(switchboard) == [Beat(1)]


def restarted() -> Switchboard:
    """A receiver that has taken in pushes of one process, and then of the next of its name."""
    switchboard = board()
    push(switchboard, 0, 5)
    hear(switchboard, 6, hello(1, incarnation=1))
    push(switchboard, 0, 2, connection=6)
    switchboard.take_outgoing()
    return switchboard


def test_taking_and_confirming_what_a_former_process_pushed_changes_nothing() -> None:
    switchboard = restarted()
    switchboard.take(INLET, 5)
    switchboard.confirm(INLET, 5)
    assert said(switchboard) == []


def test_what_the_present_process_pushed_is_taken_and_confirmed_by_its_incarnation() -> None:
    switchboard = restarted()
    present = INLET._replace(incarnation=1)
    switchboard.take(present, 2)
    switchboard.confirm(present, 1)
    assert said(switchboard) == [Confirm(1, [mark(1)], 0, [mark(2 + CREDIT)])]


def test_a_process_that_introduces_itself_again_has_not_come_anew() -> None:
    switchboard = restarted()
    (accepted,) = hear(switchboard, 6, hello(2, incarnation=1))
    assert accepted == Accepted("source", 6, "memory://source", 1, anew=False)


# ------------------------------------------------------------------------- whatever may come

POSITIONS = st.integers(0, 12) | st.integers(0, 2**64 - 1) | st.just(POSITION_MAX)
NUMBERS = st.integers(1, 2)
MARKS = st.lists(st.builds(mark, POSITIONS), max_size=2)
ANYTHING: st.SearchStrategy[AnyMessage] = st.one_of(
    st.builds(lambda number, marks: hello(number, *marks), NUMBERS, MARKS),
    st.builds(
        lambda number, first, count: Data(number, *KEY, first, count, ROUND),
        NUMBERS,
        POSITIONS,
        st.integers(1, 12) | st.integers(1, 2**64 - 1),
    ),
    st.builds(lambda number, first: End(number, *KEY, first, 0, 0), NUMBERS, POSITIONS),
    st.builds(Credit, NUMBERS, MARKS),
    st.builds(Confirm, NUMBERS, MARKS, st.just(0), MARKS),
    st.builds(Welcome, NUMBERS, st.just("x"), NUMBERS, MARKS, MARKS, MARKS),
    st.builds(Reset, NUMBERS, st.just("x"), st.booleans()),
    st.builds(Beat, NUMBERS),
    st.builds(Bye, NUMBERS, st.just("x")),
)


@given(st.lists(st.tuples(st.integers(5, 6), ANYTHING), max_size=20))
def test_whatever_a_peer_says_it_is_delivered_in_order_and_once(
    script: list[tuple[int, AnyMessage]],
) -> None:
    switchboard = Switchboard(identity())
    expected: int | None = None
    for connection, message in script:
        payload = [b"body"] if isinstance(message, Data) else []
        for event in hear(switchboard, connection, message, *payload):
            if isinstance(event, Delivered | Ended):
                first = event.first + event.skip if isinstance(event, Delivered) else event.position
                assert expected in {None, first}
                expected = first + (event.count - event.skip if isinstance(event, Delivered) else 1)


@given(st.lists(ANYTHING, max_size=20))
def test_whatever_comes_on_a_dialled_connection_nothing_is_delivered(
    script: list[AnyMessage],
) -> None:
    switchboard = Switchboard(identity())
    switchboard.dialled("source", 5)
    for message in script:
        payload = [b"body"] if isinstance(message, Data) else []
        events = hear(switchboard, 5, message, *payload)
        assert not any(isinstance(event, Delivered | Ended) for event in events)
