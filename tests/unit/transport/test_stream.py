"""Messages on a stream of bytes: put together again however they were cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.transport.limits import FRAME_BYTES_MAX
from swarmdsl.transport.stream import FRAMES_MAX, GREETING, Assembler, StreamError, head

SCRATCH = memoryview(bytearray(4_096))

Message = list[bytes]


def written(messages: list[Message]) -> bytes:
    return b"".join(head([len(frame) for frame in one]) + b"".join(one) for one in messages)


def read(assembler: Assembler, data: bytes, at_once: int = len(SCRATCH)) -> list[Message]:
    """What comes of bytes that arrive in pieces of at most so many."""
    messages: list[Message] = []
    while data:
        room = assembler.room(SCRATCH)
        count = min(len(room), at_once, len(data))
        room[:count] = data[:count]
        data = data[count:]
        found = assembler.read(count, SCRATCH)
        messages += [[bytes(frame) for frame in one] for one in found]
    return messages


@given(
    messages=st.lists(
        st.lists(st.binary(max_size=40) | st.binary(min_size=5_000, max_size=9_000), min_size=1),
        max_size=6,
    ),
    at_once=st.integers(1, len(SCRATCH)),
)
def test_messages_arrive_whole_however_they_were_cut(messages: list[Message], at_once: int) -> None:
    assert read(Assembler(is_greeted=False), GREETING + written(messages), at_once) == messages


@given(data=st.binary(max_size=300), at_once=st.integers(1, 300))
def test_any_bytes_are_messages_or_an_error(data: bytes, at_once: int) -> None:
    try:
        found = read(Assembler(is_greeted=True), data, at_once)
    except StreamError:
        return
    assert data.startswith(written(found))


@pytest.mark.parametrize("begin", [b"GET / HTTP/1.1\r\n", b"\xff\x00\x00\x00", b"swarm\x02\r\n"])
def test_who_greets_otherwise_is_not_listened_to(begin: bytes) -> None:
    with pytest.raises(StreamError, match="begins with something else"):
        read(Assembler(is_greeted=False), begin, at_once=3)


def test_a_greeting_may_come_byte_by_byte() -> None:
    assembler = Assembler(is_greeted=False)
    assert read(assembler, GREETING[:-1], at_once=1) == []
    assert not assembler.is_greeted
    assert read(assembler, GREETING[-1:] + written([[b"hello"]]), at_once=1) == [[b"hello"]]
    assert assembler.is_greeted


@pytest.mark.parametrize(
    ("announced", "said"),
    [
        ([0], "a message of 0 frames"),
        ([FRAMES_MAX + 1], f"a message of {FRAMES_MAX + 1} frames"),
        ([1, FRAME_BYTES_MAX + 1], f"a frame of {FRAME_BYTES_MAX + 1} bytes"),
    ],
)
def test_what_nobody_sends_is_not_believed(announced: list[int], said: str) -> None:
    data = b"".join(number.to_bytes(4, "little") for number in announced)
    with pytest.raises(StreamError, match=said):
        read(Assembler(is_greeted=True), data)


def test_a_message_that_is_kept_keeps_nothing_that_came_with_it() -> None:
    assembler = Assembler(is_greeted=True)
    data = written([[b"small"], [b"x" * 3_000]])
    assembler.room(SCRATCH)[: len(data)] = data
    small, _ = assembler.read(len(data), SCRATCH)
    assert isinstance(small[0].obj, bytes)
    assert len(small[0].obj) == len(b"small")
