"""The two outputs of a container on one connection, however it was cut."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.deploy.engines.docker_stream import (
    PIECE_BYTES_MAX,
    STANDARD_ERROR,
    STANDARD_OUTPUT,
    Piece,
    PieceReader,
)
from swarmdsl.errors import WireError

PIECES = st.lists(
    st.builds(Piece, st.sampled_from([STANDARD_OUTPUT, STANDARD_ERROR]), st.binary(max_size=40))
)


def sent(pieces: list[Piece]) -> bytes:
    return b"".join(struct.pack(">BxxxI", one.output, len(one.data)) + one.data for one in pieces)


@given(PIECES, st.integers(1, 30))
def test_pieces_come_whole_and_in_order_however_the_stream_is_cut(
    pieces: list[Piece], size: int
) -> None:
    reader, stream = PieceReader(), sent(pieces)
    read = [
        piece for i in range(0, len(stream), size) for piece in reader.feed(stream[i : i + size])
    ]
    assert read == pieces


@pytest.mark.parametrize(
    "header",
    [
        struct.pack(">BxxxI", 7, 1),
        struct.pack(">BxxxI", STANDARD_OUTPUT, PIECE_BYTES_MAX + 1),
        b"HTTP/1.1 500",
    ],
)
def test_another_stream_is_refused(header: bytes) -> None:
    with pytest.raises(WireError, match="not the outputs of a container"):
        PieceReader().feed(header)
