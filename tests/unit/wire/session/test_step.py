"""When credit is told: seldom enough to let senders sleep, often enough that none is stuck."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.daemon.outputs import chunk_of
from swarmdsl.topology.model import Limits, LinkSpec
from swarmdsl.wire.messages import Confirm, Credit, Data
from swarmdsl.wire.session.channel import ReceiveChannel, SendChannel
from swarmdsl.wire.session.events import Delivered
from swarmdsl.wire.session.retention import LinkCounts
from swarmdsl.wire.session.step import AT_ONCE, step_of
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.session.terms import Terms
from tests.unit.wire.session.peers import (
    INLET,
    KEY,
    ROUND,
    hear,
    hello,
    identity,
    mark,
    said,
    values,
)

ROOMY = Limits(inbox_messages=64, batch_messages=8)  # a step of 16


LINK = LinkSpec(source="a", destination="b", gather=False)


def told(link: LinkSpec, pushes: int) -> list[int]:
    """The credit that a sender is told while its pushes come, and are taken, one by one."""
    terms = Terms(ROOMY, links=[link] * (KEY.link + 1))
    board = Switchboard(replace(identity(), limits=ROOMY), terms=terms)
    hear(board, 5, hello(1))
    said(board)
    heard = list[int]()
    for position in range(pushes):
        (event,) = hear(board, 5, Data(1, *KEY, position, 1, ROUND), b"body")
        assert isinstance(event, Delivered)
        board.take(event.inlet, 1)
        heard += [one.limits[0].position for one in said(board) if isinstance(one, Credit)]
    return heard


def test_a_sender_is_told_when_a_quarter_of_the_inbox_was_taken() -> None:
    assert told(LINK, 33) == [16 + 64, 32 + 64]


@pytest.mark.parametrize(
    "link",
    [replace(LINK, policy="balance"), replace(LINK, delivery="at_most_once")],
    ids=["one that chooses by credit", "one that drops without credit"],
)
def test_a_sender_that_acts_on_credit_is_told_each_time(link: LinkSpec) -> None:
    assert told(link, 3) == [65, 66, 67]


def test_a_small_inbox_is_told_each_time() -> None:
    assert step_of(Limits(inbox_messages=1)).pushes == 1
    assert step_of(Limits(inbox_messages=256, batch_messages=256)).pushes == 1


def test_who_is_busy_tells_confirmations_by_steps_or_when_credit_is_told_anyway() -> None:
    board = Switchboard(replace(identity(), limits=ROOMY), terms=Terms(ROOMY))
    hear(board, 5, hello(1))
    said(board)
    told = list[tuple[int, bool]]()
    for position in range(40):
        hear(board, 5, Data(1, *KEY, position, 1, ROUND), b"body")
        if position >= 24:
            board.take(INLET, 1)
        board.confirm(INLET, position + 1)
        for one in said(board, lazily=True):
            assert isinstance(one, Confirm)
            told.append((position, bool(one.limits)))
    assert told == [(15, False), (31, False), (39, True)]
    board.confirm(INLET, 40)
    assert said(board) == []


def test_who_is_not_busy_tells_each_confirmation() -> None:
    board = Switchboard(replace(identity(), limits=ROOMY), terms=Terms(ROOMY))
    hear(board, 5, hello(1))
    hear(board, 5, Data(1, *KEY, 0, 1, ROUND), b"body")
    board.confirm(INLET, 1)
    said(board, lazily=True)
    assert said(board) == [Confirm(1, [mark(1)])]


def test_bytes_are_told_although_few_pushes_were_taken() -> None:
    channel = ReceiveChannel(0, 64, step_of(Limits(inbox_bytes=4_000)))
    channel.advance(1, size=999)
    assert not channel.take(1)
    channel.advance(2, size=1)
    assert channel.take(1)


def test_what_was_told_counts_no_more_once_all_is_taken() -> None:
    channel = ReceiveChannel(0, 64, step_of(Limits(inbox_bytes=4_000)))
    channel.advance(1, size=1_000)
    channel.take(1)
    channel.grant()
    assert not channel.take(0)


def test_bytes_in_the_inbox_when_credit_was_told_count_until_they_are_taken() -> None:
    channel = ReceiveChannel(0, 64, step_of(Limits(inbox_bytes=4_000)))
    channel.advance(2, size=4_000)
    channel.take(1)
    channel.grant()
    assert channel.take(1)


def test_what_waits_in_the_inbox_makes_nothing_worth_telling() -> None:
    channel = ReceiveChannel(0, 64, step_of(Limits(inbox_bytes=4_000)))
    told = []
    for upto in range(1, 9):
        channel.advance(upto, size=999)
    for _ in range(8):
        told.append(channel.take(1))
        if told[-1]:
            channel.grant()
    assert told == [False, True] * 4


def test_without_a_step_everything_is_worth_telling() -> None:
    channel = ReceiveChannel(0, 64, AT_ONCE)
    assert channel.take(0)


BOUNDS = st.builds(
    Limits,
    inbox_messages=st.integers(1, 40),
    inbox_bytes=st.integers(1, 400),
    batch_messages=st.integers(1, 40),
)


@given(BOUNDS, st.lists(st.integers(1, 100), max_size=60))
def test_a_sender_with_an_idle_receiver_always_has_room_for_a_batch(
    limits: Limits, sizes: list[int]
) -> None:
    """However a batch is cut: what was pushed has come and was taken, so nothing is to wait for."""
    source = SendChannel(limits, LinkCounts())
    sink = ReceiveChannel(0, limits.inbox_messages, step_of(limits))
    for size in sizes:
        count = 1 + size % chunk_of(limits).values
        assert source.room >= chunk_of(limits).values
        kept = source.add(values(count), count, ROUND)
        source.send(kept)
        sink.advance(kept.upto, kept.size)
        for _ in range(count):
            if sink.take(1):
                source.grant(sink.grant())
        source.confirm(kept.upto)
