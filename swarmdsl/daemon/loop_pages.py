"""What the round before brought, as the controller tells it: some values at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated, NamedTuple

import msgspec

from swarmdsl.errors import DecodeError
from swarmdsl.wire.answers import Answer
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.frames import Buffer

LOOP_VALUES = "loop.values"  # the call that asks for a page


class LoopPage(NamedTuple):
    """Some of the values, each a payload of one, and whether there are more.

    >>> page = LoopPage([Payload(b"body", (b"an array",)), Payload(b"other")], more=True)
    >>> read_page(page_answer(page)) == page
    True
    """

    values: Sequence[Payload]
    more: bool


class _Value(msgspec.Struct, frozen=True, array_like=True):
    body: bytes
    buffers: Annotated[int, msgspec.Meta(ge=0)]  # how many of the frames behind are its own


class _Head(msgspec.Struct, frozen=True, array_like=True):
    values: list[_Value]
    more: bool


_head_decoder = msgspec.msgpack.Decoder(_Head)


def page_answer(page: LoopPage) -> Answer:
    """The answer that carries a page: all arrays are in frames of their own."""
    values = [_Value(bytes(one.body), len(one.buffers)) for one in page.values]
    behind = [buffer for one in page.values for buffer in one.buffers]
    return Answer(msgspec.msgpack.encode(_Head(values, page.more)), behind)


def read_page(answer: Answer) -> LoopPage:
    """The page that an answer carries.

    Raises:
        DecodeError: it is something else.
    """
    try:
        head = _head_decoder.decode(answer.payload)
    except msgspec.MsgspecError as error:
        raise DecodeError("values of a loop", str(error)) from error
    frames: Iterator[Buffer] = iter(answer.behind)
    values = [Payload(one.body, tuple(islice(frames, one.buffers))) for one in head.values]
    if sum(len(one.buffers) for one in values) != sum(one.buffers for one in head.values):
        raise DecodeError("values of a loop", "some of its arrays are missing")
    return LoopPage(values, head.more)
