# ruff: noqa: UP006, UP007, UP045 - all ways of writing a type are to be read

from __future__ import annotations

import collections.abc
import enum
import subprocess
import sys
import typing
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, TypeVar, Union

import msgspec
import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from swarmdsl.wire.annotations import fields_of, hints_of, name_of
from swarmdsl.wire.types import (
    ARRAY_KINDS_MAX,
    accepts,
    describe,
    element_of,
    matcher,
    matches,
    union_members,
    union_of,
)

T = TypeVar("T")
Metres = NewType("Metres", float)


class Colour(enum.Enum):
    RED = 1


@dataclass
class Point:
    x: int
    y: float


@dataclass
class Point3(Point):
    z: float = 0.0


@dataclass
class Tree:
    value: int
    children: list[Tree]


@dataclass
class Box(Generic[T]):
    content: T


class Row(typing.TypedDict):
    x: int
    y: float


class Pair(NamedTuple):
    x: int
    y: float


class Packed(msgspec.Struct):
    x: int
    y: float


class Model(pydantic.BaseModel):
    x: int
    y: float


RECORDS = [Point, Row, Pair, Packed, Model]
SIMPLE: list[Any] = [int, float, str, bool, bytes, None, Any, Colour, Literal["a", 1], *RECORDS]
SIMPLE += [NDArray[np.float64], np.ndarray, Tree, Metres, object]
ANNOTATIONS = st.recursive(
    st.sampled_from(SIMPLE),
    lambda inner: st.one_of(
        inner.map(lambda one: list[one]),  # type: ignore[valid-type]
        inner.map(lambda one: dict[str, one]),  # type: ignore[valid-type]
        inner.map(lambda one: Optional[one]),
        st.tuples(inner, inner).map(lambda two: Union[two]),
        st.tuples(inner, inner).map(lambda two: tuple[two]),  # type: ignore[valid-type]
    ),
    max_leaves=5,
)


# ------------------------------------------------------------------------------------ describe


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        (dict[str, list[int]], "dict[str, list[int]]"),
        (Optional[int], "int | None"),
        (Union[int, str, None], "int | str | None"),
        (NDArray[np.float64], "NDArray[float64]"),
        (np.ndarray, "NDArray[Any]"),
        (Literal["a", 1], "Literal['a', 1]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (Point, "Point"),
        (Box[int], "Box[int]"),
        (Annotated[int, "seconds"], "int"),
        (typing.List[int], "list[int]"),
        (Sequence[float], "Sequence[float]"),
    ],
)
def test_name_is_what_a_person_would_write(annotation: Any, name: str) -> None:
    assert name_of(annotation) == name
    assert describe(annotation).name == name


def same(one: Any, other: Any) -> bool:
    return describe(one).fingerprint == describe(other).fingerprint


def test_order_of_fields_and_of_members_does_not_matter() -> None:
    def forward() -> type:
        @dataclass
        class Record:
            a: int
            b: str

        return Record

    def backward() -> type:
        @dataclass
        class Record:
            b: str
            a: int

        return Record

    assert same(forward(), backward())
    assert same(int | str, str | int)
    assert same(Literal["a", "b"], Literal["b", "a"])


def test_different_structures_have_different_fingerprints() -> None:
    different: list[Any] = [
        list[int],
        list[str],
        list[list[int]],
        list[list[str]],
        dict[str, int],
        Point,
        Row,
    ]
    different += [Tree, Box[int], Box[str], NDArray[np.float32], NDArray[np.float64], int, None]
    assert len({describe(one).fingerprint for one in different}) == len(different)


def test_bare_containers_hold_anything() -> None:
    assert same(list, list[Any])
    assert same(dict, dict[Any, Any])
    assert same(tuple, tuple[Any, ...])


@pytest.mark.parametrize("record", RECORDS)
def test_fields_of_every_kind_of_record_are_found(record: type) -> None:
    assert fields_of(record) == {"x": int, "y": float}


def test_fingerprint_does_not_depend_on_the_hash_seed() -> None:
    script = (
        "from swarmdsl.wire.types import describe; from typing import Literal;"
        "print(describe(dict[str, int | str | Literal['a', 'b', 'c']] | set[int]).fingerprint)"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


# ------------------------------------------------------------------------------------- accepts


@pytest.mark.parametrize(
    ("source", "destination", "fits"),
    [
        (int, float, True),
        (float, int, False),
        (bool, int, False),
        (bool, float, False),
        (bool, bool, True),
        (int, int | None, True),
        (int | None, int, False),
        (int | str, str | float, True),
        (Point3, Point, True),
        (Point, Point3, False),
        (Point, Row, False),
        (list[int], list[float], True),
        (list[int], Sequence[float], True),
        (list[str], list[int], False),
        (list, list[int], True),
        (list[Any], list[int], True),
        (list[int], tuple[int, ...], False),
        (tuple[int, int], tuple[float, ...], True),
        (tuple[int, int], tuple[int], False),
        (tuple[int, str], Sequence[int], False),
        (tuple[int, ...], tuple[int, int], False),
        (dict[str, int], Mapping[str, float], True),
        (dict[int, int], dict[str, int], False),
        (Row, dict[str, float], True),
        (Row, dict[str, str], False),
        (dict[str, float], Row, False),
        (str, Sequence[str], False),
        (str, str, True),
        (Literal["a"], str, True),
        (Literal["a"], Literal["a", "b"], True),
        (Literal["a", "b"], Literal["a"], False),
        (str, Literal["a"], False),
        (NDArray[np.float64], NDArray[np.float64], True),
        (NDArray[np.float64], NDArray[np.floating[Any]], True),
        (NDArray[np.float64], NDArray[np.int64], False),
        (NDArray[np.float64], np.ndarray, True),
        (NDArray[np.float64], np.ndarray[tuple[int, int], np.dtype[np.float64]], True),
        (
            np.ndarray[tuple[int], np.dtype[np.float64]],
            np.ndarray[tuple[int, int], np.dtype[np.float64]],
            False,
        ),
        (Generator[int, None, None], Iterator[int], True),
        (Metres, float, True),
        (Colour, Colour, True),
        (Colour, int, False),
        (None, int | None, True),
        (None, int, False),
    ],
)
def test_relation_is_the_documented_one(source: Any, destination: Any, fits: bool) -> None:
    assert accepts(source, destination) is fits


@given(ANNOTATIONS)
def test_every_type_fits_itself_and_anything(annotation: Any) -> None:
    assert accepts(annotation, annotation)
    assert accepts(annotation, Any)
    assert accepts(Any, annotation)
    assert accepts(annotation, Optional[annotation])


@given(ANNOTATIONS, ANNOTATIONS)
def test_lists_are_covariant(one: Any, other: Any) -> None:
    assert accepts(list[one], list[other]) is accepts(one, other)


@given(ANNOTATIONS, ANNOTATIONS)
def test_member_fits_its_union(one: Any, other: Any) -> None:
    assert accepts(one, Union[one, other])


def test_equal_records_of_two_modules_fit() -> None:
    twin: Any = dataclass(type("Point", (), {"__annotations__": {"y": float, "x": int}}))
    assert accepts(Point, twin)
    assert accepts(list[twin], list[Point])


# --------------------------------------------------------------------------------------- parts


def test_members_of_a_union_leave_none_out() -> None:
    assert union_members(Union[int, Optional[str]]) == (int, str)
    assert union_members(None) == ()
    assert union_members(list[int]) == (list[int],)
    assert union_of([int, str]) == Union[int, str]


@pytest.mark.parametrize(
    ("annotation", "element"),
    [
        (list[int], int),
        (Iterator[str], str),
        (Iterable[str], str),
        (Generator[int, None, None], int),
        (collections.abc.Sequence, Any),
        (tuple[int, ...], int),
        (tuple[int, int], None),
        (list[int] | None, int),
        (list[int] | list[str], None),
        (dict[str, int], None),
        (str, None),
        (Any, None),
    ],
)
def test_element_of_a_container(annotation: Any, element: Any) -> None:
    assert element_of(annotation) == element


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (int, [1, np.int64(1)], [True, np.True_, 1.5, "1"]),
        (float, [1, 1.5, np.float32(1)], [True, "1"]),
        (bool, [True, np.True_, np.mean([0.1, 0.2]) < 0.5], [1, np.int64(1), None]),
        (bool | None, [False, np.False_, None], [0, np.float64(0)]),
        (list[int], [[], ["unseen"]], [(), {}]),
        (Sequence[int], [[], ()], [1]),
        (Row, [{}], [[]]),
        (Point, [Point3(1, 2.0)], [{}]),
        (int | None, [1, None], ["a"]),
        (Literal["a", 1], ["a", 1], ["b", True, 2]),
        (NDArray[np.float64], [np.zeros(1)], [[0.0]]),
        (None, [None], [0]),
        (Any, [None, object()], []),
    ],
)
def test_value_is_matched_by_its_outer_class(
    annotation: Any, good: list[Any], bad: list[Any]
) -> None:
    assert all(matches(annotation, value) for value in good)
    assert not any(matches(annotation, value) for value in bad)


def test_hint_that_cannot_be_resolved_does_not_spoil_the_others() -> None:
    def late(known: int, unknown: NotThere) -> str:  # type: ignore[name-defined]  # noqa: F821
        return f"{known}{unknown}"

    assert hints_of(late) == {"known": int, "return": str}


def test_hint_that_a_closure_has_captured_is_resolved() -> None:
    class Local: ...

    def late(known: Local) -> None:
        assert isinstance(known, Local)

    assert hints_of(late)["known"] is Local


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the statement came with Python 3.12")
def test_type_statements_are_looked_through() -> None:
    scope: dict[str, Any] = {}
    exec("type Pairs[T] = list[tuple[T, int]]\ntype Names = list[str]", scope)
    assert name_of(scope["Pairs"][str]) == "list[tuple[str, int]]"
    assert accepts(scope["Names"], list[str])


def test_however_many_kinds_of_arrays_there_are_each_is_told_apart() -> None:
    is_right = matcher(np.ndarray[tuple[int], np.dtype[np.void]])
    for size in range(1, 2 * ARRAY_KINDS_MAX):
        assert is_right(np.zeros(1, dtype=f"V{size}"))
        assert not is_right(np.zeros((1, 1), dtype=f"V{size}"))
        assert not is_right(np.zeros(size, dtype="f8"))
