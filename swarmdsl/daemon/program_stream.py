"""Where one value ends and the next begins, in the streams of a program; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from msgpack import Unpacker
from msgpack.exceptions import OutOfData

VALUE_BYTES_MAX = 64 * 1024 * 1024  # of one value that a program writes
SHOWN_BYTES_MAX = 200  # of a value that a message shows
TOO_LONG = "it has more than the {} bytes that it may have"


class Piece(NamedTuple):
    """One value as bytes: the number of its line or object, from 1."""

    number: int
    data: bytes
    problem: str = ""  # why it is no value, if something is wrong with it


class Splitter(Protocol):
    """Cuts a stream into values."""

    word: str
    """What one value is called in messages."""

    def feed(self, data: bytes) -> Iterator[Piece]:
        """The values that are complete with these bytes."""

    def end(self) -> Iterator[Piece]:
        """What is left when the stream ends."""


class Lines:
    r"""Lines, the last of which need not end.

    A line that is too long is told once, by its beginning, and the rest of it is skipped.

    >>> lines = Lines(5)
    >>> [piece.data for piece in lines.feed(b"one\ntwo")]
    [b'one']
    >>> [piece.data for piece in lines.end()]
    [b'two']
    >>> list(lines.feed(b"much too long"))
    [Piece(number=3, data=b'much ', problem='it has more than the 5 bytes that it may have')]
    """

    word = "line"

    def __init__(self, bytes_max: int = VALUE_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._held = bytearray()
        self._number = 0
        self._skipping = False

    def feed(self, data: bytes) -> Iterator[Piece]:
        """The lines that are complete with these bytes."""
        *ended, rest = data.split(b"\n")
        for part in ended:
            if self._skipping:
                self._skipping = False
            else:
                self._held += part
                yield self._taken()
        if not self._skipping:
            self._held += rest
            if len(self._held) > self._bytes_max:
                yield self._taken()
                self._skipping = True

    def end(self) -> Iterator[Piece]:
        """The last line, if it had no end."""
        if self._held:
            yield self._taken()
        self._skipping = False

    def _taken(self) -> Piece:
        self._number += 1
        problem = TOO_LONG.format(self._bytes_max) if len(self._held) > self._bytes_max else ""
        piece = Piece(self._number, bytes(self._held[: self._bytes_max]), problem)
        self._held.clear()
        return piece


class Objects:
    r"""MessagePack objects that follow one another.

    >>> objects = Objects()
    >>> parts = b"\x01\x92\x01", b"\x02"
    >>> [[piece.data for piece in objects.feed(part)] for part in parts]
    [[b'\x01'], [b'\x92\x01\x02']]
    """

    word = "object"

    def __init__(self, bytes_max: int = VALUE_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._unpacker = Unpacker(max_buffer_size=0)  # what it holds is bounded below
        self._held = bytearray()
        self._before = 0  # bytes of the stream before those that are held
        self._number = 0

    def feed(self, data: bytes) -> Iterator[Piece]:
        """The objects that are complete with these bytes; behind one with a problem is nothing."""
        self._held += data
        self._unpacker.feed(data)
        try:
            while True:
                self._unpacker.skip()
                yield self._taken(self._unpacker.tell() - self._before)
        except OutOfData:  # It goes on where it stopped when more has come.
            if len(self._held) > self._bytes_max:
                yield self._broken(TOO_LONG.format(self._bytes_max))
        except ValueError as error:  # The unpacker's own errors of form and depth are such.
            yield self._broken(f"it is no MessagePack ({str(error) or type(error).__name__})")

    def _taken(self, size: int) -> Piece:
        data = bytes(self._held[:size])
        del self._held[:size]
        self._before += size
        self._number += 1
        return Piece(self._number, data)

    def end(self) -> Iterator[Piece]:
        """What breaks off, if anything does: an object says itself where it ends."""
        if self._held:
            yield self._broken("it is not complete")

    def _broken(self, problem: str) -> Piece:
        return Piece(self._number + 1, bytes(self._held), problem)
