# ruff: noqa: UP007, UP045 - types that are made at run time are written as calls

"""What may feed what has the properties that the page of types promises."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Hashable, Iterable, Mapping, MutableMapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Literal, NamedTuple, Optional, Union

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from swarmdsl.wire.codec import Decoder, encode_values, is_readable
from swarmdsl.wire.mismatch import mismatch
from swarmdsl.wire.structure import declared
from swarmdsl.wire.types import accepts, matches
from tests.contracts import types_of_users as users
from tests.contracts.types_of_users import Box, BoxOfInts, Colour, Level, Model, Pair, Point, Row


class Typed(NamedTuple):
    """An annotation, and values of it."""

    annotation: Any
    values: st.SearchStrategy[Any]


SCALARS = [
    Typed(int, st.integers(-(2**63), 2**64 - 1)),
    Typed(bool, st.booleans()),
    Typed(float, st.floats(allow_nan=False)),
    Typed(str, st.text()),
    Typed(bytes, st.binary()),
    Typed(type(None), st.none()),
    Typed(dt.datetime, st.datetimes()),
    Typed(dt.date, st.dates()),
    Typed(Literal["a", 1], st.sampled_from(["a", 1])),
    Typed(Literal["a"], st.just("a")),
    Typed(Colour, st.sampled_from(Colour)),
    Typed(Level, st.sampled_from(Level)),
    Typed(users.Word, st.sampled_from(users.Word)),
    Typed(users.Seconds, st.floats(allow_nan=False).map(users.Seconds)),
    Typed(NDArray[np.int8], st.just(np.ones(2, np.int8))),
    Typed(users.Vector, st.just(np.ones(2))),
    Typed(users.Matrix, st.just(np.ones((1, 2)))),
    Typed(np.float64, st.just(np.float64(0.5))),
]
RECORDS = [
    Typed(Point, st.builds(Point, st.integers(0, 9), st.just(0.5))),
    Typed(users.Point3, st.builds(users.Point3, st.integers(0, 9), st.just(0.5))),
    Typed(Row, st.just({"x": 1, "y": 0.5})),
    Typed(users.Wide, st.sampled_from([{"x": 1, "y": 0.5}, {"x": 1, "y": 0.5, "note": "n"}])),
    Typed(users.Partly, st.sampled_from([{"x": 1}, {"x": 1, "y": 0.5}])),
    Typed(Pair, st.just(Pair(1))),
    Typed(users.Packed, st.just(users.Packed(1, 0.5))),
    Typed(users.Circle, st.just(users.Circle(0.5))),
    Typed(Model, st.just(Model(x=1, y=0.5))),
    Typed(users.Shy, st.just(users.Shy(secret=3))),
    Typed(users.Twice, st.just(users.Twice.model_validate({"x": 1, "words": "a b"}))),
    Typed(BoxOfInts, st.just(BoxOfInts(1))),
    Typed(Box[int], st.just(Box(1))),
    Typed(Box[str], st.just(Box("a"))),
    Typed(users.Tree, st.just(users.Tree(1, [users.Tree(2, [])]))),
]


def _lists(item: Typed) -> st.SearchStrategy[Any]:
    return st.lists(item.values, max_size=2)


def _containers(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    two = st.tuples(inner, inner)
    return st.one_of(
        inner.map(lambda one: Typed(list[one.annotation], _lists(one))),  # type: ignore[name-defined]
        inner.map(lambda one: Typed(Sequence[one.annotation], _lists(one))),  # type: ignore[name-defined]
        inner.map(lambda one: Typed(Iterable[one.annotation], _lists(one))),  # type: ignore[name-defined]
        inner.map(lambda one: Typed(Collection[one.annotation], _lists(one))),  # type: ignore[name-defined]
        inner.map(lambda one: Typed(tuple[one.annotation, ...], _lists(one).map(tuple))),  # type: ignore[name-defined]
        inner.map(_mapping(dict)),
        inner.map(_mapping(Mapping)),
        inner.map(_mapping(MutableMapping)),
        inner.map(lambda one: Typed(Optional[one.annotation], st.none() | one.values)),
        two.map(lambda both: Typed(Union[_types(both)], both[0].values | both[1].values)),
        two.map(lambda both: Typed(tuple[_types(both)], st.tuples(*(one.values for one in both)))),  # type: ignore[misc]
        st.just(Typed(set[int], st.sets(st.integers(0, 9)))),
        st.just(Typed(frozenset[str], st.frozensets(st.text(max_size=1)))),
        st.just(Typed(AbstractSet[int], st.sets(st.integers(0, 9)))),
    )


def _mapping(kind: Any) -> Any:
    def of(one: Typed) -> Typed:
        values = st.dictionaries(st.text(max_size=1), one.values, max_size=2)
        return Typed(kind[str, one.annotation], values)

    return of


def _types(both: tuple[Typed, Typed]) -> tuple[Any, Any]:
    return both[0].annotation, both[1].annotation


TYPES = st.recursive(st.sampled_from([*SCALARS, *RECORDS]), _containers, max_leaves=4)


@given(TYPES)
def test_every_type_feeds_itself(one: Typed) -> None:
    assert accepts(one.annotation, one.annotation)


@given(TYPES, TYPES, TYPES)
def test_what_feeds_what_feeds_a_third_feeds_the_third(
    one: Typed, two: Typed, third: Typed
) -> None:
    if accepts(one.annotation, two.annotation) and accepts(two.annotation, third.annotation):
        assert accepts(one.annotation, third.annotation)


@given(TYPES, TYPES)
def test_a_union_takes_its_members_and_feeds_what_all_of_them_feed(one: Typed, two: Typed) -> None:
    both: Any = Union[_types((one, two))]
    assert accepts(one.annotation, both)
    assert accepts(two.annotation, both)
    assert accepts(both, one.annotation) is accepts(two.annotation, one.annotation)


@given(TYPES, st.data())
def test_a_value_of_a_type_matches_it(one: Typed, data: st.DataObject) -> None:
    assert matches(one.annotation, data.draw(one.values))


@given(st.lists(TYPES, min_size=2, max_size=6), st.data())
def test_what_feeds_a_type_can_be_read_as_it(kinds: list[Typed], data: st.DataObject) -> None:
    """The compiler lets it through, so must the connection, and then the decoder."""
    for one, two in itertools.product(kinds, kinds):
        if accepts(one.annotation, two.annotation):
            assert mismatch(declared(one.annotation), declared(two.annotation)) is None
            if is_readable(two.annotation):
                value = data.draw(one.values)
                (back,) = Decoder(two.annotation).decode(encode_values([value]))
                assert matches(two.annotation, back)


ORDERED = [
    (bool, bool),
    (Level, int, float),
    (Literal["a"], Literal["a", "b"], str, Union[str, int]),
    (users.Point3, Point, Optional[Point]),
    (BoxOfInts, Box[int], Box[float]),
    (Row, dict[str, float], Mapping[str, float], Mapping[str, float | None]),
    (Pair, tuple[int, float], tuple[float, ...], Sequence[float], Iterable[float]),
    (NDArray[np.float32], NDArray[np.floating[Any]], NDArray[np.number[Any]]),
    (set[int], AbstractSet[int], Collection[float], Iterable[float]),
]


@pytest.mark.parametrize("chain", ORDERED, ids=str)
def test_each_of_a_chain_feeds_all_that_come_after_it_and_none_before(chain: tuple[Any]) -> None:
    for here, narrow in enumerate(chain):
        for there, wide in enumerate(chain):
            assert accepts(narrow, wide) is (here <= there or narrow == wide)


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        (dict[str, int], Iterable[str]),
        (dict[str, int], Collection[str]),
        (Row, MutableMapping[str, str]),
        (Pair, tuple[int]),
        (Pair, Sequence[str]),
        (dt.datetime, dt.date),
        (BoxOfInts, Box[str]),
        (Box[int], Box[str]),
        (tuple[()], tuple[int]),
        (list[int], set[int]),
        (np.float32, float),
        (NDArray[np.float64], Iterable[float]),
        (Model, Iterable[Any]),
        (users.Frozen, Hashable),
        (users.Circle, users.Square),
        (object, int | None),
    ],
    ids=str,
)
def test_what_could_not_be_read_does_not_feed(source: Any, destination: Any) -> None:
    assert accepts(source, destination) is (source is object)
