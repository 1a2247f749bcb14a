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
from pydantic import BaseModel, ConfigDict

from swarmdsl.errors import ContentsWrong, EncodeError, ValueTooLarge
from swarmdsl.wire.appending import DUE, ENDED, MANY, MORE_S
from swarmdsl.wire.batch import LENT_WEIGHT, BatchEncoder
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.contents import contents_of
from swarmdsl.wire.frames import Buffer


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
    return Decoder(annotation).decode(batch.payload(), batch.count)


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


class Likeness(msgspec.Struct, frozen=True):
    """Equal to a text, and written as something else."""

    name: str

    def __eq__(self, other: object) -> bool:
        return other == self.name

    def __hash__(self) -> int:
        return hash(self.name)


@pytest.mark.parametrize("key", [5, Likeness("a")])
def test_a_key_that_is_no_text_is_seen_behind_texts_that_it_is_equal_to(key: Any) -> None:
    batch = BatchEncoder(contents=contents_of(dict[str, Any]))
    before, wrong = {"a": 1, "b": 2}, {key: 2}
    ended, left = added_from(batch, before, before, wrong, kind=dict)
    assert ended is wrong
    assert left == []
    assert held(batch, dict[str, Any]) == [before, before]


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


class Tagged(BaseModel):
    number: int
    name: str | None = None


ODD = st.integers() | st.text() | st.none()
RECORDS: dict[str, tuple[Any, type, st.SearchStrategy[Any]]] = {
    "struct": (Reading, Reading, st.builds(Reading, ODD, ODD)),
    "model": (Tagged, Tagged, st.builds(Tagged.model_construct, number=ODD, name=ODD)),
    "dict": (dict[str, Any], dict, st.dictionaries(st.integers() | st.text(), ODD)),
    "dict of numbers": (dict[str, int], dict, st.dictionaries(ODD, ODD)),
    "list": (list[int], list, st.lists(ODD)),
}


@pytest.mark.parametrize("name", RECORDS)
@given(st.data())
def test_many_at_once_are_judged_as_they_are_one_by_one(name: str, data: st.DataObject) -> None:
    annotation, kind, records = RECORDS[name]
    values = data.draw(st.lists(records, max_size=6))
    contents = contents_of(annotation)
    singly, together = (BatchEncoder(contents=contents) for _ in range(2))
    refused: list[list[object]] = [[], []]
    for value in values:
        _add(singly, value, refused[0])
    left = iter(values)
    while (handed_back := together.add_from(left, kind, never, due_s=0.0)) is not ENDED:
        _add(together, handed_back, refused[1])
    assert together.payload() == singly.payload()
    assert refused[0] == refused[1]


def _add(batch: BatchEncoder, value: object, refused: list[object]) -> None:
    try:
        batch.add(value)
    except (ContentsWrong, EncodeError):
        refused.append(value)


def _skipped(batch: BatchEncoder, value: object) -> bool:
    """Whether there is room after a value that was handed back was added, or could not be."""
    try:
        return not batch.add(value)
    except EncodeError:
        return True


def test_of_values_that_come_fast_the_clock_is_looked_at_for_every_eighth() -> None:
    looks: list[float] = []

    def now_s() -> float:
        looks.append(len(looks) * 1e-6)
        return looks[-1]

    batch = BatchEncoder(values_max=100)
    assert batch.add_from(iter(range(42)), int, now_s, due_s=1.0) is ENDED
    assert (batch.count, len(looks)) == (42, 2 + 40 // 8)


def ended_at(value_s: float, due_s: float) -> tuple[int, float]:
    """How many values were taken, each of which takes so long, and when that was over."""
    batch, at_s = BatchEncoder(), [0.0]

    def values() -> Iterator[int]:
        while True:
            at_s[0] += value_s
            yield 1

    assert batch.add_from(values(), int, lambda: at_s[0], due_s) is DUE
    return batch.count, at_s[0]


def test_a_batch_that_has_many_when_it_is_due_may_take_longer_and_others_not() -> None:
    many, late_s = ended_at(value_s=0.5e-6, due_s=0.001)
    assert many > MANY
    assert 0.001 + MORE_S <= late_s < 0.001 + 2 * MORE_S
    few, due_s = ended_at(value_s=10e-6, due_s=0.001)
    assert few < MANY
    assert 0.001 <= due_s < 0.001 + MORE_S


def test_of_values_that_come_slowly_it_is_looked_at_for_each() -> None:
    times = iter(range(100))
    batch = BatchEncoder(values_max=100)
    assert batch.add_from(iter(range(10)), int, lambda: next(times) * 0.001, due_s=0.005) is DUE
    assert batch.count == 6


def test_values_that_come_fast_fill_no_batch_beyond_its_bound() -> None:
    batch = BatchEncoder(values_max=13)
    assert batch.add_from(iter(range(42)), int, lambda: 0.0, due_s=1.0) is DUE
    assert batch.count == 13


class Point(BaseModel):
    x: int
    name: str


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    x: int


def added_alone(*values: object) -> list[object]:
    """What travels of values that are added one by one."""
    batch = BatchEncoder()
    for value in values:
        batch.add(value)
    return Decoder(Any).decode(batch.payload())


@pytest.mark.parametrize(
    "models",
    [
        [Point(x=1, name="a"), Point(x=2, name="b")],
        [Open.model_validate({"x": 1, "more": 2}), Open(x=3)],
    ],
    ids=["plain", "with more than its fields"],
)
def test_models_of_an_iterator_travel_as_those_that_come_one_by_one(models: list[Any]) -> None:
    batch = BatchEncoder()
    batch.add_from(iter(models), type(models[0]), lambda: 0.0, due_s=1.0)
    assert Decoder(Any).decode(batch.payload()) == added_alone(*models)


def test_a_model_that_holds_more_than_its_fields_is_handed_back() -> None:
    odd = Point(x=1, name="a")
    odd.__dict__["other"] = 3
    batch = BatchEncoder()
    left = iter([Point(x=0, name="z"), odd])
    assert batch.add_from(left, Point, lambda: 0.0, due_s=1.0) is odd
    assert (batch.count, Decoder(Any).decode(batch.payload())) == (1, [{"x": 0, "name": "z"}])


def test_what_is_kept_elsewhere_weighs_a_part_of_its_bytes() -> None:
    batch = BatchEncoder(bytes_max=1_000, keep=lambda buffer: memoryview(bytes(buffer)))
    array = np.zeros(500, dtype=np.uint8)
    while not batch.add(array):
        pass
    assert batch.full
    assert batch.size >= 500 * batch.count
    assert 1_000 < batch.size < 1_000 * LENT_WEIGHT
    batch.clear()
    assert not batch.full


def test_an_array_is_kept_where_its_owner_says() -> None:
    kept: list[bytes] = []

    def keep(buffer: Buffer) -> Buffer:
        kept.append(bytes(buffer))
        return kept[-1]

    batch = BatchEncoder(keep=keep)
    batch.add(np.arange(3, dtype=np.uint8))
    assert kept == [b"\0\1\2"]
    assert batch.payload().buffers[0] is kept[0]
