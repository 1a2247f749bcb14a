from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.errors import WireError
from swarmdsl.wire.arena.slot import Slot
from swarmdsl.wire.messages import (
    AnyMessage,
    Beat,
    Bye,
    Call,
    Carried,
    ChannelKey,
    Confirm,
    Credit,
    Data,
    End,
    Hello,
    Mapped,
    Mark,
    Received,
    Reply,
    Reset,
    Returned,
    RoundStart,
    Share,
    Stop,
    Welcome,
    decode,
    encode,
)

MARKS = [Mark(-1, 0, 0, 7), Mark(0, 1, 2, 2**40)]
SLOTS = [Slot(64, 100, 1)]
ONE_OF_EACH: list[AnyMessage] = [
    Hello(1, "run", "hash", "worker@n#0", 3, 1, "ipc:///a", MARKS, [Carried(0, '"int"')]),
    Welcome(1, "controller", 0, MARKS, [], MARKS),
    Reset(1, "say HELLO first", final=False),
    Data(1, 0, 1, 2, 0, 5, 3),
    End(1, 0, 1, 2, 5, 0, 5),
    Credit(1, MARKS),
    Confirm(1, MARKS, 10, MARKS, SLOTS),
    Bye(1, "done"),
    Call(1, 4, "train@n", 2, "get", b"\x00\xff", "0"),
    Reply(1, 4, ok=True, payload=b""),
    RoundStart(1, 2, 1, {0: [1, 2]}, [(0, 1)], {"worker@n#0": "ipc:///a"}),
    Stop(1, "the run is over"),
    Beat(1),
    Share(1, bytes(16), 7, 3, 1_000),
    Mapped(1, 7, SLOTS),
    Returned(1, SLOTS),
]


def name_of(message: AnyMessage) -> str:
    return type(message).__name__


@pytest.mark.parametrize("message", ONE_OF_EACH, ids=name_of)
def test_every_message_comes_back_equal(message: AnyMessage) -> None:
    assert decode(encode(message)).message == message


@pytest.mark.parametrize(
    ("tag", "message"), [*enumerate(ONE_OF_EACH, start=1)], ids=[*map(name_of, ONE_OF_EACH)]
)
def test_on_the_wire_a_message_is_an_array_that_starts_with_its_tag(
    tag: int, message: AnyMessage
) -> None:
    array = msgspec.msgpack.decode(encode(message)[0])
    assert array[0] == tag
    assert len(array) == 1 + len(message.__struct_fields__)


def test_the_frames_behind_data_are_handed_on_as_they_came() -> None:
    received = decode(encode(Data(1, 0, 0, 0, 0, 1, 0), (b"body", b"buffer")))
    assert received.payload == [b"body", b"buffer"]


def test_a_field_that_a_later_protocol_adds_is_ignored() -> None:
    assert decode([msgspec.msgpack.encode([8, 1, "done", "new"])]).message == Bye(1, "done")


@pytest.mark.parametrize("fields", [2, 3, 4, 5])
def test_what_confirm_says_behind_its_marks_may_be_left_out(fields: int) -> None:
    told = msgspec.to_builtins(Confirm(1, MARKS, 10, MARKS, SLOTS))
    received = decode([msgspec.msgpack.encode(told[: 1 + fields])]).message
    assert isinstance(received, Confirm)
    shorter = (received.linger_us > 0, bool(received.limits), bool(received.slots))
    assert shorter == (fields > 2, fields > 3, fields > 4)


def test_what_hello_says_behind_its_marks_may_be_left_out() -> None:
    """So that a peer of an earlier protocol can be told why it is refused."""
    introduction = [1, 1, "run", "hash", "worker@n#0", 3, 1, "ipc:///a", []]
    received = decode([msgspec.msgpack.encode(introduction)]).message
    assert received == Hello(1, "run", "hash", "worker@n#0", 3, 1, "ipc:///a", [], [])


def test_a_mark_knows_its_channel() -> None:
    assert Mark(1, 2, 3, 9).channel == ChannelKey(1, 2, 3)


GARBAGE = {
    "nothing": b"",
    "no array": b"\x80",
    "no tag": b"\x90",
    "an unknown tag": msgspec.msgpack.encode([99, 1, "x"]),
    "a field too few": msgspec.msgpack.encode([8, 1]),
    "a wrong type": msgspec.msgpack.encode([8, "1", "x"]),
    "text that is not UTF-8": b"\x93\x08\x01\xa1\xff",
    "nesting without end": b"\x94\x08\x01\xa1x" + b"\x91" * 100_000 + b"\xc0",
    "something behind the array": bytes(encode(Bye(1, "x"))[0]) + b"\x00",
    "a truncated message": encode(Bye(1, "done"))[0][:-1],
    "a batch of no pushes": msgspec.msgpack.encode([4, 1, 0, 0, 0, 0, 0]),
    "a position below zero": msgspec.msgpack.encode([4, 1, 0, 0, 0, -1, 1]),
    "a mark below zero": msgspec.msgpack.encode([6, 1, [[0, 0, 0, -1]]]),
    "a position that leaves no room for credit": encode(Credit(1, [Mark(0, 0, 0, 2**62 + 1)]))[0],
    "a connection zero": msgspec.msgpack.encode([1, 1, "", "", "", 0, 0, "", []]),
    "a number beyond 64 bits": b"\x93\x08\xcb" + b"\x7f" * 8 + b"\xa1x",
}


@pytest.mark.parametrize("header", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_a_wire_error(header: bytes) -> None:
    with pytest.raises(WireError, match="not a message"):
        decode([header])


def test_no_frame_at_all_is_a_wire_error() -> None:
    with pytest.raises(WireError, match="without a frame"):
        decode([])


def test_an_answer_may_have_its_arrays_behind_it() -> None:
    answer = Reply(1, 4, ok=True, payload=b"body")
    assert decode(encode(answer, [b"array"])) == Received(answer, [b"array"])


def test_no_other_than_data_and_reply_may_have_frames_behind_it() -> None:
    with pytest.raises(WireError, match="Bye came with 2 frames behind it"):
        decode([*encode(Bye(1, "x")), b"", b""])


def test_a_header_beyond_the_limit_is_refused_unread() -> None:
    with pytest.raises(WireError, match="a header of 9 bytes; the limit is 8"):
        decode([b"\x93\x08\x01\xa5"[:4] + b"hello"], 8)


@given(st.lists(st.binary(max_size=64), max_size=3))
def test_any_bytes_are_a_message_or_a_wire_error(frames: list[bytes]) -> None:
    try:
        received = decode(frames)
    except WireError:
        return
    assert decode(encode(received.message, received.payload)) == received


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@given(st.integers(0, 13), st.lists(PLAIN, max_size=9))
def test_any_tagged_array_is_a_message_or_a_wire_error(tag: int, fields: list[object]) -> None:
    try:
        message = decode([msgspec.msgpack.encode([tag, *fields])]).message
    except WireError:
        return
    assert decode(encode(message)).message == message
