"""Types as users write them: the records, enumerations and aliases of the contract of types."""

from __future__ import annotations

import datetime as dt
import enum
from collections import namedtuple
from dataclasses import dataclass, field
from decimal import Decimal
from typing import (
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    NotRequired,
    Optional,
    Required,
    TypedDict,
    TypeVar,
)
from uuid import UUID

import msgspec
import numpy as np
import pydantic
from numpy.typing import NDArray
from typing_extensions import TypeAliasType

T = TypeVar("T")
K = TypeVar("K")

Metres = NewType("Metres", float)
Names = TypeAliasType("Names", list[str])
Loose = namedtuple("Loose", "x y")  # noqa: PYI024 - it is one of the ways
Vector = np.ndarray[tuple[int], np.dtype[np.float64]]
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]


class Seconds(float):
    """A number with a name of its own."""


# ---------------------------------------------------------------------------------- dataclasses


@dataclass
class Point:
    x: int
    y: float


@dataclass(frozen=True)
class Frozen:
    x: int


@dataclass(slots=True)
class Slotted:
    x: int


@dataclass(kw_only=True)
class Keyed:
    x: int
    y: float = 0.5


@dataclass
class Filled:
    items: list[int] = field(default_factory=list)


@dataclass
class Point3(Point):
    z: float = 0.0


@dataclass
class Derived:
    x: int
    double: int = field(init=False)

    def __post_init__(self) -> None:
        self.double = 2 * self.x


@dataclass
class Perhaps:
    x: int | None = None
    when: Optional[dt.datetime] = None  # noqa: UP045 - it is one of the ways


@dataclass
class Tree:
    value: int
    children: list[Tree]


@dataclass
class Ping:
    answer: Pong | None


@dataclass
class Pong:
    answer: Ping | None


@dataclass
class Box(Generic[T]):
    content: T


@dataclass
class Shelf(Generic[T, K]):
    boxes: list[Box[T]]
    labels: dict[str, K]


@dataclass
class BoxOfInts(Box[int]):
    """What it holds is said where it is derived."""


@dataclass
class Ledger:
    when: dt.datetime
    amount: Decimal
    key: UUID
    span: dt.timedelta
    tags: frozenset[str]
    raw: bytes
    path: tuple[int, ...]


@dataclass
class Image:
    pixels: NDArray[np.float32]
    exposure: np.float64


# ---------------------------------------------------------------------- TypedDicts, NamedTuples


class Row(TypedDict):
    x: int
    y: float


class Partly(TypedDict, total=False):
    x: Required[int]
    y: float


class Wide(Row):
    note: NotRequired[str]


class BoxRow(TypedDict, Generic[T]):
    content: T


class Pair(NamedTuple):
    x: int
    y: float = 0.5


class BoxPair(NamedTuple, Generic[T]):
    content: T


# ---------------------------------------------------------------------------- msgspec's Structs


class Packed(msgspec.Struct):
    x: int
    y: float


class PackedFrozen(msgspec.Struct, frozen=True, kw_only=True):
    x: int = 1


class PackedArray(msgspec.Struct, array_like=True):
    x: int
    y: float


class PackedCamel(msgspec.Struct, rename="camel"):
    one_field: int


class Circle(msgspec.Struct, tag=True):
    radius: float


class Square(msgspec.Struct, tag=True):
    side: float


class PackedBox(msgspec.Struct, Generic[T]):
    content: T


class PackedTree(msgspec.Struct):
    children: list[PackedTree]


class Sparse(msgspec.Struct, omit_defaults=True):
    x: int = 0


# ----------------------------------------------------------------------------------- pydantic


class Model(pydantic.BaseModel):
    x: int
    y: float


class Crossed(pydantic.BaseModel):
    """Its aliases are the names of other fields, and are not the same in both directions."""

    a: int = pydantic.Field(alias="b")
    b: int = pydantic.Field(validation_alias="a", serialization_alias="c")


class Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)
    path: tuple[int, ...]
    tags: set[str]
    when: dt.datetime


class ModelBox(pydantic.BaseModel, Generic[T]):
    content: T


class ModelTree(pydantic.BaseModel):
    children: list[ModelTree] = []


class Twice(pydantic.BaseModel):
    """What its validators make cannot be given to them again."""

    x: int
    words: list[str]
    inner: list[Model] = []
    _hidden: int = pydantic.PrivateAttr(default=7)

    @pydantic.field_validator("x")
    @classmethod
    def doubled(cls, x: int) -> int:
        return 2 * x

    @pydantic.field_validator("words", mode="before")
    @classmethod
    def parted(cls, words: Any) -> Any:
        return words.split()


class HoldsTwice(pydantic.BaseModel):
    held: list[Twice]


class Shy(pydantic.BaseModel):
    """What is left out of other formats, or written otherwise there."""

    model_config = pydantic.ConfigDict(extra="forbid")
    secret: int = pydantic.Field(exclude=True, default=1)
    shown: int = 2

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def total(self) -> int:
        return self.secret + self.shown

    @pydantic.field_serializer("shown")
    def written(self, shown: int) -> str:
        return f"{shown}!"


class Open(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    x: int


class Bounded(pydantic.BaseModel):
    x: int = pydantic.Field(gt=0)


class Root(pydantic.RootModel[list[int]]):
    """A model of one value."""


class Tagged(pydantic.BaseModel):
    """Pydantic tells the members of a union apart that stands inside a model."""

    one: Model | Bounded | int


class Scan(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    pixels: NDArray[np.float32]


@pydantic.dataclasses.dataclass
class Checked:
    x: int


# ------------------------------------------------------------------------------- enumerations


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Word(enum.StrEnum):
    YES = "yes"


class Level(enum.IntEnum):
    LOW = 1


class Right(enum.Flag):
    READ = 1
    WRITE = 2


Choice = Literal["a", 1, None]  # noqa: PYI061 - it is one of the ways
