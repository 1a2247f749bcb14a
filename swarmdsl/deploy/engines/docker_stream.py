"""What a container says on its two outputs, as Docker sends both on one connection. No I/O."""

from __future__ import annotations

import struct
from typing import NamedTuple

from swarmdsl.errors import WireError

STANDARD_OUTPUT, STANDARD_ERROR = 1, 2
PIECE_BYTES_MAX = 16 * 1024 * 1024  # Docker sends some 32 KiB at once

_HEADER = struct.Struct(">BxxxI")


class Piece(NamedTuple):
    """Some bytes of one of the outputs."""

    output: int
    data: bytes


class PieceReader:
    r"""Parts the two outputs again, however the stream was cut.

    >>> reader = PieceReader()
    >>> reader.feed(b"\x01\x00\x00\x00\x00\x00")
    []
    >>> reader.feed(b"\x00\x02ok")
    [Piece(output=1, data=b'ok')]
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces that are complete with these bytes.

        Raises:
            WireError: this is no such stream.
        """
        self._buffer += data
        pieces: list[Piece] = []
        while len(self._buffer) >= _HEADER.size:
            output, length = _HEADER.unpack_from(self._buffer)
            if output not in {STANDARD_OUTPUT, STANDARD_ERROR} or length > PIECE_BYTES_MAX:
                raise WireError(f"not the outputs of a container: {bytes(self._buffer[:8])!r}")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                break
            pieces.append(Piece(output, bytes(self._buffer[_HEADER.size : end])))
            del self._buffer[:end]
        return pieces
