"""Where a value would arrive as plain data, because nothing says what it is."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl.wire.flattened import flattened


class Colour(enum.Enum):
    RED = 1


@dataclass
class Point:
    x: int


class Pair(NamedTuple):
    x: int


class Row(TypedDict):
    x: int


@pytest.mark.parametrize(
    ("source", "destination", "arrives"),
    [
        (Point, Any, "a dict"),
        (Point, object, "a dict"),
        (list[Point], list, "a dict"),
        (list[Point | None], Sequence[Any], "a dict"),
        (dict[str, list[Point]], dict[str, list], "a dict"),
        (int | Point, Any, "a dict"),
        (Pair, Any, "a list"),
        (set[int], Any, "a list"),
        (tuple[int, ...], int | Any, "a list"),
        (Colour, Any, "its value"),
        (dt.date, Any, "a plain number or text"),
        (np.float32, Any, "a plain number or text"),
    ],
    ids=str,
)
def test_what_nothing_names_arrives_as_plain_data(
    source: Any, destination: Any, arrives: str
) -> None:
    found = flattened(source, destination)
    assert found is not None
    assert found.arrives == arrives


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        (int, Any),
        (list[int], list),
        (dict[str, str | None], Any),
        (NDArray[np.int8], Any),
        (Row, Any),
        (Any, Any),
        (Point, Point),
        (Point, Point | None),
        (list[Point], Sequence[Point]),
        (tuple[Point, ...], tuple[Point, ...]),
        (set[int], set),
        (Colour, Colour | int),
    ],
    ids=str,
)
def test_what_is_named_or_looks_the_same_does_not(source: Any, destination: Any) -> None:
    assert flattened(source, destination) is None
