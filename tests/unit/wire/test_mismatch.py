# ruff: noqa: UP007, UP045, PYI024 - types that are made at run time are written as calls

"""What is sent against what is read: fits, or the field that differs is named."""

from __future__ import annotations

import enum
from collections import namedtuple
from dataclasses import dataclass, make_dataclass
from typing import Any, Literal, NamedTuple, Optional, TypedDict, Union

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from swarmdsl.errors import WireError
from swarmdsl.wire import mismatch as module
from swarmdsl.wire.changes import MISSING
from swarmdsl.wire.mismatch import Mismatch, mismatch
from swarmdsl.wire.schema import shown
from swarmdsl.wire.structure import declared, schema_of
from swarmdsl.wire.types import accepts, describe


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    LOW = 0


@dataclass
class Point:
    x: int
    y: float


@dataclass
class Point3(Point):
    z: float = 0.0


class Pair(NamedTuple):
    x: int
    y: float


class Row(TypedDict):
    x: int
    y: int


@dataclass
class Tree:
    value: int
    children: list[Tree]


def compared(sent: Any, read: Any) -> Mismatch | None:
    return mismatch(declared(sent), declared(read))


def a(name: str = "Shower", /, **fields: Any) -> type:
    """A record class with these fields."""
    return make_dataclass(name, fields.items())


# -------------------------------------------------------------------------------------- fitting


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (int, float),
        (int, int | str),
        (int | str, str | None | int),
        (Any, int),
        (int, Any),
        (list[int], list[float | None]),
        (set[int], list[int]),
        (tuple[int, int], list[int]),
        (dict[str, int], dict[str, float]),
        (Row, dict[str, int]),
        (Pair, tuple[int, float]),
        (Point3, Point),
        (Level, int),
        (Literal["a"], str),
        (Literal["a"], Literal["b", "a"]),
        (Literal[Colour.RED], Colour),
        (np.float64, float),
        (NDArray[np.float64], NDArray[np.floating[Any]]),
        (np.ndarray, NDArray[np.float64]),
        (np.ndarray[tuple[int, int], np.dtype[np.int8]], NDArray[np.int8]),
        (Tree, Tree),
    ],
    ids=str,
)
def test_what_is_read_without_loss_fits(sent: Any, read: Any) -> None:
    assert compared(sent, read) is None


@pytest.mark.parametrize(
    ("sent", "read", "said"),
    [
        (float, int, ("float", "int")),
        (bool, int, ("bool", "int")),
        (list[str], list[int], ("list[str]", "list[int]")),
        (list[int], set[str], ("list[int]", "set[str]")),
        (tuple[int, str], tuple[int], ("tuple[int, str]", "tuple[int]")),
        (dict[str, str], dict[str, int], ("dict[str, str]", "dict[str, int]")),
        (dict[int, int], dict[str, int], ("dict[int, int]", "dict[str, int]")),
        (int | str, int, ("int | str", "int")),
        (int | None, int, ("int | None", "int")),
        (Literal["a", "c"], Literal["a"], ("Literal['a', 'c']", "Literal['a']")),
        (Colour, str, ("Colour", "str")),
        (str, Colour, ("str", "Colour")),
        (Point, int, ("Point", "int")),
        (Point, Pair, ("Point", "Pair")),
        (Pair, tuple[str, str], ("Pair", "tuple[str, str]")),
        (Row, dict[str, str], ("Row", "dict[str, str]")),
        (NDArray[np.float32], NDArray[np.float64], ("NDArray[float32]", "NDArray[float64]")),
        (
            np.ndarray[tuple[int], np.dtype[np.int8]],
            np.ndarray[tuple[int, int], np.dtype[np.int8]],
            ("NDArray[int8] with 1 dimensions", "NDArray[int8] with 2 dimensions"),
        ),
    ],
    ids=str,
)
def test_what_does_not_fit_is_told_with_both_types(
    sent: Any, read: Any, said: tuple[str, str]
) -> None:
    assert compared(sent, read) == Mismatch("", *said)


# -------------------------------------------------------------------------------------- records


def test_a_field_of_another_type_is_named_with_both() -> None:
    found = compared(a(energy=int, hits=list[int]), a(energy=float, hits=list[int]))
    assert found == Mismatch("Shower.energy", "int", "float")


def test_a_field_that_one_side_does_not_have_is_missing_there() -> None:
    assert compared(a(x=int), a(x=int, y=int)) == Mismatch("Shower.y", MISSING, "int")
    assert compared(a(x=int, y=int), a(x=int)) == Mismatch("Shower.y", "int", MISSING)


def test_the_field_of_the_innermost_record_is_named() -> None:
    sent, read = (a("Event", showers=dict[str, list[a(energy=kind)]]) for kind in (int, float))  # type: ignore[misc]
    assert compared(list[sent], list[read]) == Mismatch("Shower.energy", "int", "float")  # type: ignore[valid-type]


def test_in_a_field_the_whole_type_is_told() -> None:
    assert compared(a(hits=list[int]), a(hits=list[str])) == Mismatch(
        "Shower.hits", "list[int]", "list[str]"
    )


def test_a_record_in_an_optional_field_is_opened() -> None:
    sent, read = (a("Event", shower=Optional[a(energy=kind)]) for kind in (int, float))
    assert compared(sent, read) == Mismatch("Shower.energy", "int", "float")
    assert compared(a(energy=int), Optional[a(energy=float)]) == Mismatch(
        "Shower.energy", "int", "float"
    )


def test_a_record_of_another_name_fits_if_it_has_what_is_read() -> None:
    assert compared(a("Wide", x=int, y=int), a("Narrow", x=float)) is None
    assert compared(a("Wide", y=int), a("Narrow", x=float)) == Mismatch(
        "Narrow.x", MISSING, "float"
    )
    assert compared(a("Wide", x=str), a("Narrow", x=float)) == Mismatch("Narrow.x", "str", "float")


def test_a_named_tuple_whose_fields_changed_places_is_another() -> None:
    assert compared(namedtuple("Hit", "x y"), namedtuple("Hit", "y x")) == Mismatch(
        "Hit", "(x, y)", "(y, x)"
    )


def test_a_record_that_travels_in_another_form_is_another() -> None:
    one = msgspec.defstruct("Hit", [("x", int)])
    other = msgspec.defstruct("Hit", [("x", int)], array_like=True)
    assert compared(one, other) == Mismatch("Hit", "a record as map", "a record as array")


def test_another_value_of_an_enumeration_is_named() -> None:
    one, other = enum.Enum("Colour", {"RED": 1, "BLUE": 2}), enum.Enum("Colour", {"RED": "r"})
    assert compared(one, other) == Mismatch("Colour.BLUE", "2", MISSING)
    assert compared(enum.Enum("Colour", {"RED": 1}), other) == Mismatch("Colour.RED", "1", "'r'")


def test_types_that_people_cannot_tell_apart_are_shown_as_schemas() -> None:
    one, other = a(x=a("Inner", y=int)), a(x=enum.Enum("Inner", {"A": 1}))
    found = compared(one, other)
    assert found is not None
    assert (found.where, found.sent[:16]) == ("Shower.x", '{"kind":"record"')


# ------------------------------------------------------------------------------------ recursion


def tree(name: str, leaf: Any) -> str:
    """The schema of a record that holds itself."""
    again = '{"kind":"list","name":"list","item":{"kind":"again","up":0}}'
    return (
        f'{{"kind":"record","name":"{name}",'
        f'"fields":[["children",{again}],["leaf",{declared(leaf)}]]}}'
    )


def test_records_that_hold_themselves_are_compared_to_the_end() -> None:
    assert mismatch(tree("Tree", int), tree("Tree", int) + " ") is None
    assert mismatch(tree("Tree", int), tree("Tree", str)) == Mismatch("Tree.leaf", "int", "str")
    assert mismatch(tree("Oak", int), tree("Tree", str)) == Mismatch("Tree.leaf", "int", "str")


def test_a_record_unrolled_once_is_the_same_type() -> None:
    rolled = tree("Tree", int)
    assert mismatch(rolled, rolled.replace('{"kind":"again","up":0}', rolled)) is None


def test_a_reference_to_nowhere_fits_anything() -> None:
    nowhere = '{"kind":"list","name":"list","item":{"kind":"again","up":7}}'
    assert mismatch(nowhere, declared(list[int])) is None


def test_a_comparison_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEPS_MAX", 2)
    assert compared(a(x=a("Inner", y=int)), a(x=a("Inner", y=str))) is None


def test_a_schema_too_deep_to_compare_is_refused() -> None:
    def deep(leaf: str) -> str:
        return '{"kind":"tuple","items":[' * 300 + leaf + "]}" * 300

    with pytest.raises(WireError, match="too deeply"):
        mismatch(deep('"int"'), deep('"str"'))


# ----------------------------------------------------------------------------------- properties

SIMPLE: list[Any] = [int, float, str, bool, bytes, None, Colour, Literal["a", 1], Point, Row, Tree]
SIMPLE += [NDArray[np.float64], np.ndarray, Pair]
ANNOTATIONS = st.recursive(
    st.sampled_from(SIMPLE),
    lambda inner: st.one_of(
        inner.map(lambda one: list[one]),  # type: ignore[valid-type]
        inner.map(lambda one: dict[str, one]),  # type: ignore[valid-type]
        inner.map(lambda one: Optional[one]),
        st.tuples(inner, inner).map(lambda two: Union[two]),
        st.tuples(inner, inner).map(lambda two: tuple[two]),  # type: ignore[valid-type]
        inner.map(lambda one: a("Inner", value=one)),
    ),
    max_leaves=5,
)
FIELDS = st.dictionaries(st.sampled_from("abcdef"), ANNOTATIONS, min_size=1)


@given(ANNOTATIONS, ANNOTATIONS)
def test_what_the_compiler_accepts_is_never_refused(sent: Any, read: Any) -> None:
    if accepts(sent, read):
        assert compared(sent, read) is None
    assert compared(sent, sent | read if sent is not None else Optional[read]) is None


@given(FIELDS, st.data())
def test_a_changed_field_is_always_named(fields: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(fields)))
    other = data.draw(ANNOTATIONS)
    assume(describe(other) != describe(fields[name]) and other != fields[name])
    found = compared(a(**fields), a(**(fields | {name: other})))
    assert found is not None
    assert found.where in {f"Shower.{name}", "Inner.value"}
    if found.where != "Inner.value":
        assert (found.sent, found.read) in {
            (shown(schema_of(fields[name])), shown(schema_of(other))),
            (declared(fields[name]), declared(other)),
        }


@given(FIELDS, st.sampled_from("abcdef"), ANNOTATIONS)
def test_an_added_or_removed_field_is_always_named(
    fields: dict[str, Any], name: str, kind: Any
) -> None:
    assume(name not in fields)
    more = fields | {name: kind}
    assert compared(a(**fields), a(**more)) == Mismatch(
        f"Shower.{name}", MISSING, shown(schema_of(kind))
    )
    assert compared(a(**more), a(**fields)) == Mismatch(
        f"Shower.{name}", shown(schema_of(kind)), MISSING
    )


@given(
    st.recursive(
        st.sampled_from(["int", "any", {"kind": "again", "up": 0}, {"kind": "again", "up": 1}]),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda them: {"kind": "union", "members": them}),
            st.lists(st.tuples(st.sampled_from("ab"), inner), max_size=3).map(
                lambda them: {"kind": "record", "name": "R", "fields": them}
            ),
            inner.map(lambda one: {"kind": "map", "name": "dict", "key": "str", "value": one}),
        ),
    ),
    ANNOTATIONS,
)
def test_whatever_a_peer_says_is_compared(schema: Any, read: Any) -> None:
    text = msgspec.json.encode(schema).decode()
    mismatch(text, declared(read))
    mismatch(declared(read), text)
    assert mismatch(text, text) is None
