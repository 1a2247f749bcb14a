"""A channel that delivers at most once: what is kept, dropped and given up."""

from __future__ import annotations

import pytest

from swarmdsl.topology.model import Limits, Overflow
from swarmdsl.wire.session.lossy import LossyChannel
from swarmdsl.wire.session.retention import LinkCounts
from tests.unit.wire.session.peers import ROUND, values


def lossy(overflow: Overflow, credit: int = 4, batch: int = 3) -> tuple[LossyChannel, LinkCounts]:
    limits = Limits(inbox_messages=credit, batch_messages=batch)
    counts = LinkCounts()
    return LossyChannel(limits, counts, overflow), counts


def push(channel: LossyChannel, first: int, count: int) -> None:
    """What a connected session does with a push."""
    payload = values(count, first)
    if channel.admits(payload, count, ROUND):
        channel.send(channel.add(payload, count, ROUND))


def go_out(channel: LossyChannel) -> list[object]:
    """Send what is due; the bodies of the batches, None for an END."""
    due = channel.due()
    payloads = [channel.payload_of(kept) for kept in due]
    for kept in due:
        channel.send(kept)
    return [None if one is None else bytes(one.body).decode() for one in payloads]


def test_a_push_is_forgotten_when_it_is_sent() -> None:
    channel, _ = lossy("block")
    push(channel, 0, 2)
    assert (channel.first_kept, channel.room) == (2, 2)
    channel.resume(0, None)
    assert go_out(channel) == []


def test_a_push_that_was_not_sent_is_kept_until_it_is() -> None:
    channel, _ = lossy("block")
    channel.add(values(2), 2, ROUND)
    assert channel.first_kept == 0
    channel.resume(0, 4)
    assert go_out(channel) == ["[0, 1]"]


def test_an_end_is_kept_until_it_is_confirmed() -> None:
    channel, _ = lossy("block")
    push(channel, 0, 2)
    channel.send(channel.add_end(0))
    channel.resume(0, None)
    assert go_out(channel) == [None]
    channel.confirm(3)
    channel.resume(3, None)
    assert go_out(channel) == []


def test_to_block_is_to_have_no_room_without_credit() -> None:
    channel, counts = lossy("block", credit=2)
    push(channel, 0, 2)
    assert (channel.room, counts.dropped) == (0, 0)


def test_the_newest_is_dropped_and_counted() -> None:
    channel, counts = lossy("drop_newest", credit=2)
    for first in (0, 2, 4):
        push(channel, first, 2)
    assert (counts.dropped, channel.next) == (4, 2)
    channel.grant(4)
    assert go_out(channel) == []


def test_the_oldest_of_those_that_wait_is_dropped_and_counted() -> None:
    channel, counts = lossy("drop_oldest", credit=2, batch=2)
    for first in range(7):
        push(channel, first, 1)
    assert (counts.dropped, channel.next) == (3, 2)
    channel.grant(9)
    assert go_out(channel) == ["[5]", "[6]"]


def test_what_waits_goes_out_before_the_end_of_its_round() -> None:
    channel, counts = lossy("drop_oldest", credit=1, batch=1)
    for first in range(3):
        push(channel, first, 1)
    end = channel.add_end(0)
    push(channel, 3, 1)
    assert (counts.dropped, end.pushed) == (1, 2)
    channel.grant(2)
    assert go_out(channel) == ["[2]", None]


def test_a_batch_larger_than_what_may_wait_still_waits_alone() -> None:
    channel, counts = lossy("drop_oldest", credit=3, batch=1)
    push(channel, 0, 3)
    push(channel, 3, 3)
    assert counts.dropped == 0
    channel.grant(6)
    assert go_out(channel) == ["[3, 4, 5]"]


@pytest.mark.parametrize("overflow", ["drop_oldest", "drop_newest"])
def test_who_drops_always_has_room(overflow: Overflow) -> None:
    channel, _ = lossy(overflow, credit=1)
    push(channel, 0, 1)
    assert channel.room > 10**9


def test_what_a_broken_connection_lost_gives_its_credit_back() -> None:
    channel, _ = lossy("block")
    push(channel, 0, 4)
    assert channel.room == 0
    channel.resume(1, 4)
    assert (channel.limit, channel.room, channel.sent) == (7, 3, 4)


def test_an_end_in_the_middle_of_what_was_lost_goes_out_again_alone() -> None:
    channel, _ = lossy("block", credit=8)
    push(channel, 0, 2)
    channel.send(channel.add_end(0))
    push(channel, 3, 2)
    channel.resume(1, 8)
    assert channel.limit == 8 + 3
    assert go_out(channel) == [None]
    assert channel.sent == channel.next == 5
