"""A source in C dials us: what it pushes arrives once and in order, whatever happens between."""

from __future__ import annotations

import pytest

from swarmdsl.wire.messages import PROTOCOL
from swarmdsl.wire.session.events import Accepted, Counts, Declined, Delivered, Ended, PeerLeft
from tests.conformance.sides import CREDIT, Sides

COUNT = 3_000
ALL = list(range(COUNT))


def test_what_a_source_pushes_arrives_in_order_and_is_confirmed(sides: Sides) -> None:
    sink = sides.ours("sink")
    source = sides.source(count=COUNT, batch=70)
    assert sides.until_left(source) == 0
    assert sink.values == ALL
    assert [(end.position, end.round, end.count) for end in sink.of(Ended)] == [(COUNT, 0, COUNT)]
    assert source.lines[-1] == f"confirmed {COUNT + 1}"
    sides.until(lambda: bool(sink.of(PeerLeft)))
    assert sink.of(PeerLeft) == [PeerLeft("source", "all is confirmed")]
    assert sink.switchboard.counts == Counts()


def test_a_source_without_credit_waits_for_it(sides: Sides) -> None:
    sink = sides.ours("sink")
    sink.takes = False
    source = sides.source(count=COUNT, batch=100)
    sides.until(lambda: source.told("waits") is not None)
    assert source.lines[-1] == f"waits at {CREDIT}"
    assert sink.values == ALL[:CREDIT]
    sink.takes = True
    assert sides.until_left(source) == 0
    assert sink.values == ALL
    assert sink.switchboard.counts == Counts()


def test_a_source_keeps_no_more_than_it_may(sides: Sides) -> None:
    sink = sides.ours("sink")
    sink.confirms = False
    source = sides.source(count=COUNT, unconfirmed=500)
    sides.until(lambda: source.told("waits") is not None)
    assert sink.values == ALL[:500]
    sink.confirms = True
    assert sides.until_left(source) == 0
    assert sink.values == ALL


def test_what_was_under_way_when_the_connection_broke_is_sent_again(sides: Sides) -> None:
    sink = sides.ours("sink")
    source = sides.source(count=COUNT, drop=1_000)
    assert sides.until_left(source) == 0
    assert source.told("dropped at 1") is not None
    assert sink.values == ALL
    assert len(sink.of(Accepted)) == 2
    assert sink.of(Delivered)[0].peer == "source"


def test_what_is_sent_twice_is_trimmed(sides: Sides) -> None:
    sink = sides.ours("sink")
    sink.confirms = False
    source = sides.source(count=COUNT, batch=100, drop=700, again=37)
    sides.until(lambda: len(sink.of(Accepted)) == 2)
    taken = len(sink.values)
    sides.until(lambda: len(sink.values) > taken)
    sink.confirms = True
    assert sides.until_left(source) == 0
    assert sink.values == ALL
    assert sink.switchboard.counts.duplicates == taken
    assert any(event.skip for event in sink.of(Delivered)) is (taken % 37 != 0)


def test_a_gap_is_answered_by_reset_and_filled(sides: Sides) -> None:
    sink = sides.ours("sink")
    source = sides.source(count=COUNT, batch=100, gap=1_100)
    assert sides.until_left(source) == 0
    left_out = source.told("left out ")
    assert left_out is not None
    jump = left_out.removeprefix("left out ")
    assert source.told(f"reset final=0 channel (0, 0, 0) jumped from {jump}") is not None
    assert sink.values == ALL
    assert sink.switchboard.counts.gaps == 1


def test_a_receiver_started_anew_gets_what_its_predecessor_did_not_confirm(sides: Sides) -> None:
    sink = sides.ours("sink")
    source = sides.source(count=COUNT)
    sides.until(lambda: len(sink.values) >= 1_000)
    sink.confirms = False
    confirmed = len(sink.values)
    sides.until(lambda: len(sink.values) > confirmed)
    sink.values.clear()
    sink.start(incarnation=1)
    sink.confirms = True
    assert sides.until_left(source) == 0
    assert source.told("reset final=0 say HELLO first") is not None
    assert sink.values == list(range(sink.values[0], COUNT))
    assert sink.values[0] <= confirmed


def test_who_does_not_introduce_itself_is_asked_to(sides: Sides) -> None:
    sink = sides.ours("sink")
    source = sides.source(count=COUNT, mute=1)
    assert sides.until_left(source) == 0
    assert source.lines[0] == "reset final=0 say HELLO first"
    assert sink.values == ALL
    assert sink.switchboard.counts == Counts(refused=1)


def test_who_pushes_beyond_its_credit_is_refused_for_good(sides: Sides) -> None:
    sink = sides.ours("sink")
    sink.takes = False
    source = sides.source(count=COUNT, batch=100, beyond=1)
    assert sides.until_left(source) == 1
    assert (
        source.told("reset final=1 source pushed beyond its credit on channel (0, 0, 0)")
        is not None
    )
    assert sink.values == ALL[:200]
    assert sink.switchboard.counts.beyond_credit == 100


@pytest.mark.parametrize("pieces", [1, 12, 50])
def test_each_piece_of_garbage_is_counted_and_nothing_is_lost(sides: Sides, pieces: int) -> None:
    sink = sides.ours("sink")
    source = sides.source(count=COUNT, garbage=pieces)
    assert sides.until_left(source) == 0
    assert sink.values == ALL
    assert sink.switchboard.counts == Counts(garbage=pieces)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"protocol": 9}, f"source has protocol 9, and sink has {PROTOCOL}"),
        ({"run": "other"}, "source has run other, and sink has conformance"),
        (
            {"schema": '{"kind":"list","name":"list","item":"float"}'},
            "what is pushed on link 0 is int at sink and list[float] at source",
        ),
        (
            {"schema": "nothing"},
            "source says what it pushes on link 0, and it is not a schema",
        ),
    ],
    ids=["protocol", "run", "schema", "no schema"],
)
def test_who_does_not_belong_here_reads_why(
    sides: Sides, options: dict[str, object], reason: str
) -> None:
    sink = sides.ours("sink")
    source = sides.source(count=COUNT, **options)
    assert sides.until_left(source) == 1
    assert source.told(f"reset final=1 {reason}") is not None
    assert (sink.values, sink.switchboard.counts) == ([], Counts(refused=1))
    declined = [event.reason.startswith(reason) for event in sink.of(Declined)]
    assert declined == ([True] if "link" in reason else [])


def test_nobody_waits_long_for_a_source_that_was_refused(sides: Sides) -> None:
    sides.refused_s = 0.1
    sink = sides.ours("sink")
    sides.source(count=COUNT, protocol=9)
    with pytest.raises(AssertionError, match=f"source has protocol 9, and sink has {PROTOCOL}"):
        sides.until(lambda: len(sink.values) == COUNT)


def test_an_outlived_process_is_refused(sides: Sides) -> None:
    sink = sides.ours("sink")
    sides.source(count=10, incarnation=3)
    sides.until(lambda: len(sink.values) == 10)
    late = sides.source(count=10, incarnation=2)
    assert sides.until_left(late) == 1
    told = "reset final=1 source has incarnation 2, and sink knows its incarnation 3"
    assert late.told(told) is not None
    assert sink.values == ALL[:10]
