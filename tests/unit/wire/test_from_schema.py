"""A type made of a schema judges as the type that the schema was made of."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import uuid
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, NewType, TypedDict

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl.errors import WireError
from swarmdsl.wire.from_schema import annotation_of
from swarmdsl.wire.structure import declared
from swarmdsl.wire.types import describe


class Row(TypedDict):
    name: str
    scores: list[float]


@dataclass
class Tree:
    value: int
    left: Tree | None = None


class Pair(NamedTuple):
    left: int
    right: str


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


Metres = NewType("Metres", float)


@pytest.mark.parametrize(
    "kind",
    [
        int,
        float | None,
        Any,
        bytes,
        list[int],
        set[str],
        frozenset[int],
        tuple[int, ...],
        tuple[int, str],
        dict[str, list[bool]],
        dict[int, float],
        Literal["a", 1],
        Row,
        list[Row] | int,
        dt.datetime | uuid.UUID,
        decimal.Decimal,
        Metres,
        NDArray[np.float32],
        NDArray[Any],
    ],
)
def test_type_has_the_schema_that_it_was_made_of(kind: Any) -> None:
    made = annotation_of(declared(kind))
    assert describe(made).fingerprint == describe(kind).fingerprint


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Tree, {"value": 1, "left": {"value": 2, "left": None}}, {"left": None}),
        (Pair, [1, "a"], ["a", 1]),
        (Color, "red", "green"),
        (Row, {"name": "a", "scores": [1]}, {"name": "a"}),
    ],
)
def test_classes_are_judged_by_their_form(kind: Any, good: object, bad: object) -> None:
    made = annotation_of(declared(kind))
    msgspec.convert(good, made)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, made)


def test_text_that_is_no_schema_is_refused() -> None:
    with pytest.raises(WireError, match="not a schema"):
        annotation_of("{")
