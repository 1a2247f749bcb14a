"""The part of a value that is of the wrong type is named, with the keys that lead to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
import pytest

from swarmdsl.daemon.culprit import told_exactly
from swarmdsl.errors import ContentsWrong
from swarmdsl.wire.codec import encode_values
from swarmdsl.wire.contents import Contents


@dataclass
class Point:
    x: int


class Row(TypedDict):
    x: int


@dataclass
class Sly:
    """Fails where it is looked at."""

    sizes: dict[str, int] = field(default_factory=dict)

    def __getattribute__(self, name: str) -> Any:
        if name == "sizes":
            raise RuntimeError("not now")
        return object.__getattribute__(self, name)


def told(kind: Any, value: Any) -> str:
    """What is wrong with a value that is judged by its encoding."""
    with pytest.raises(ContentsWrong) as raised:
        Contents(kind).judge(bytes(encode_values([value]).body)[1:], ())
    return told_exactly(raised.value.problem, value)


@pytest.mark.parametrize(
    ("kind", "value", "where"),
    [
        (dict[str, int], {"a": 1, "b": "x"}, "at ['b'] the type is str, not int: 'x'"),
        (
            dict[str, dict[str, list[int]]],
            {"a": {"b": [1]}, "c": {"d": [1, 2.5]}},
            "at ['c']['d'][1] the type is float, not int: 2.5",
        ),
        (list[dict[str, int]], [{}, {"a": None}], "at [1]['a'] the type is None, not int: None"),
        (dict[str, Point], {"a": Point("b")}, "at ['a'].x the type is str, not int: 'b'"),  # type: ignore[arg-type]
        (Row, {"x": "a"}, "at ['x'] the type is str, not int: 'a'"),
        (dict[str, list[int]], {"a": [], "b": 3}, "at ['b'] the type is int, not array: 3"),
        (
            list[int],
            [np.float64(2.5)],
            "at [0] the type is float, not int: <float64 of float64 ()>",
        ),
        (dict[int, int], {1: 1, "two": 2}, "a key is of type str, not int: 'two'"),
        (list[dict[int, int]], [{"a": 1}], "at [0] a key is of type str, not int: 'a'"),
    ],
)
def test_the_place_and_what_is_there_are_told(kind: Any, value: Any, where: str) -> None:
    assert told(kind, value) == where


def test_what_is_long_is_described_so_that_no_part_of_a_secret_is_left() -> None:
    assert told(list[int], ["s3cr3t" * 60]).endswith("not int: <str of 360>")


@pytest.mark.parametrize(
    ("problem", "value"),
    [
        ("Object missing required field x", {}),
        ("at .sizes[...] the type is str, not int", Sly()),
        ("at [...] the type is str, not int", {"a": 1}),
        ("at .other the type is str, not int", Point(1)),
    ],
    ids=["another problem", "a value that fails", "nothing of the kind", "no such field"],
)
def test_what_cannot_be_found_is_told_as_it_was(problem: str, value: object) -> None:
    assert told_exactly(problem, value) == problem
