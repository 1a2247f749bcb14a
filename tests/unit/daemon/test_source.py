"""A source: when it produces, where it stands, and what the controller is told of it."""

from __future__ import annotations

import math

from swarmdsl.daemon.reports import PositionReached, Recollection, SourceBegun
from swarmdsl.daemon.source import Positions, Producing
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Finish, Produce
from swarmdsl.topology.model import Limits
from swarmdsl.wire.messages import ChannelKey
from tests.handmade import link, task, topology

ONE, OTHER = ChannelKey(0, 0, 0), ChannelKey(0, 0, 1)
NAME = "numbers@n1#0"


def source(*, replays: bool, recalls: bool = False, round_number: int = 0) -> Producing:
    wiring = Wiring(topology([task("numbers", "daemon")], [link("numbers")]), NAME)
    (hosted,) = wiring.hosted.values()
    instance = Producing(hosted, wiring, recalls=recalls, replays=replays)
    instance.start_round(round_number, 0, {0: [0]})
    return instance


def position(number: int, at: bytes, *, starts: bool = False) -> PositionReached:
    return PositionReached(NAME, number, starts, at)


def test_a_position_is_reached_when_all_that_was_pushed_before_it_is_confirmed() -> None:
    positions = Positions()
    positions.note(b"1", {ONE: 1, OTHER: 1})
    positions.note(b"2", {ONE: 3, OTHER: 2})
    positions.confirm(ONE, 3)
    assert positions.take() is None
    positions.confirm(OTHER, 1)
    assert positions.take() == b"1"
    positions.confirm(OTHER, 2)
    assert positions.take() == b"2"


def test_a_position_is_reached_when_the_successor_of_who_was_pushed_to_has_confirmed() -> None:
    positions = Positions()
    positions.note(b"1", {ONE: 4})
    positions.note(b"2", {ONE: 5})
    positions.move(ONE, OTHER, -3)
    positions.confirm(OTHER, 1)
    assert positions.take() == b"1"
    positions.confirm(OTHER, 2)
    assert positions.take() == b"2"


def test_what_was_confirmed_before_a_move_is_not_awaited_after_it() -> None:
    positions, third = Positions(), ChannelKey(0, 0, 2)
    positions.note(b"1", {ONE: 4, OTHER: 2})
    positions.confirm(ONE, 4)
    positions.move(ONE, third, 1)
    positions.confirm(OTHER, 2)
    assert positions.take() == b"1"


def test_a_source_that_moves_and_pushes_nothing_is_where_it_stands() -> None:
    positions = Positions()
    positions.note(b"1", {ONE: 1})
    for number in range(2, 9):
        positions.note(b"%d" % number, {ONE: 1})
    positions.confirm(ONE, 1)
    assert positions.take() == b"8"
    positions.note(b"9", {ONE: 1})
    assert positions.take() == b"9"


def test_a_source_that_can_be_asked_again_produces_once_in_a_round() -> None:
    instance = source(replays=True)
    work = instance.next_work()
    assert isinstance(work, Produce)
    assert work.position is None
    assert instance.next_work() is None


def test_positions_are_told_at_most_so_often() -> None:
    instance = source(replays=True)
    instance.positions.note(b"1", {})
    assert instance.take_reports(10.0) == [position(0, b"1")]
    instance.positions.note(b"2", {})
    assert instance.take_reports(10.1) == []
    assert instance.due_s() == 10.25
    assert instance.take_reports(10.25) == [position(0, b"2")]
    assert instance.due_s() == math.inf


def test_a_successor_goes_on_at_the_last_position_of_its_round() -> None:
    instance = source(replays=True, recalls=True, round_number=1)
    assert instance.next_work() is None
    start, within = position(1, b"start", starts=True), position(1, b"within")
    after = position(2, b"after", starts=True)
    instance.recall(Recollection(positions=(start, within, after)))
    work = instance.next_work()
    assert isinstance(work, Produce)
    assert work.position == b"within"


def test_a_position_of_a_round_that_is_over_is_not_told_as_one_of_the_next() -> None:
    instance = source(replays=True)
    instance.positions.note(b"told", {ONE: 1})
    instance.positions.note(b"not yet reached", {ONE: 2})
    instance.positions.confirm(ONE, 1)
    instance.start_round(1, 0, {0: [0]})
    assert instance.due_s() == math.inf
    instance.positions.confirm(ONE, 2)
    assert instance.due_s() == math.inf, "where the next round starts lies behind both"
    instance.positions.note(b"3", {ONE: 3})
    instance.start_round(1, 1, {0: [0]})
    instance.positions.confirm(ONE, 3)
    assert instance.take_reports(10.0) == [position(1, b"3")]


def test_where_it_stands_when_it_has_ended_is_where_the_next_round_begins_and_only_that() -> None:
    """Its code has gone on behind the last `yield`: whoever does the round again must not."""
    instance = source(replays=True)
    instance.stand(b"12 of 12", {ONE: 12})
    instance.exhausted()
    instance.stand(b"12 of 24", {ONE: 12})
    instance.positions.confirm(ONE, 12)
    assert instance.take_reports(10.0) == [position(0, b"12 of 12")]
    assert instance.positions.newest == b"12 of 24"
    instance.start_round(1, 0, {0: [0]})
    instance.stand(b"13 of 24", {ONE: 12})
    assert instance.take_reports(11.0) == [position(1, b"13 of 24")]


def test_a_source_in_the_place_of_one_that_is_gone_waits_to_be_told_where_that_stood() -> None:
    instance = source(replays=True, round_number=1)
    instance.await_recall()
    assert instance.next_work() is None
    instance.recall(Recollection(positions=(position(1, b"of the former"),)))
    work = instance.next_work()
    assert isinstance(work, Produce)
    assert work.position == b"of the former"


def test_a_source_that_cannot_be_asked_again_begins_when_that_is_known() -> None:
    instance = source(replays=False)
    assert instance.next_work() is None
    assert instance.take_reports(0.0) == [SourceBegun(NAME, 0)]
    assert instance.take_reports(9.0) == []
    assert instance.next_work() is None
    instance.begun(0)
    assert isinstance(instance.next_work(), Produce)


def test_its_successor_only_ends_the_round_that_was_begun_and_produces_in_the_next() -> None:
    instance = source(replays=False, recalls=True)
    assert instance.take_reports(0.0) == []
    instance.recall(Recollection(begun=0))
    assert instance.take_reports(0.0) == []
    assert isinstance(instance.next_work(), Finish)
    instance.start_round(1, 0, {0: [0]})
    assert instance.take_reports(0.0) == [SourceBegun(NAME, 1)]


def test_a_source_is_let_come_to_its_end_for_some_time_when_a_stop_was_asked_for() -> None:
    instance = source(replays=True)
    patience_s = Limits().stop_timeout_s
    assert not instance.must_end(100.0)
    instance.last = True
    assert not instance.must_end(200.0)
    assert not instance.must_end(200.0 + patience_s / 2)
    assert instance.must_end(200.0 + patience_s)
