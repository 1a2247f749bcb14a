"""What the round before brought, as the controller tells it: some values at a time.

Their arrays come behind the message, or lie on a sheet that all who ask read, if they see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Annotated, NamedTuple

import msgspec

from swarmdsl.daemon.sheet import SheetPlace, read_sheet
from swarmdsl.errors import DecodeError
from swarmdsl.wire.answers import Answer
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.frames import Buffer

ReadSheet = Callable[[SheetPlace], Sequence[Buffer]]

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
    body: memoryview  # of the answer: no copy is made
    buffers: Annotated[int, msgspec.Meta(ge=0)]  # how many of the frames behind are its own


class _Head(msgspec.Struct, frozen=True, array_like=True):
    values: list[_Value]
    more: bool
    sheet: SheetPlace | None = None  # where the arrays lie that are not behind


_head_decoder = msgspec.msgpack.Decoder(_Head)


def arrays_of(page: LoopPage) -> list[Buffer]:
    """All arrays of a page, in order."""
    return [buffer for one in page.values for buffer in one.buffers]


def page_answer(page: LoopPage, sheet: SheetPlace | None = None) -> Answer:
    """The answer that carries a page: all arrays are in frames of their own.

    Args:
        page: to be carried.
        sheet: on which all its arrays lie, if they do: then none is in the answer.
    """
    values = [_Value(memoryview(one.body), len(one.buffers)) for one in page.values]
    behind = arrays_of(page) if sheet is None else []
    return Answer(msgspec.msgpack.encode(_Head(values, page.more, sheet)), behind)


def read_page(answer: Answer, read: ReadSheet = read_sheet) -> LoopPage:
    """The page that an answer carries.

    Args:
        answer: carries it.
        read: gives the buffers of a sheet.

    Raises:
        DecodeError: it is something else.
        SheetUnseen: the arrays lie on a sheet that cannot be read from here.
    """
    try:
        head = _head_decoder.decode(answer.payload)
    except msgspec.MsgspecError as error:
        raise DecodeError("values of a loop", str(error)) from error
    frames: Iterator[Buffer] = iter(answer.behind if head.sheet is None else read(head.sheet))
    values = [Payload(one.body, tuple(islice(frames, one.buffers))) for one in head.values]
    if sum(len(one.buffers) for one in values) != sum(one.buffers for one in head.values):
        raise DecodeError("values of a loop", "some of its arrays are missing")
    return LoopPage(values, head.more)
