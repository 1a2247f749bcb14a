"""Messages of frames on a stream of bytes: how they are written, and put together again.

A message is how many frames it has, how long each of them is, and the frames, one after the other;
all numbers have four bytes, the lowest first. Who dials says `GREETING` before the first.
"""

from __future__ import annotations

import struct
from mmap import mmap

from swarmdsl.transport.limits import FRAME_BYTES_MAX

GREETING = b"swarm\x01\r\n"
"""What no line of text and no other protocol begins with; the number is that of this format."""

FRAMES_MAX = 1 << 20
"""Of one message: more are not sent, and who says so is not believed."""

_COUNT = struct.Struct("<I")
_PAIR = struct.Struct("<3I")  # the head of a message of two frames, as most have


LARGE_BYTES = 1 << 26
"""Of a message that is announced, and may never come. Memory whose pages are there only when they
are written to takes twice as long, so only very large ones have such."""


class StreamError(Exception):
    """What came is no message: whoever sent it does not speak as we do."""


def head(sizes: list[int]) -> bytes:
    """What stands before frames of these sizes.

    >>> head([3, 0]).hex(" ", 4)
    '02000000 03000000 00000000'
    """
    return struct.pack(f"<{len(sizes) + 1}I", len(sizes), *sizes)


class Assembler:
    """Puts messages together from what is read of one connection.

    Each message has memory of its own, so whoever keeps a frame keeps no other message.

    Args:
        is_greeted: whether the first bytes are a message's; else they must be `GREETING`.

    Attributes:
        is_greeted: whether the greeting has come.
        body: of a large message that has begun to come; None if none has.

    >>> assembler, scratch = Assembler(is_greeted=True), memoryview(bytearray(64))
    >>> read = head([2, 1]) + b"hi!" + head([1])
    >>> assembler.room(scratch)[: len(read)] = read
    >>> [[bytes(frame) for frame in message] for message in assembler.read(len(read), scratch)]
    [[b'hi', b'!']]
    """

    __slots__ = ("_filled", "_part", "_sizes", "body", "is_greeted")

    def __init__(self, *, is_greeted: bool) -> None:
        self.is_greeted = is_greeted
        self._part = b""  # a head that has not come as a whole
        self.body: memoryview | None = None
        self._filled = 0
        self._sizes: tuple[int, ...] = ()

    def room(self, scratch: memoryview) -> memoryview:
        """Where to read what comes next: a large message where it is to stay, all else here."""
        return scratch if self.body is None else self.body[self._filled :]

    def read(self, count: int, scratch: memoryview) -> list[list[memoryview]]:
        """The messages that have become whole: so many bytes were read to where there was room.

        Raises:
            StreamError: they are no messages.
        """
        if self.body is not None:
            self._filled += count
            return [] if self._filled < len(self.body) else [self._finished(self.body)]
        data = scratch[:count]
        if self._part:
            data = memoryview(self._part + data)
            self._part = b""
        return self._parsed(data if self.is_greeted else self._behind_greeting(data))

    def _finished(self, body: memoryview) -> list[memoryview]:
        self.body = None
        return _cut(body.toreadonly(), self._sizes)

    def _behind_greeting(self, data: memoryview) -> memoryview:
        if data[: len(GREETING)] != GREETING[: len(data)]:
            raise StreamError("it begins with something else")
        if len(data) < len(GREETING):
            self._part = bytes(data)
            return data[:0]
        self.is_greeted = True
        return data[len(GREETING) :]

    def _parsed(self, data: memoryview) -> list[list[memoryview]]:
        messages: list[list[memoryview]] = []
        at, end = 0, len(data)
        while end - at >= _COUNT.size:
            if end - at >= _PAIR.size:
                frames, one, other = _PAIR.unpack_from(data, at)
                first = at + _PAIR.size
                behind = first + one + other
                if frames == 2 and behind <= end:
                    body = memoryview(bytes(data[first:behind]))
                    messages.append([body[:one], body[one:]])
                    at = behind
                    continue
            (frames,) = _COUNT.unpack_from(data, at)
            if not 0 < frames <= FRAMES_MAX:
                raise StreamError(f"a message of {frames} frames")
            first = at + _COUNT.size * (frames + 1)
            if first > end:
                break
            sizes = struct.unpack_from(f"<{frames}I", data, at + _COUNT.size)
            behind = first + sum(sizes)
            if behind > end:
                self._begin(sizes, data[first:])
                return messages
            messages.append(_cut(memoryview(bytes(data[first:behind])), sizes))
            at = behind
        if at < end:
            self._part += bytes(data[at:])
        return messages

    def _begin(self, sizes: tuple[int, ...], data: memoryview) -> None:
        """A message of which this is the beginning."""
        if max(sizes) > FRAME_BYTES_MAX:
            raise StreamError(f"a frame of {max(sizes)} bytes")
        self._sizes, self._filled = sizes, len(data)
        self.body = _memory(sum(sizes))
        self.body[: len(data)] = data


def _memory(size: int) -> memoryview:
    """So many bytes; of what is large, the system gives a page when it is first written to.

    Raises:
        StreamError: there are no more.
    """
    if size < LARGE_BYTES:
        return memoryview(bytearray(size))
    try:
        return memoryview(mmap(-1, size))
    except (OSError, OverflowError) as error:
        raise StreamError(f"there is no room for a message of {size} bytes") from error


def _cut(body: memoryview, sizes: tuple[int, ...]) -> list[memoryview]:
    frames, at = [], 0
    for size in sizes:
        frames.append(body[at : at + size])
        at += size
    return frames
