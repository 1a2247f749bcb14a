"""All sessions of one process: whom a frame belongs to, whom to refuse, what to send."""

from __future__ import annotations

from dataclasses import make_dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.wire.messages import (
    PROTOCOL,
    Bye,
    Call,
    Carried,
    ChannelKey,
    Confirm,
    Data,
    End,
    Hello,
    Mark,
    Reply,
    Reset,
    Welcome,
    encode,
)
from swarmdsl.wire.session.events import (
    Accepted,
    Confirmed,
    Counts,
    Declined,
    Delivered,
    Opened,
    PeerLeft,
    Refused,
    Said,
)
from swarmdsl.wire.session.switchboard import STRANGER_BYTES_MAX, Switchboard
from swarmdsl.wire.structure import declared
from tests.unit.wire.session.peers import (
    CREDIT,
    INLET,
    KEY,
    ROUND,
    hear,
    hello,
    identity,
    mark,
    message_of,
    said,
    values,
)


def pair() -> tuple[Switchboard, Switchboard]:
    """A source that has dialled a sink; connection 7 there is connection 5 here."""
    source, sink = Switchboard(identity("source")), Switchboard(identity("sink"))
    source.dialled("sink", 7)
    return source, sink


def carry(source: Switchboard, sink: Switchboard) -> list[object]:
    """Carry everything to and fro until nobody has anything to say; what both told."""
    events: list[object] = []
    while there := source.take_outgoing():
        for outgoing in there:
            events += sink.receive(5, outgoing.frames)
        for outgoing in sink.take_outgoing():
            events += source.receive(7, outgoing.frames)
    return events


@pytest.mark.parametrize("side", ["dialling", "accepting"])
def test_who_gives_up_what_it_had_to_say_begins_anew(side: str) -> None:
    source, sink = pair()
    if side == "accepting":
        for outgoing in source.take_outgoing():
            sink.receive(5, outgoing.frames)
        assert said(sink), "the WELCOME that is given up"
        sink.interrupted(5)
    else:
        carry(source, sink)
        source.push("sink", KEY, values(1), 1, ROUND)
        assert said(source), "the push that is given up"
        source.interrupted(7)
    for outgoing in sink.take_outgoing():
        source.receive(7, outgoing.frames)
    events = carry(source, sink)
    source.push("sink", KEY, values(1), 1, ROUND)
    events += carry(source, sink)
    assert any(isinstance(one, Opened) for one in events)
    assert any(isinstance(one, Delivered) and one.first == 0 for one in events)


def test_a_connection_that_was_replaced_is_not_begun_anew() -> None:
    source, sink = pair()
    carry(source, sink)
    source.dialled("sink", 8)
    said(source)
    source.interrupted(7)
    sink.interrupted(4)
    assert (said(source), said(sink)) == ([], [])


# --------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("introduction", "reason"),
    [
        (hello(protocol=9), f"source has protocol 9, and sink has {PROTOCOL}"),
        (hello(run="r0"), "source has run r0, and sink has r1"),
        (hello(topology="other"), "source has topology other, and sink has hash"),
    ],
    ids=["protocol", "run", "topology"],
)
def test_who_does_not_belong_here_is_refused_with_both_values(
    introduction: Hello, reason: str
) -> None:
    switchboard = Switchboard(identity())
    assert hear(switchboard, 5, introduction) == []
    assert said(switchboard) == [Reset(1, reason, final=True)]
    assert switchboard.counts == Counts(refused=1)


def test_who_is_refused_learns_the_reason_and_stays_away() -> None:
    source, sink = Switchboard(identity("source")), Switchboard(identity("sink"))
    source.dialled("sink", 7)
    stranger = hello(1, run="r0")
    assert isinstance(message_of(source.take_outgoing()[0]), Hello)
    hear(sink, 5, stranger)
    (reset,) = said(sink)
    reason = "source has run r0, and sink has r1"
    assert hear(source, 7, reset) == [Refused("sink", reason)]
    source.push("sink", KEY, values(1), 1, ROUND)
    assert said(source) == []


# ------------------------------------------------------------------------------------ types


def shower(energy: type) -> str:
    """The schema of one version of a record."""
    return declared(make_dataclass("Shower", [("energy", energy)]))


def test_both_sides_are_told_which_field_of_which_type_differs() -> None:
    source = Switchboard(identity("source"))
    sink = Switchboard(identity("sink", reads={0: shower(float)}))
    source.to("sink").declare([Carried(0, shower(int))])
    source.dialled("sink", 7)
    reason = "Shower.energy is float at sink and int at source"
    (introduction,) = said(source)
    assert hear(sink, 5, introduction) == [Declined("source", reason)]
    (answer,) = said(sink)
    assert answer == Reset(1, reason, final=True)
    assert hear(source, 7, answer) == [Refused("sink", reason)]
    assert sink.counts == Counts(refused=1)


def test_what_does_not_fit_on_a_link_without_a_record_names_the_link() -> None:
    switchboard = Switchboard(identity(reads={3: declared(int)}))
    hear(switchboard, 5, hello(carried=[Carried(3, declared(str))]))
    reason = "what is pushed on link 3 is int at sink and str at source"
    assert said(switchboard) == [Reset(1, reason, final=True)]


def test_what_is_no_schema_is_refused_with_its_link() -> None:
    switchboard = Switchboard(identity(reads={3: declared(int)}))
    hear(switchboard, 5, hello(carried=[Carried(3, "{")]))
    (answer,) = said(switchboard)
    assert isinstance(answer, Reset)
    assert answer.final
    assert answer.reason.startswith("source says what it pushes on link 3, and it is not a schema")


@pytest.mark.parametrize(
    "carried",
    [
        [],
        [Carried(0, shower(float))],
        [Carried(0, shower(float).replace(":", ": "))],
        [Carried(1, shower(int))],
        [Carried(0, shower(int)), Carried(0, shower(float))],
        [Carried(0, declared(Any))],
    ],
    ids=["nothing is said", "the same", "written otherwise", "another link", "said better", "any"],
)
def test_who_pushes_what_is_read_is_welcome(carried: list[Carried]) -> None:
    switchboard = Switchboard(identity(reads={0: shower(float)}))
    assert hear(switchboard, 5, hello(carried=carried)) == [
        Accepted("source", 5, "memory://source", 0, anew=False)
    ]


def test_what_a_stranger_pushes_is_not_looked_at() -> None:
    switchboard = Switchboard(identity(reads={0: shower(float)}))
    assert hear(switchboard, 5, hello(run="r0", carried=[Carried(0, shower(int))])) == []
    assert said(switchboard) == [Reset(1, "source has run r0, and sink has r1", final=True)]


class Source:
    """Admits `source`, on one channel."""

    def knows(self, peer: str) -> bool:
        return peer == "source"

    def carries(self, peer: str, channel: ChannelKey) -> bool:
        return channel == KEY


def test_a_peer_that_nobody_expects_is_refused() -> None:
    switchboard = Switchboard(identity(), Source())
    assert hear(switchboard, 5, hello(peer="other")) == []
    reason = "other is nobody that may push to sink in this topology"
    assert said(switchboard) == [Reset(1, reason, final=True)]
    welcome = Accepted("source", 6, "memory://source", 0, anew=False)
    assert hear(switchboard, 6, hello()) == [welcome]


def test_a_strangers_words_are_not_repeated_to_it_at_any_length() -> None:
    switchboard = Switchboard(identity(), Source())
    for stranger in (hello(peer="x" * 100_000), hello(run="x" * 100_000)):
        hear(switchboard, 5, stranger)
    assert all(isinstance(one, Reset) and len(one.reason) < 2_000 for one in said(switchboard))
    assert switchboard.counts == Counts(refused=2)


def test_a_flood_of_names_and_channels_is_counted_and_leaves_nothing_behind() -> None:
    switchboard = Switchboard(identity(), Source())
    for number in range(100):
        hear(switchboard, number, hello(peer=f"stranger {number}"))
    hear(switchboard, 100, hello(1, *(mark(3, ChannelKey(9, 9, one)) for one in range(10))))
    said(switchboard)
    for number in range(100):
        hear(switchboard, 100, Data(1, number, 7, 7, 0, 1, ROUND), bytes(values(1).body))
        hear(switchboard, 100, End(1, -number - 1, 0, 0, 0, 0, 0))
    assert switchboard.counts == Counts(refused=100, unexpected=210)
    hear(switchboard, 101, hello(2))
    assert said(switchboard) == [Welcome(2, "sink", 0, [], [], [])]


def test_a_peer_may_dial_again_and_again_without_leaving_anything_behind() -> None:
    switchboard = Switchboard(identity())
    for connection in range(100):
        switchboard.dialled("source", connection)
    assert len(switchboard._dialled) == 2


def test_of_two_peers_that_used_one_connection_each_is_heard_on_its_own() -> None:
    switchboard = Switchboard(identity())
    hear(switchboard, 5, hello(peer="a"))
    hear(switchboard, 5, hello(peer="b"))
    hear(switchboard, 6, hello(2, peer="a"))
    assert hear(switchboard, 5, Bye(1, "done")) == [PeerLeft("b", "done")]


# ------------------------------------------------------------------------------------ garbage


@given(st.lists(st.binary(max_size=32), max_size=4))
def test_garbage_is_counted_and_survived(frames: list[bytes]) -> None:
    source, sink = pair()
    carry(source, sink)
    for connection in (5, 6):
        events = sink.receive(connection, frames)
        assert not any(isinstance(event, Delivered) for event in events)
    source.push("sink", KEY, values(1), 1, ROUND)
    assert any(isinstance(event, Delivered) for event in carry(source, sink))


@pytest.mark.parametrize("frames", [[], [b""], [b"\xc1"], [b"\x93\x08\x01\xa1\xff"], [b"a", b"b"]])
@pytest.mark.parametrize("connection", [5, 7])
def test_each_piece_of_garbage_is_counted(frames: list[bytes], connection: int) -> None:
    switchboard = Switchboard(identity())
    switchboard.dialled("other", 7)
    switchboard.take_outgoing()
    assert switchboard.receive(connection, frames) == []
    assert (said(switchboard), switchboard.counts) == ([], Counts(garbage=1))


def test_a_header_of_a_stranger_is_short_and_that_of_a_peer_may_be_long() -> None:
    switchboard = Switchboard(identity())
    long = Call(1, 1, "a@n#0", 0, "globals.set", bytes(STRANGER_BYTES_MAX), "")
    hear(switchboard, 5, long)
    assert (said(switchboard), switchboard.counts) == ([], Counts(garbage=1))
    hear(switchboard, 5, hello())
    assert hear(switchboard, 5, long) == [Said("source", 5, long)]


def test_a_push_that_cannot_be_read_takes_no_position_and_a_better_one_does() -> None:
    source, sink = pair()
    carry(source, sink)
    for payload in (b"garbage", b"worse"):
        (event,) = hear(sink, 5, Data(1, *KEY, 0, 1, ROUND), payload)
        assert isinstance(event, Delivered)
        sink.reject(event, "not a number")
    assert sink.counts == Counts(garbage=2)
    source.push("sink", KEY, values(1), 1, ROUND)
    assert carry(source, sink) == [Delivered(INLET, 0, 1, 0, ROUND, values(1))]


def test_old_positions_of_a_push_that_cannot_be_read_are_no_duplicates() -> None:
    source, sink = pair()
    carry(source, sink)
    hear(sink, 5, Data(1, *KEY, 0, 2, ROUND), bytes(values(2).body))
    (event,) = hear(sink, 5, Data(1, *KEY, 0, 3, ROUND), b"garbage")
    assert isinstance(event, Delivered)
    sink.reject(event, "not a number")
    assert sink.counts == Counts(garbage=1)


def test_a_peer_that_has_nothing_readable_to_send_learns_why_and_is_refused() -> None:
    source, sink = pair()
    carry(source, sink)
    (event,) = hear(sink, 5, Data(1, *KEY, 0, 1, ROUND), b"garbage")
    assert isinstance(event, Delivered)
    sink.reject(event, "not a number")
    hear(sink, 5, End(1, *KEY, 1, 0, 1))
    assert said(sink) == [Reset(1, "not a number", final=True)]


# ------------------------------------------------------------------------------- two of a pair


def test_two_that_belong_together_meet() -> None:
    source, sink = pair()
    assert carry(source, sink) == [
        Accepted("source", 5, "memory://source", 0, anew=False),
        Opened("sink"),
    ]


def test_data_and_end_arrive_in_the_order_of_the_push() -> None:
    source, sink = pair()
    source.push("sink", KEY, values(2), 2, ROUND)
    source.to("sink").end(KEY, 0)
    source.push("sink", KEY, values(1), 1, ROUND)
    events = carry(source, sink)
    assert [type(event).__name__ for event in events] == [
        "Accepted",
        "Opened",
        "Delivered",
        "Ended",
        "Delivered",
    ]


def test_one_process_both_dials_and_accepts() -> None:
    switchboard = Switchboard(identity())
    switchboard.dialled("source", 7)
    hear(switchboard, 5, hello())
    hear(switchboard, 7, Welcome(1, "source", 0, [], [], []))
    switchboard.push("source", KEY, values(1), 1, ROUND)
    assert [type(message) for message in said(switchboard)] == [Welcome, Hello, Data]


def test_what_comes_on_the_connection_dialled_before_is_stale() -> None:
    switchboard = Switchboard(identity())
    switchboard.dialled("source", 7)
    switchboard.dialled("source", 8)
    assert hear(switchboard, 7, Welcome(1, "source", 0, [], [], [])) == []
    assert switchboard.counts == Counts(stale=1)
    assert hear(switchboard, 8, Welcome(2, "source", 0, [], [], [])) == [Opened("source")]


def test_a_question_is_answered_on_the_connection_that_it_came_on() -> None:
    source, sink = pair()
    carry(source, sink)
    outbound = source.to("sink")
    question = Call(outbound.number, 4, "a@n", 0, "get", b"", "")
    outbound.say(question)
    assert carry(source, sink) == [Said("source", 5, question)]
    answer = Reply(sink.number_of("source"), 4, ok=True, payload=b"")
    sink.say("source", answer)
    (outgoing,) = sink.take_outgoing()
    assert outgoing.connection == 5
    assert source.receive(7, outgoing.frames) == [Said("sink", 7, answer)]


def test_the_arrays_of_an_answer_come_with_it() -> None:
    source, sink = pair()
    carry(source, sink)
    answer = Reply(sink.number_of("source"), 4, ok=True, payload=b"body")
    sink.say("source", answer, [b"array"])
    (outgoing,) = sink.take_outgoing()
    assert source.receive(7, outgoing.frames) == [Said("sink", 7, answer, [b"array"])]


def test_goodbye_goes_to_everybody_that_was_dialled_to_the_first_last() -> None:
    switchboard = Switchboard(identity())
    for number, peer in enumerate(("a", "b")):
        switchboard.dialled(peer, number)
    switchboard.take_outgoing()
    switchboard.leave("done")
    assert [(out.connection, message_of(out)) for out in switchboard.take_outgoing()] == [
        (1, Bye(1, "done")),
        (0, Bye(1, "done")),
    ]


def test_credit_and_confirmations_come_behind_everything_else() -> None:
    source, sink = pair()
    source.push("sink", KEY, values(1), 1, ROUND)
    carry(source, sink)
    sink.take(INLET, 1)
    sink.confirm(INLET, 1)
    sink.say("source", Reply(1, 1, ok=True, payload=b""))
    assert [type(message) for message in said(sink)] == [Reply, Confirm]


def test_a_whole_window_passes_without_another_word() -> None:
    source, sink = pair()
    carry(source, sink)
    for first in range(CREDIT):
        source.push("sink", KEY, values(1, first), 1, ROUND)
    assert source.to("sink").channel(KEY).room == 0
    carry(source, sink)
    sink.take(INLET, CREDIT)
    sink.confirm(INLET, CREDIT)
    (both,) = sink.take_outgoing()
    source.receive(7, both.frames)
    assert source.to("sink").channel(KEY).room == CREDIT
    assert source.to("sink").unconfirmed == 0


def test_a_later_protocol_is_refused_as_long_as_hello_keeps_its_fields() -> None:
    switchboard = Switchboard(identity())
    fields = msgspec.msgpack.decode(encode(hello(protocol=PROTOCOL + 1))[0])
    switchboard.receive(5, [msgspec.msgpack.encode([*fields, "a new field"])])
    (reset,) = said(switchboard)
    assert isinstance(reset, Reset)
    assert f"protocol {PROTOCOL + 1}" in reset.reason


def test_a_mark_on_another_peer_is_not_our_mark() -> None:
    source, sink = pair()
    source.dialled("third", 8)
    hear(source, 8, Welcome(1, "third", 0, [], [], []))
    carry(source, sink)
    source.push("sink", KEY, values(1), 1, ROUND)
    assert hear(source, 8, Confirm(1, [Mark(*KEY, 1)])) == []
    assert source.to("sink").unconfirmed == 1


def pushed() -> tuple[Switchboard, ChannelKey]:
    """One that has pushed to a sink what that has not confirmed."""
    source, receiver = pair()
    key = ChannelKey(0, 0, 0)
    source.push("sink", key, values(2), 2, 0)
    carry(source, receiver)
    assert source.unconfirmed() == {0: 2}
    return source, key


def test_what_was_used_by_the_word_of_another_is_confirmed() -> None:
    source, key = pushed()
    assert source.conclude({1}) == []
    assert source.conclude({0}) == [Confirmed(key, 2)]
    assert source.conclude({0}) == []
    assert source.unconfirmed() == {0: 0}


def test_where_all_is_over_what_was_not_sent_is_given_up_as_well() -> None:
    source, key = Switchboard(identity("source")), ChannelKey(0, 0, 0)
    source.push("sink", key, values(2), 2, 0)
    assert source.conclude({0}) == [Confirmed(key, 2)]
    assert source.unconfirmed() == {0: 0}


def test_what_is_kept_for_those_that_are_gone_is_let_go() -> None:
    source, key = pushed()
    assert source.drop_all(["sink"], {1}) == []
    assert source.drop_all(["other"], {0}) == []
    assert source.drop_all(["sink"], {0}) == [Confirmed(key, 2)]
    assert source.unconfirmed() == {0: 0}


def test_of_what_is_dropped_that_of_earlier_rounds_is_not_counted() -> None:
    source, key = pushed()
    source.push("sink", key, values(3, 2), 3, 1)
    assert source.drop("sink", key, 1) == (5, 3)
