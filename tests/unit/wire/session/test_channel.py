from __future__ import annotations

import pytest

from swarmdsl.topology.model import Limits
from swarmdsl.wire.session.channel import ReceiveChannel, SendChannel
from swarmdsl.wire.session.retention import LinkCounts, Shelf
from swarmdsl.wire.session.step import Step
from tests.memory_shelf import MemoryShelf
from tests.unit.wire.session.peers import ROUND, values


def sender(
    credit: int = 8, unconfirmed_max: int = 16, shelf: Shelf | None = None, **bounds: int
) -> SendChannel:
    limits = Limits(inbox_messages=credit, unconfirmed_messages=unconfirmed_max, **bounds)
    return SendChannel(limits, LinkCounts(), shelf)


def filled(*counts: int) -> SendChannel:
    """A channel whose batches of these sizes have all gone out."""
    channel = sender(credit=100, unconfirmed_max=100)
    for count in counts:
        channel.send(channel.add(values(count), count, ROUND))
    return channel


def test_pushes_take_their_positions_one_after_another() -> None:
    channel = sender()
    assert [channel.add(values(3), 3, ROUND).first, channel.add(values(2), 2, ROUND).first] == [
        0,
        3,
    ]
    assert (channel.next, channel.unconfirmed) == (5, 5)


def test_room_is_what_the_credit_leaves() -> None:
    channel = sender(credit=8)
    channel.add(values(5), 5, ROUND)
    assert channel.room == 3
    channel.grant(10)
    assert channel.room == 5


def test_room_is_bounded_by_what_is_unconfirmed() -> None:
    channel = sender(credit=100, unconfirmed_max=4)
    channel.send(channel.add(values(4), 4, ROUND))
    assert channel.room == 0
    channel.confirm(1)
    assert channel.room == 1


def test_a_push_without_room_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="a push without credit"):
        sender(credit=2).add(values(3), 3, ROUND)


def test_an_end_takes_a_position_and_needs_no_credit() -> None:
    channel = sender(credit=2)
    channel.add(values(2), 2, ROUND)
    end = channel.add_end(0)
    assert (end.first, end.places, end.pushed, channel.next, channel.room) == (2, 1, 2, 3, 0)


def test_an_end_counts_the_pushes_of_its_own_round() -> None:
    channel = sender()
    channel.add(values(3), 3, ROUND)
    channel.add_end(0)
    channel.add(values(1), 1, ROUND)
    assert channel.add_end(1).pushed == 1


def test_a_confirmation_is_cumulative() -> None:
    channel = filled(2, 3, 1)
    assert channel.confirm(5)
    assert (channel.confirmed, channel.unconfirmed) == (5, 1)


@pytest.mark.parametrize("upto", [0, 1, 2, 6, 10**9])
def test_a_confirmation_that_is_no_news_or_cannot_be_is_ignored(upto: int) -> None:
    channel = filled(2, 3)
    channel.confirm(2)
    assert not channel.confirm(upto)
    assert (channel.confirmed, channel.unconfirmed) == (2, 3)


def test_what_never_went_out_cannot_be_confirmed() -> None:
    channel = sender()
    channel.add(values(3), 3, ROUND)
    assert not channel.confirm(3)
    assert channel.unconfirmed == 3


def test_a_batch_confirmed_in_part_is_kept_whole() -> None:
    channel = filled(4)
    channel.confirm(3)
    channel.resume(3, None)
    assert [(kept.first, kept.places) for kept in channel.due()] == [(0, 4)]


def test_an_older_credit_is_no_news() -> None:
    channel = sender(credit=8)
    channel.grant(5)
    assert channel.limit == 8


def test_a_receiver_started_anew_may_give_less_credit() -> None:
    channel = filled(4, 4, 4)
    channel.resume(0, 8)
    assert [kept.first for kept in channel.due()] == [0, 4]
    channel.grant(12)
    assert [kept.first for kept in channel.due()] == [0, 4, 8]


def test_an_end_waits_behind_a_push_that_waits_for_credit() -> None:
    channel = filled(4, 4)
    channel.send(channel.add_end(0))
    channel.resume(0, 4)
    assert [kept.first for kept in channel.due()] == [0]


def test_nothing_is_due_that_the_receiver_has() -> None:
    channel = filled(2, 2)
    channel.resume(2, None)
    assert [kept.first for kept in channel.due()] == [2]


@pytest.mark.parametrize(("expected", "due"), [(0, [2]), (10**9, [])])
def test_an_impossible_expectation_neither_forgets_nor_invents(
    expected: int, due: list[int]
) -> None:
    channel = filled(2, 2)
    channel.confirm(2)
    channel.resume(expected, None)
    assert [kept.first for kept in channel.due()] == due
    assert channel.unconfirmed == 2


def test_sending_says_whether_it_went_out_before() -> None:
    channel = sender()
    kept = channel.add(values(2), 2, ROUND)
    assert not channel.send(kept)
    channel.resume(0, None)
    assert channel.send(kept)


def test_what_is_beyond_the_bound_goes_to_the_shelf_and_comes_back_when_due() -> None:
    shelf = MemoryShelf()
    channel = sender(credit=100, unconfirmed_max=4, shelf=shelf)
    added = [channel.add(values(3, first), 3, ROUND) for first in (0, 3, 6)]
    for kept in added:
        channel.send(kept)
    assert [channel.payload_of(kept) for kept in added] == [values(3, n) for n in (0, 3, 6)]
    assert len(shelf) == 2
    channel.resume(0, None)
    assert [channel.payload_of(kept) for kept in channel.due()] == [
        values(3, first) for first in (0, 3, 6)
    ]


def test_bytes_spill_as_pushes_do_and_both_are_counted() -> None:
    counts = LinkCounts()
    limits = Limits(inbox_messages=100, unconfirmed_bytes=values(3).size)
    channel = SendChannel(limits, counts, MemoryShelf())
    channel.add(values(3), 3, ROUND)
    beyond = channel.add(values(2, 3), 2, ROUND)
    assert (counts.spilled, counts.spilled_bytes) == (2, beyond.size)


def test_a_confirmation_clears_memory_and_shelf() -> None:
    shelf = MemoryShelf()
    channel = sender(credit=100, unconfirmed_max=4, shelf=shelf)
    for first in (0, 3, 6):
        channel.send(channel.add(values(3, first), 3, ROUND))
    channel.confirm(6)
    assert len(shelf) == 1
    channel.confirm(9)
    assert len(shelf) == 0
    channel.add(values(4, 9), 4, ROUND)
    assert len(shelf) == 0


def test_without_a_shelf_a_push_waits_once_so_many_bytes_are_kept() -> None:
    channel = sender(credit=100, unconfirmed_max=100, unconfirmed_bytes=values(3).size)
    channel.send(channel.add(values(3), 3, ROUND))
    assert channel.room == 0
    channel.confirm(3)
    assert channel.room == 97


def test_the_bytes_of_an_inbox_are_bounded_by_what_the_receiver_has_taken() -> None:
    channel = sender(credit=8, inbox_bytes=values(6).size)
    for first in (0, 3):
        channel.send(channel.add(values(3, first), 3, ROUND))
    assert channel.room == 0
    channel.grant(11)
    assert channel.room == 5


def test_a_replay_sends_no_more_bytes_than_the_inbox_holds() -> None:
    shelf = MemoryShelf()
    channel = sender(credit=100, shelf=shelf, inbox_bytes=values(6).size)
    for first in range(0, 12, 3):
        channel.send(channel.add(values(3, first), 3, ROUND))
        channel.grant(100 + first + 3)
    channel.resume(0, 100)
    first_part = channel.due()
    assert [kept.first for kept in first_part] == [0, 3]
    for kept in first_part:
        channel.send(kept)
    assert channel.due() == []
    channel.grant(106)
    assert [kept.first for kept in channel.due()] == [6, 9]


def test_a_receiver_starts_where_it_is_told() -> None:
    channel = ReceiveChannel(5, 8)
    assert (channel.expected, channel.taken, channel.confirmed, channel.limit) == (5, 5, 5, 13)


def test_credit_follows_what_was_taken_once_it_is_told() -> None:
    channel = ReceiveChannel(0, 8)
    channel.advance(3)
    channel.take(3)
    assert channel.granted == 8
    assert channel.grant() == 11
    assert channel.granted == 11


def received(pushes: int, size: int = 0) -> ReceiveChannel:
    """A receiver to which so many pushes came, of so many bytes together."""
    channel = ReceiveChannel(0, 16, Step(4, 100))
    channel.advance(pushes, size)
    return channel


@pytest.mark.parametrize(("confirmed", "worth"), [(3, False), (4, True)])
def test_a_confirmation_is_worth_telling_once_it_has_grown_by_a_step(
    confirmed: int, worth: bool
) -> None:
    channel = received(8)
    channel.confirmed = confirmed
    assert channel.worth_confirming is worth
    channel.confirmation()
    assert not channel.worth_confirming


def test_of_large_pushes_less_of_them_are_worth_it() -> None:
    channel = received(1, size=100)
    channel.confirmed = 1
    first = channel.worth_confirming
    channel.confirmation()
    channel.advance(2, 99)
    channel.confirmed = 2
    assert (first, channel.worth_confirming) == (True, False)


def test_the_end_of_a_round_is_always_worth_it() -> None:
    channel, worth = received(2), []
    channel.end = 2
    for confirmed in (1, 2):
        channel.confirmed = confirmed
        worth.append(channel.worth_confirming)
    channel.confirmation()
    assert [*worth, channel.worth_confirming] == [False, True, False]
