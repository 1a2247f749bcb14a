"""How a class is read is known after the first time, by whoever reads one at the same time, too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import make_dataclass
from typing import Any

import msgspec
import numpy as np
import pytest

from swarmdsl.errors import DecodeError
from swarmdsl.wire.codec import CLASSES_MAX, decode_blob, encode_blob


class Reads(msgspec.Struct):
    """Decodes a blob, in the midst of being decoded."""

    blob: bytes

    def __post_init__(self) -> None:
        if self.blob:
            assert decode_blob(self.blob, Read).array.tolist() == [7.0]


class Read(msgspec.Struct, array_like=True):
    """An array that is decoded after another of its kind was."""

    reads: Reads
    array: Any


def test_what_is_decoded_may_itself_decode_a_blob_of_its_kind() -> None:
    inner = encode_blob([{"blob": b""}, np.array([7.0])])
    found = decode_blob(encode_blob([{"blob": inner}, np.arange(3.0)]), Read)
    assert found.array.tolist() == [0.0, 1.0, 2.0]


class Paused(msgspec.Struct):
    """Calls what the test has put there, in the midst of being decoded."""

    name: str

    def __post_init__(self) -> None:
        PAUSES[self.name]()


PAUSES: dict[str, Callable[[], object]] = {}


class Late(msgspec.Struct, array_like=True):
    """An array that is decoded after a pause."""

    paused: Paused
    array: Any


def test_threads_that_decode_the_same_class_each_have_their_own_arrays() -> None:
    first_is_amid, second_is_amid, first_is_over = (threading.Event() for _ in range(3))

    def pause_first() -> None:
        first_is_amid.set()
        assert second_is_amid.wait(30)

    def pause_second() -> None:
        second_is_amid.set()
        assert first_is_over.wait(30)

    def decoded(name: str, number: float) -> list[float]:
        found = decode_blob(encode_blob([{"name": name}, np.full(3, number)]), Late)
        return [float(one) for one in found.array]

    def second() -> list[float]:
        assert first_is_amid.wait(30)
        return decoded("second", 2.0)

    PAUSES.update(first=pause_first, second=pause_second, neither=lambda: None)
    decoded("neither", 0.0)  # so it is known how
    with ThreadPoolExecutor(1) as other:
        told = other.submit(second)
        assert decoded("first", 1.0) == [1.0] * 3
        first_is_over.set()
        assert told.result(30) == [2.0] * 3


def test_of_many_classes_each_is_read_as_itself() -> None:
    for number in range(2 * CLASSES_MAX):
        kind = make_dataclass("Kind", [(f"field{number}", int)])
        for value in range(2):
            found = decode_blob(encode_blob({f"field{number}": value}), kind)
            assert found == kind(value)


def test_what_could_not_be_read_spoils_nothing() -> None:
    for _ in range(3):
        with pytest.raises(DecodeError):
            decode_blob(encode_blob("a text"), Read)
    found = decode_blob(encode_blob([{"blob": b""}, np.arange(2.0)]), Read)
    assert found.array.tolist() == [0.0, 1.0]
