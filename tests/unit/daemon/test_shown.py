"""Values in the words of an error: short, whole or not at all, and no code of users is called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest

from swarmdsl.daemon.shown import PARTS_MAX, SHOWN_MAX, TEXT_MAX, shown, shown_arguments


class Color(Enum):
    RED = 1


@dataclass
class Event:
    """An event."""

    id: int
    pixels: list[int] = field(default_factory=list)


class Point(msgspec.Struct):
    """A point."""

    x: float
    near: Any = None


class Pair(NamedTuple):
    """Two of a kind."""

    one: int
    other: int


class Talkative:
    """Tells what nobody asked for."""

    def __repr__(self) -> str:
        raise AssertionError("it is not called")


class Sly(str):
    """A text that has another one of itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        raise AssertionError("it is not called")


class Broken:
    """Something that fails when it is looked at."""

    @property
    def shape(self) -> tuple[int, ...]:
        raise ValueError("not now")


class Endless(list[int]):
    """More than can be gone through."""

    def __iter__(self) -> Iterator[int]:
        while True:
            yield 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (-3.5, "-3.5"),
        ("to be", "'to be'"),
        (b"raw", "b'raw'"),
        (Color.RED, "Color.RED"),
        (Event(17, [1, 2]), "Event(id=17, pixels=[1, 2])"),
        (Point(1.0, Point(2.0, Point(3.0))), "Point(x=1.0, near=Point(x=2.0, near=<Point>))"),
        ((1, 2), "(1, 2)"),
        (Pair(1, 2), "Pair(one=1, other=2)"),
        ({"a": [1]}, "{'a': [1]}"),
        ([], "[]"),
        ({3}, "{3}"),
        (list(range(100)), "[0, 1, 2, 3, and 96 more]"),
        (np.zeros((480, 640), np.float32), "<ndarray of float32 (480, 640)>"),
        (Talkative(), "<Talkative>"),
        (Sly("secret"), "<Sly of 6>"),
        (Broken(), "<Broken>"),
        (Endless([1]), "<Endless of 1>"),
    ],
)
def test_a_value_is_shown_in_short(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize("whole", ["s" * (TEXT_MAX + 1), b"s" * (TEXT_MAX + 1)])
def test_a_long_text_is_described_and_never_cut(whole: str | bytes) -> None:
    assert "ss" not in shown([whole, {"key": whole}])


def test_a_value_of_many_long_parts_is_shown_with_less_of_its_depth() -> None:
    deep = [["x" * TEXT_MAX] * PARTS_MAX] * PARTS_MAX
    assert len(str(deep)) > SHOWN_MAX
    assert shown(deep) == "[<list of 4>, <list of 4>, <list of 4>, <list of 4>]"


def test_arguments_are_named_and_many_are_only_named() -> None:
    assert shown_arguments({"a": 1, "b": Talkative()}) == "a=1, b=<Talkative>"
    assert shown_arguments(dict.fromkeys("abcdef", 0)) == "a=0, b=0, c=0, d=0, and 2 more"
    large = [["x" * TEXT_MAX] * 3]
    assert shown_arguments({name * 3: large for name in "abcd"}) == "aaa, bbb, ccc, ddd"
