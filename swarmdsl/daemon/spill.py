"""The file to which a daemon spills what it must keep and has no memory for."""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path
from typing import NamedTuple

from swarmdsl.errors import SpillFailed
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.frames import Buffer


class _Extent(NamedTuple):
    """Where a payload lies: its first byte, and the length of the body and of each buffer."""

    first: int
    lengths: tuple[int, ...]


class SpillFile:
    """A shelf in the folder of the run: one file per process, made when it is first needed.

    It is only appended to, and is emptied whenever nothing on it is needed any more, which is so
    at the end of each round. The file has no name: the system removes it with its process,
    however that ends.

    Args:
        folder: of the run.

    >>> from pathlib import Path
    >>> from swarmdsl.wire.codec import encode_values
    >>> shelf = SpillFile(Path("."))
    >>> ticket = shelf.put(encode_values([1, 2, 3]))
    >>> shelf.get(ticket) == encode_values([1, 2, 3])
    True
    >>> shelf.drop(ticket)
    >>> shelf.size
    0
    """

    def __init__(self, folder: Path) -> None:
        self.size = 0
        self._folder = folder
        self._extents: dict[int, _Extent] = {}
        self._tickets = 0
        self._file: int | None = None

    def put(self, payload: Payload) -> int:
        """Append a payload; returns the ticket for it.

        Raises:
            SpillFailed: the disk takes no more; what was put before is still there.
        """
        pieces = [memoryview(one).cast("B") for one in (payload.body, *payload.buffers)]
        first, end = self.size, self.size
        try:
            for piece in pieces:
                end = self._write(piece, end)
        except OSError as error:
            needed = first + sum(len(piece) for piece in pieces)
            raise SpillFailed(str(self._folder), needed, error.strerror or str(error)) from error
        self.size = end
        self._tickets += 1
        self._extents[self._tickets] = _Extent(first, tuple(len(piece) for piece in pieces))
        return self._tickets

    def _write(self, piece: memoryview, at: int) -> int:
        file = self._open()
        while piece:
            written = os.pwrite(file, piece, at)
            piece, at = piece[written:], at + written
        return at

    def _open(self) -> int:
        if self._file is None:
            with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
                self._file = os.dup(file.fileno())
            weakref.finalize(self, os.close, self._file)
        return self._file

    def get(self, ticket: int) -> Payload:
        """The payload of a ticket.

        Raises:
            SpillFailed: it cannot be read.
        """
        extent = self._extents[ticket]
        at, pieces = extent.first, list[Buffer]()
        try:
            for length in extent.lengths:
                pieces.append(self._read(length, at))
                at += length
        except OSError as error:
            raise SpillFailed(str(self._folder), self.size, error.strerror or str(error)) from error
        return Payload(pieces[0], tuple(pieces[1:]))

    def _read(self, length: int, at: int) -> bytes:
        found = bytearray()
        while len(found) < length:
            piece = os.pread(self._open(), length - len(found), at + len(found))
            if not piece:
                raise OSError(f"it ends after {at + len(found)} bytes")
            found += piece
        return bytes(found)

    def drop(self, ticket: int) -> None:
        """Forget a payload; the file is emptied with the last."""
        del self._extents[ticket]
        if not self._extents:
            os.truncate(self._open(), 0)
            self.size = 0
