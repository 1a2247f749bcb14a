"""Where one value ends and the next begins."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.daemon.program_stream import Lines, Objects, Piece, Splitter


def pieces(splitter: Splitter, *parts: bytes) -> list[Piece]:
    return [*(piece for part in parts for piece in splitter.feed(part)), *splitter.end()]


def cut_up(stream: bytes, size: int) -> list[bytes]:
    return [stream[at : at + size] for at in range(0, len(stream), size)]


@given(st.lists(st.binary().filter(lambda line: b"\n" not in line)), st.integers(1, 7))
def test_lines_are_the_same_however_they_are_cut(lines: list[bytes], size: int) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    found = pieces(Lines(), *cut_up(stream, size))
    assert [piece.data for piece in found] == lines
    assert [piece.number for piece in found] == list(range(1, len(lines) + 1))


@given(st.lists(st.recursive(st.integers(-9, 9) | st.text(), st.lists)), st.integers(1, 7))
def test_objects_are_the_same_however_they_are_cut(values: list[object], size: int) -> None:
    found = pieces(Objects(), *cut_up(b"".join(map(msgpack.packb, values)), size))
    assert [msgpack.unpackb(piece.data) for piece in found] == values
    assert not any(piece.problem for piece in found)


def test_last_line_need_not_end() -> None:
    assert [piece.data for piece in pieces(Lines(), b"one\ntwo")] == [b"one", b"two"]


def test_line_that_is_too_long_is_told_once_and_the_next_one_is_whole() -> None:
    found = pieces(Lines(4), b"123", b"45", b"678\nnext\n")
    assert [(piece.data, bool(piece.problem)) for piece in found] == [
        (b"1234", True),
        (b"next", False),
    ]
    assert [piece.number for piece in found] == [1, 2]


def test_line_of_just_the_size_is_no_problem() -> None:
    assert pieces(Lines(4), b"1234\n") == [Piece(1, b"1234")]


def test_object_that_is_too_long_is_told_before_it_is_complete() -> None:
    [found] = Objects(8).feed(msgpack.packb(b"x" * 100)[:50])
    assert found.problem == "it has more than the 8 bytes that it may have"


@pytest.mark.parametrize(
    ("stream", "problem"),
    [
        (b"\x01\xc1", "it is no MessagePack"),
        (b"\x01\x91" + b"\x91" * 5_000, "it is no MessagePack"),
        (b"\x01\x92\x01", "it is not complete"),
    ],
)
def test_objects_that_are_none_are_numbered(stream: bytes, problem: str) -> None:
    first, broken, *_ = pieces(Objects(), stream)
    assert (first.data, broken.number) == (b"\x01", 2)
    assert broken.problem.startswith(problem)
