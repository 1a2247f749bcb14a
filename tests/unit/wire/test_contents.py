"""What a value holds is judged before it leaves, as every receiver would judge it."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, TypedDict, TypeVar

import msgspec
import numpy as np
import pydantic
import pytest
from numpy.typing import NDArray

from swarmdsl.errors import ContentsWrong, DecodeError
from swarmdsl.wire.batch import BatchEncoder
from swarmdsl.wire.codec import Decoder
from swarmdsl.wire.contents import contents_of

T = TypeVar("T")
Metres = NewType("Metres", float)
made: list[str] = []


@dataclass
class Point:
    x: int
    y: float = 0.0


@dataclass
class Loud:
    """Somebody's own code runs when it is made."""

    name: str

    def __post_init__(self) -> None:
        made.append(self.name)


@dataclass
class Tree:
    leaf: int
    branches: list[Tree] = field(default_factory=list)


@dataclass
class Box(Generic[T]):
    content: T


class Row(TypedDict, total=False):
    x: int


class Pair(NamedTuple):
    name: str
    size: int


class Model(pydantic.BaseModel):
    sizes: list[int]


class Packed(msgspec.Struct):
    x: int


class Colour(enum.Enum):
    RED = "red"


RIGHT: list[tuple[Any, Any]] = [
    (list[int], [1, 2]),
    (list[int], []),
    (list[float], [1, 2.5, np.float64(3)]),
    (list[Metres], [1.5]),
    (Sequence[int], (1, 2)),
    (Iterable[int], [1]),
    (set[int], {1}),
    (dict[str, int], {"a": 1}),
    (dict[int, str], {1: "a"}),
    (Mapping[str, list[int]], {"a": [1]}),
    (tuple[int, ...], (1, 2, 3)),
    (tuple[int, str], (1, "a")),
    (list[int | None], [1, None]),
    (list[Any], [1, "a", None]),
    (list[Point], [Point(1), Point(2, 3.5)]),
    (Point, Point(1, 2)),
    (Loud, Loud("a")),
    (Tree, Tree(1, [Tree(2)])),
    (Box[int], Box(1)),
    (Row, {}),
    (Row, {"x": 1}),
    (Pair, Pair("a", 1)),
    (Model, Model(sizes=[1])),
    (Packed, Packed(1)),
    (list[Colour], [Colour.RED]),
    (list[Literal["a"]], ["a"]),
    (list[dt.datetime], [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)]),
    (dict[str, NDArray[np.float32]], {"w": np.zeros(3, np.float32)}),
    (list[bytes], [b"a"]),
]

WRONG: list[tuple[Any, Any, str]] = [
    (list[int], ["seven"], "at [0] the type is str, not int"),
    (list[int], [1, 2.5], "at [1] the type is float, not int"),
    (list[int], [1, None], "at [1] the type is None, not int"),
    (list[int], [True], "at [0] the type is bool, not int"),
    (dict[str, int], {"a": "b"}, "at [...] the type is str, not int"),
    (tuple[int, str], (1,), "Expected array of length 2, got 1"),
    (Point, Point("one"), "at .x the type is str, not int"),  # type: ignore[arg-type]
    (list[Point], [Point(1), Point(2, "b")], "at [1].y the type is str, not float"),  # type: ignore[arg-type]
    (Loud, Loud(1), "at .name the type is int, not str"),  # type: ignore[arg-type]
    (Box[int], Box("a"), "at .content the type is str, not int"),
    (Row, {"x": "a"}, "at .x the type is str, not int"),
    (Pair, Pair("a", "b"), "at [1] the type is str, not int"),  # type: ignore[arg-type]
    (Packed, Packed("a"), "at .x the type is str, not int"),  # type: ignore[arg-type]
    (Annotated[list[int], msgspec.Meta(max_length=1)], [1, 2], "of length <= 1"),
    (Annotated[int, msgspec.Meta(ge=0)], -1, "Expected int >= 0"),
    (dict[str, NDArray[np.float32]], {"w": np.zeros(3)}, "at [...]"),
]


def judged(annotation: Any, value: Any) -> None:
    BatchEncoder(contents=contents_of(annotation)).add(value)


@pytest.mark.parametrize(("annotation", "value"), RIGHT, ids=lambda one: str(one))
def test_what_is_right_inside_passes(annotation: Any, value: Any) -> None:
    judged(annotation, value)


@pytest.mark.parametrize(("annotation", "value", "said"), WRONG, ids=lambda one: str(one))
def test_what_is_wrong_inside_is_told_with_its_place(
    annotation: Any, value: Any, said: str
) -> None:
    with pytest.raises(ContentsWrong) as raised:
        judged(annotation, value)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("annotation", "value"), [*RIGHT, *((kind, value) for kind, value, _ in WRONG)], ids=str
)
def test_the_sender_judges_as_a_receiver_does(annotation: Any, value: Any) -> None:
    plain = BatchEncoder()
    plain.add(value)
    read = refuses(lambda: Decoder(annotation).decode(plain.payload()))
    assert refuses(lambda: judged(annotation, value)) == read


def refuses(call: Callable[[], object]) -> bool:
    try:
        call()
    except (ContentsWrong, DecodeError):
        return True
    return False


@pytest.mark.parametrize(
    "annotation",
    [int, str, bytes, Any, list, dict, list[Any], int | str | None, Colour, NDArray[np.float64]],
    ids=str,
)
def test_where_the_class_says_all_nothing_is_judged(annotation: Any) -> None:
    assert contents_of(annotation) is None


def test_what_no_receiver_could_read_by_this_type_is_not_judged_by_it() -> None:
    assert contents_of(list[int] | set[int]) is None


def test_none_of_the_users_own_code_runs_to_judge_a_value() -> None:
    value = [Loud("once")]
    made.clear()
    judged(list[Loud], value)
    assert made == []


def test_what_is_refused_leaves_the_batch_as_it_was() -> None:
    annotation = dict[str, NDArray[np.float32]]
    batch = BatchEncoder(contents=contents_of(annotation))
    batch.add({"w": np.ones(2, np.float32)})
    size = batch.size
    with pytest.raises(ContentsWrong):
        batch.add({"w": np.ones(2)})
    batch.add({"w": np.full(2, 3, np.float32)})
    assert size > 0
    values = Decoder(annotation).decode(batch.payload())
    assert [one["w"].tolist() for one in values] == [[1.0, 1.0], [3.0, 3.0]]
