"""Values that leave together: as they were when they were added, and no more than may."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.errors import ContentsWrong, EncodeError, ValueTooLarge
from swarmdsl.wire.batch import DUE, ENDED, BatchEncoder
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.contents import contents_of


class Reading(msgspec.Struct):
    number: int
    name: str = "."


def never() -> float:
    return -math.inf


def added_from(
    batch: BatchEncoder, *values: object, kind: type = int, now_s: float = 0.0
) -> tuple[object, list[object]]:
    """What ended it, and what is left."""
    left = iter(values)
    return batch.add_from(left, kind, lambda: now_s, due_s=1.0), [*left]


def held(batch: BatchEncoder, annotation: Any = Any) -> list[Any]:
    return Decoder(annotation).decode_batch(batch.payload(), batch.count)


def test_an_iterator_is_taken_to_its_end() -> None:
    batch = BatchEncoder()
    assert added_from(batch, 1, 2, 3) == (ENDED, [])
    assert held(batch) == [1, 2, 3]


def test_of_an_iterator_no_more_is_taken_than_may_leave_together() -> None:
    batch = BatchEncoder(values_max=2)
    assert added_from(batch, 1, 2, 3) == (DUE, [3])
    assert batch.full


def test_an_iterator_is_left_when_it_is_time() -> None:
    batch = BatchEncoder()
    assert added_from(batch, 1, 2, 3, now_s=1.0) == (DUE, [2, 3])
    assert held(batch) == [1]


@pytest.mark.parametrize("other", [True, 1.0, None, "two", object()])
def test_a_value_of_another_class_is_handed_back(other: object) -> None:
    batch = BatchEncoder()
    assert added_from(batch, 1, other, 3) == (other, [3])
    assert held(batch) == [1]


def test_a_value_that_has_to_be_read_is_handed_back_and_may_be_added_then() -> None:
    batch = BatchEncoder(contents=contents_of(Reading))
    wrong: Any = Reading("x")  # type: ignore[arg-type]
    ended, left = added_from(batch, Reading(1), wrong, Reading(2), kind=Reading)
    assert (ended, left) == (wrong, [Reading(2)])
    with pytest.raises(ContentsWrong):
        batch.add(wrong)
    batch.add(Reading(3))
    assert held(batch, Reading) == [Reading(1), Reading(3)]


def test_a_value_that_cannot_travel_is_handed_back_and_leaves_no_trace() -> None:
    batch = BatchEncoder()
    stranger = [1, object()]
    assert added_from(batch, [1], stranger, kind=list) == (stranger, [])
    with pytest.raises(EncodeError):
        batch.add(stranger)
    assert held(batch) == [[1]]


def test_arrays_are_handed_back_and_added_one_by_one() -> None:
    batch, array = BatchEncoder(), np.arange(3)
    ended, _ = added_from(batch, [1], [array], [2], kind=list)
    assert ended == [array]
    batch.add([array])
    array[:] = 0
    assert added_from(batch, [2], [3], kind=list) == ([2], [[3]])
    one, other = held(batch)
    assert one == [1]
    assert other[0].tolist() == [0, 1, 2]


def test_a_value_that_makes_it_full_is_handed_back_and_fills_it() -> None:
    batch = BatchEncoder(bytes_max=10)
    assert added_from(batch, "abcd", "efghij", kind=str) == ("efghij", [])
    assert batch.add("efghij")


def test_a_value_that_is_too_large_is_handed_back_and_refused() -> None:
    batch = BatchEncoder(value_bytes_max=4)
    assert added_from(batch, "abc", "defg", kind=str) == ("defg", [])
    with pytest.raises(ValueTooLarge):
        batch.add("defg")
    assert (held(batch), batch.size) == (["abc"], 4)


def test_what_the_iterator_raises_is_raised_and_what_came_before_is_there() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise RuntimeError("no more")

    batch = BatchEncoder()
    with pytest.raises(RuntimeError, match="no more"):
        batch.add_from(broken(), int, never, due_s=0.0)
    assert held(batch) == [1]


def test_what_is_altered_later_was_added_as_it_was() -> None:
    def growing() -> Iterator[list[int]]:
        numbers: list[int] = []
        for number in range(3):
            numbers.append(number)
            yield numbers

    batch = BatchEncoder()
    batch.add_from(growing(), list, never, due_s=0.0)
    assert held(batch) == [[0], [0, 1], [0, 1, 2]]


@given(st.lists(st.integers() | st.text() | st.booleans() | st.just([object()])), st.integers(1, 5))
def test_many_at_once_make_the_batch_that_they_make_one_by_one(
    values: list[object], most: int
) -> None:
    singly, together = BatchEncoder(values_max=most), BatchEncoder(values_max=most)
    for value in values:
        try:
            if singly.add(value):
                break
        except EncodeError:
            pass
    left = iter(values)
    for value in left:
        try:
            if together.add(value):
                break
        except EncodeError:
            continue
        end = together.add_from(left, type(value), never, due_s=0.0)
        if end is DUE or (end is not ENDED and not _skipped(together, end)):
            break
    assert together.payload() == singly.payload()


def _skipped(batch: BatchEncoder, value: object) -> bool:
    """Whether there is room after a value that was handed back was added, or could not be."""
    try:
        return not batch.add(value)
    except EncodeError:
        return True
