"""What is seen of a value at a glance: never that it is right when whoever reads it would not."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, RootModel, field_validator

from swarmdsl.errors import DecodeError, EncodeError
from swarmdsl.wire.codec import Decoder, encode_values
from swarmdsl.wire.glance import glance

T = TypeVar("T")


class Reading(msgspec.Struct):
    number: int
    at_s: float
    name: str | None = None


class Pair(msgspec.Struct, Generic[T]):
    one: T
    other: T


class Checked(msgspec.Struct):
    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("below zero")


class Chain(msgspec.Struct):
    next: Chain | None = None


class Looped(msgspec.Struct):
    inner: Inner


class Inner(msgspec.Struct):
    outer: Looped


@dataclasses.dataclass
class Point:
    x: float
    label: tuple[int, str]


class Model(BaseModel):
    number: int


class Other(Model):
    pass


class Bounded(BaseModel):
    number: int = Field(ge=0)


class Strict(BaseModel, strict=True):
    number: int


class Judged(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def judge(cls, number: int) -> int:
        return number


class Root(RootModel[int]):
    pass


class Begun(BaseModel):
    number: int

    def model_post_init(self, _context: object) -> None:
        assert self.number


class Special(int):
    pass


@pytest.mark.parametrize(
    ("annotation", "right", "unknown"),
    [
        (int, 1, [True, 1.0, Special(1), None, np.int64(1)]),
        (float, 1.0, [1, np.float64(1)]),
        (int | None, None, ["1"]),
        (Reading, Reading(1, 0.5), [Reading(1, 1), Reading("1", 0.5), Reading(1, 0.5, b"")]),  # type: ignore[arg-type]
        (Point, Point(0.5, (1, "a")), [Point(1, (1, "a")), Point(0.5, (1, 2)), Point(0.5, (1,))]),  # type: ignore[arg-type]
        (tuple[int, str], (1, "a"), [[1, "a"], (1,), (1, "a", 2)]),
        (dict[str, Any], {"a": object()}, [{1: 2}, {"a": 1, b"b": 2}, []]),
        (Pair[int], Pair(1, 2), [Pair(1, "2"), Pair(1.0, 2)]),
        (
            Model,
            Model(number=1),
            [Model.model_construct(number="1"), Model.model_construct(), Other(number=1)],
        ),
    ],
)
def test_what_is_of_exactly_the_classes_is_right_and_all_else_has_to_be_read(
    annotation: Any, right: object, unknown: list[object]
) -> None:
    seen = glance(annotation)
    assert seen is not None
    assert seen(right)
    assert [seen(one) for one in unknown] == [False] * len(unknown)


@pytest.mark.parametrize(
    "annotation",
    [
        list[int],
        tuple[int, ...],
        dict[str, int],
        dict[int, Any],
        set[str],
        np.ndarray,
        Literal["a"],
        Annotated[int, msgspec.Meta(ge=0)],
        Reading | Point,
        Checked,
        Bounded,
        Strict,
        Judged,
        Root,
        Begun,
        Chain,
        Looped,
        complex,
    ],
)
def test_some_types_are_always_read(annotation: Any) -> None:
    assert glance(annotation) is None


def test_a_type_with_very_many_parts_is_always_read() -> None:
    many = msgspec.defstruct("Many", [(f"field_{number}", int) for number in range(200)])
    assert glance(many) is None


plain = st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text() | st.binary()
values = plain | st.tuples(plain, plain) | st.dictionaries(plain, plain, max_size=3)
records = st.builds(Reading, plain, plain, plain) | st.builds(Point, plain, st.tuples(plain, plain))


@given(value=values | records)
@pytest.mark.parametrize(
    "annotation", [int, float, int | str | None, Reading, Point, tuple[int, str], dict[str, Any]]
)
def test_whoever_reads_what_was_seen_to_be_right_agrees(annotation: Any, value: object) -> None:
    seen = glance(annotation)
    assert seen is not None
    if not seen(value):
        return
    try:
        payload = encode_values([value])
    except EncodeError:
        return
    try:
        Decoder(annotation).decode(payload)
    except DecodeError as error:
        pytest.fail(f"{value!r} is no {annotation}: {error}")
