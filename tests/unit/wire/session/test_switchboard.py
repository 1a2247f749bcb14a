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
    Confirm,
    Credit,
    Data,
    Hello,
    Mark,
    Reply,
    Reset,
    Welcome,
    encode,
)
from swarmdsl.wire.session import switchboard as switchboard_module
from swarmdsl.wire.session.events import (
    Accepted,
    Counts,
    Declined,
    Delivered,
    Opened,
    Refused,
    Said,
)
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.structure import declared
from tests.unit.wire.session.peers import (
    CREDIT,
    INLET,
    KEY,
    ROUND,
    hear,
    hello,
    identity,
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


def test_beyond_the_limit_no_new_peer_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switchboard_module, "PEERS_MAX", 2)
    switchboard = Switchboard(identity())
    for number, peer in enumerate(("a", "b", "c")):
        hear(switchboard, number, hello(peer=peer))
    assert Reset(1, "sink has 2 peers already", final=True) in said(switchboard)
    assert hear(switchboard, 9, hello(2, peer="a")) == [
        Accepted("a", 9, "memory://a", 0, anew=False)
    ]


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


def test_goodbye_goes_to_everybody_that_was_dialled() -> None:
    switchboard = Switchboard(identity())
    for number, peer in enumerate(("a", "b")):
        switchboard.dialled(peer, number)
    switchboard.take_outgoing()
    switchboard.leave("done")
    assert [(out.connection, message_of(out)) for out in switchboard.take_outgoing()] == [
        (0, Bye(1, "done")),
        (1, Bye(1, "done")),
    ]


def test_credit_and_confirmations_come_behind_everything_else() -> None:
    source, sink = pair()
    source.push("sink", KEY, values(1), 1, ROUND)
    carry(source, sink)
    sink.take(INLET, 1)
    sink.confirm(INLET, 1)
    sink.say("source", Reply(1, 1, ok=True, payload=b""))
    assert [type(message) for message in said(sink)] == [Reply, Credit, Confirm]


def test_a_whole_window_passes_without_another_word() -> None:
    source, sink = pair()
    carry(source, sink)
    for first in range(CREDIT):
        source.push("sink", KEY, values(1, first), 1, ROUND)
    assert source.to("sink").channel(KEY).room == 0
    carry(source, sink)
    sink.take(INLET, CREDIT)
    sink.confirm(INLET, CREDIT)
    (credit, confirm) = sink.take_outgoing()
    source.receive(7, credit.frames)
    source.receive(7, confirm.frames)
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
