"""What the compiler refuses to send, or to read; and changes that a fingerprint must tell."""

from __future__ import annotations

import collections
import dataclasses
import enum
import typing
from collections.abc import Callable, Iterator
from dataclasses import InitVar, dataclass, make_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import pydantic
from numpy.typing import NDArray

from tests.contracts.types_case import typed
from tests.contracts.types_of_users import Box, Colour, Model, Point, Point3


class Plain:
    """Has no fields."""


class Iterated:
    """Nobody knows what it would be made of."""

    def __iter__(self) -> Iterator[int]:
        return iter(())


class Handle(enum.Enum):
    OUT = Path("out")


class Secret(pydantic.BaseModel):
    key: pydantic.SecretStr


class Numbers(list[int]):
    """A list with a name of its own."""


class Ratio(enum.Enum):
    HALF = 0.5


class Scalar(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    x: np.float32 | None


class Shape:
    """A base without fields of its own."""


@dataclass
class Disc(Shape):
    radius: float


@dataclass
class Chained:
    after: typing.Self | None = None


@dataclass
class Initialised:
    x: int
    start: InitVar[int] = 0


def _inside() -> list[Any]:
    """Classes of a function whose annotations are texts that name one another."""

    @dataclass
    class Inner:
        x: int

    @dataclass
    class Outer:
        inner: Inner

    class Dict(typing.TypedDict):
        inner: Inner

    class Pair(typing.NamedTuple):
        inner: Inner

    return [Outer, Dict, Pair]


STUCK: list[tuple[Any, str]] = [
    (Path, "Path"),
    (complex, "complex"),
    (Fraction, "Fraction"),
    (Plain, "Plain"),
    (Iterated, "Iterated"),
    (range, "range"),
    (collections.deque[int], "deque[int]"),
    (Callable[[], int], "Callable[[], int]"),
    (list[Iterator[int]], "Iterator[int]"),
    (Box[Path], "Path"),
    (dict[str, list[Box[Box[Plain]]]], "Plain"),
    (Secret, "SecretStr"),
    (Handle, "Handle"),
    (np.complex64, "complex64"),
    (np.datetime64, "datetime64"),
    (np.timedelta64, "timedelta64"),
    (np.longdouble, "longdouble"),
    (np.void, "void"),
    (NDArray[np.object_], "NDArray[object_]"),
    (NDArray[np.void], "NDArray[void]"),
    (np.ma.MaskedArray, "MaskedArray"),
]

UNREADABLE: list[tuple[Any, str]] = [
    (Numbers, "what arrives is a plain list, and no Numbers"),
    (collections.OrderedDict[str, int], "what arrives is a plain dict, and no OrderedDict"),
    (collections.Counter[str], "what arrives is a plain dict, and no Counter"),
    (np.matrix, "what arrives is a plain np.ndarray, and no matrix"),
    (np.floating, "floating stands for several types"),
    (Scalar, "x of Scalar arrives as a number, and no float32"),
    (pydantic.BaseModel, "nothing says which model is meant"),
    (Chained, "typing.Self"),
    (Initialised, "dataclasses with `InitVar` fields are not supported"),
    (Ratio, "Enums must contain either all str or all int values"),
    (Literal[Colour.RED], "Literal may only contain"),
    (Point | Point3, "more than one dataclass"),
    (Model | int, "custom type"),
    (NDArray[np.int8] | int, "custom type"),
    (str | bytes, "more than one str-like type"),
    *((one, "is annotated 'Inner', which cannot be resolved") for one in _inside()),
]


def _tuples(*defaults: int) -> Any:
    make: Any = collections.namedtuple  # noqa: PYI024 - its defaults are given at run time
    made = make("Point", "x", defaults=defaults)
    made.__annotations__ = {"x": int}
    return made


def _made(kind: Any, *fields: Any) -> Any:
    return kind("Point", list(fields))


DEFAULTS: list[tuple[Any, Any]] = [
    (make_dataclass("Point", [("x", int)]), make_dataclass("Point", [("x", int, 0)])),
    (
        make_dataclass("Point", [("x", int)]),
        make_dataclass("Point", [("x", int, dataclasses.field(default_factory=int))]),
    ),
    (_made(msgspec.defstruct, ("x", int)), _made(msgspec.defstruct, ("x", int, 0))),
    (pydantic.create_model("Point", x=(int, ...)), pydantic.create_model("Point", x=(int, 0))),
    (
        typed("Point", x=int),
        typed("Point", x=typing.NotRequired[int]),
    ),
    (
        _tuples(),
        _tuples(0),
    ),
]

CHANGED_CHOICES: list[tuple[Any, Any]] = [
    (enum.Enum("Colour", {"RED": 1}), enum.Enum("Colour", {"RED": 1, "BLUE": 2})),
    (enum.Enum("Colour", {"RED": 1}), enum.Enum("Colour", {"RED": 2})),
    (enum.Enum("Colour", {"RED": 1}), enum.Enum("Colour", {"BLUE": 1})),
    (enum.Enum("Colour", {"RED": 1}), enum.Enum("Colour", {"RED": "1"})),
    (Literal["a"], Literal["a", "b"]),
    (Literal[1], Literal[True]),
    (Literal["1"], Literal[1]),
    (int | str, int | str | None),
    (tuple[int, str], tuple[str, int]),
    (tuple[()], tuple[int, ...]),
    (NDArray[np.float32], NDArray[np.float64]),
    (Box[int], Box[str]),
]
