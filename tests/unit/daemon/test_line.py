"""A stream of bytes over connections that lose what they carry."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.daemon.line import (
    AGAIN_MAX_S,
    AGAIN_S,
    PIECE_BYTES_MAX,
    WINDOW_PIECES,
    Line,
    Piece,
    piece_of,
)
from swarmdsl.errors import WireError

LIFE = b"12345678"


def exchange(here: Line, there: Line, now_s: float) -> bytes:
    """Carry all that both have to say once, and what arrived there."""
    for message in here.messages(now_s):
        there.hear(piece_of(message), now_s)
    arrived = b"".join(iter(there.take, b""))
    for message in there.messages(now_s):
        here.hear(piece_of(message), now_s)
    return arrived


def test_what_is_put_arrives_and_is_confirmed() -> None:
    here, there = Line(LIFE), Line(LIFE)
    here.put(b"some words")
    assert exchange(here, there, 0.0) == b"some words"
    assert here.is_quiet
    assert here.messages(100.0) == []


def test_what_is_longer_than_a_piece_is_cut_and_joined_again() -> None:
    here, there = Line(LIFE), Line(LIFE)
    words = bytes(range(256)) * 1_024
    here.put(words)
    assert exchange(here, there, 0.0) == words


def test_no_more_is_said_than_the_other_end_has_room_for() -> None:
    here = Line(LIFE)
    here.put(bytes(PIECE_BYTES_MAX * WINDOW_PIECES * 3))
    assert len(here.messages(0.0)) == WINDOW_PIECES
    assert here.messages(0.0) == []
    assert here.is_full


def test_what_was_lost_is_said_again_and_less_and_less_often() -> None:
    here = Line(LIFE)
    here.put(b"lost")
    here.messages(0.0)
    now_s, waits = 0.0, []
    for _ in range(6):
        due_s = here.due_s(now_s)
        assert due_s is not None
        waits.append(due_s)
        now_s += due_s
        assert len(here.messages(now_s)) == 1
    assert waits == [AGAIN_S, 2.0, 4.0, AGAIN_MAX_S, AGAIN_MAX_S, AGAIN_MAX_S]


def test_a_confirmation_that_was_lost_makes_nothing_arrive_twice() -> None:
    here, there = Line(LIFE), Line(LIFE)
    here.put(b"once")
    for message in here.messages(0.0):
        there.hear(piece_of(message), 0.0)
    assert there.take() == b"once"
    there.messages(0.0)  # and it is lost
    assert exchange(here, there, 2.0) == b""
    assert here.is_quiet


def test_what_is_not_taken_is_not_confirmed() -> None:
    here, there = Line(LIFE), Line(LIFE)
    here.put(b"waits")
    for message in here.messages(0.0):
        there.hear(piece_of(message), 0.0)
    for message in there.messages(0.0):
        here.hear(piece_of(message), 0.0)
    assert not here.is_quiet


def test_who_hangs_up_is_over_for_the_other_end() -> None:
    here, there = Line(LIFE), Line(LIFE)
    there.hear(piece_of(here.last_word()), 0.0)
    assert there.is_over
    assert not here.is_over


def test_the_exit_code_is_that_of_the_first_word_that_it_is_over() -> None:
    here, there = Line(LIFE), Line(LIFE)
    for exit_code in (1, 0):
        here.hear(piece_of(there.last_word(exit_code)), now_s=0.0)
    assert (here.is_over, here.exit_code) == (True, 1)


@given(
    words=st.lists(st.binary(min_size=1, max_size=300), max_size=30),
    seed=st.integers(0, 2**32),
    loss=st.floats(0.0, 0.7),
)
def test_whatever_is_lost_comes_twice_or_out_of_order_the_stream_is_the_same(
    words: list[bytes], seed: int, loss: float
) -> None:
    chance = random.Random(seed)
    here, there = Line(LIFE), Line(LIFE)
    for one in words:
        here.put(one)
    arrived, now_s = b"", 0.0
    while not here.is_quiet:
        now_s += 10.0
        assert now_s < 100_000.0
        messages = [one for one in here.messages(now_s) if chance.random() >= loss]
        messages += chance.sample(messages, len(messages) // 2)
        chance.shuffle(messages)
        for message in messages:
            there.hear(piece_of(message), now_s)
        arrived += b"".join(iter(there.take, b""))
        for message in there.messages(now_s):
            if chance.random() >= loss:
                here.hear(piece_of(message), now_s)
    assert arrived == b"".join(words)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xc1",
        msgspec.msgpack.encode(["12345678", 0]),
        msgspec.msgpack.encode(Piece(life=b"short", number=0, confirmed=0, data=b"")),
        msgspec.msgpack.encode(
            Piece(life=LIFE, number=0, confirmed=0, data=bytes(PIECE_BYTES_MAX + 1))
        ),
    ],
)
def test_what_is_no_piece_is_refused(message: bytes) -> None:
    with pytest.raises(WireError, match="a line"):
        piece_of(message)
