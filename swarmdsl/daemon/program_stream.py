"""Where one value ends and the next begins, in the streams of a program; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from msgpack import Unpacker
from msgpack.exceptions import OutOfData

from swarmdsl.errors import StreamBroken

VALUE_BYTES_MAX = 64 * 1024 * 1024  # of one value that a program writes
SHOWN_BYTES_MAX = 200  # of a value that a message shows


class Piece(NamedTuple):
    """One value as bytes: the number of its line or object, from 1."""

    number: int
    data: bytes
    cut: bool = False  # it was longer than it may be, and this is its beginning


class Splitter(Protocol):
    """Cuts a stream into values."""

    word: str
    """What one value is called in messages."""

    def feed(self, data: bytes) -> Iterator[Piece]:
        """The values that are complete with these bytes.

        Raises:
            StreamBroken: what comes is no value, and nobody can tell where the next one begins.
        """

    def end(self) -> Iterator[Piece]:
        """What is left when the stream ends.

        Raises:
            StreamBroken: it ends within a value.
        """


class Lines:
    r"""Lines, the last of which need not end.

    A line that is too long is told once, by its beginning, and the rest of it is skipped.

    >>> lines = Lines(5)
    >>> [piece.data for piece in lines.feed(b"one\ntwo")]
    [b'one']
    >>> [piece.data for piece in lines.end()]
    [b'two']
    >>> list(lines.feed(b"much too long"))
    [Piece(number=3, data=b'much ', cut=True)]
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
        cut = len(self._held) > self._bytes_max
        piece = Piece(self._number, bytes(self._held[: self._bytes_max]), cut)
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
        """The objects that are complete with these bytes."""
        self._held += data
        self._unpacker.feed(data)
        while self._skip():
            end = self._unpacker.tell() - self._before
            piece = Piece(self._number + 1, bytes(self._held[:end]))
            del self._held[:end]
            self._before += end
            self._number += 1
            yield piece
        if len(self._held) > self._bytes_max:
            problem = f"it has more than the {self._bytes_max} bytes that a value may have"
            raise self._broken(problem)

    def _skip(self) -> bool:
        """Whether one more object is complete; the unpacker goes on where it stopped."""
        try:
            self._unpacker.skip()
        except OutOfData:
            return False
        except ValueError as error:  # its own errors of form and depth are such
            problem = str(error) or f"it is no MessagePack ({type(error).__name__})"
            raise self._broken(problem) from error
        return True

    def end(self) -> Iterator[Piece]:
        """Nothing: an object says itself where it ends."""
        if self._held:
            raise self._broken("it is not complete")
        return iter(())

    def _broken(self, problem: str) -> StreamBroken:
        return StreamBroken(self._number + 1, bytes(self._held[:SHOWN_BYTES_MAX]), problem)
