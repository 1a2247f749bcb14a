# ruff: noqa: PYI024 - types that are made at run time are written as calls

"""What differs between two versions of a type."""

from __future__ import annotations

import enum
from collections import namedtuple
from dataclasses import make_dataclass
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.errors import WireError
from swarmdsl.wire.changes import MISSING, TypeChange, type_changes
from swarmdsl.wire.mismatch import mismatch
from swarmdsl.wire.structure import declared

Change = tuple[str, str, str]


def changed(old: Any, new: Any) -> list[Change]:
    return [(one.where, one.old, one.new) for one in type_changes(declared(old), declared(new))]


def a(name: str = "Shower", /, **fields: Any) -> Any:
    """A record class with these fields."""
    return make_dataclass(name, fields.items())


def test_every_field_that_differs_is_told() -> None:
    old = a(energy=int, hits=list[int], gone=str, kept=bytes)
    new = a(energy=float, hits=list[str], kept=bytes, new=bool)
    assert changed(old, new) == [
        ("Shower.energy", "int", "float"),
        ("Shower.gone", "str", MISSING),
        ("Shower.hits", "list[int]", "list[str]"),
        ("Shower.new", MISSING, "bool"),
    ]


@pytest.mark.parametrize("around", [list, dict[str, Any], tuple[int, Any], Any | None, tuple])
def test_a_record_is_opened_wherever_it_is(around: Any) -> None:
    old, new = (a("Event", shower=_with(around, a(energy=kind))) for kind in (int, float))
    assert changed(old, new) == [("Shower.energy", "int", "float")]


def _with(around: Any, inner: Any) -> Any:
    if around in (list, tuple):
        return list[inner] if around is list else tuple[inner, ...]
    if around == dict[str, Any]:
        return dict[str, inner]
    return tuple[int, inner] if around == tuple[int, Any] else inner | None


def test_a_record_in_several_places_is_told_once() -> None:
    old, new = (a("Pair", left=one, right=one) for one in (a(x=int), a(x=str)))
    assert changed(old, new) == [("Shower.x", "int", "str")]


def test_a_field_that_may_be_left_out_now_is_told() -> None:
    assert changed(a(x=int), make_dataclass("Shower", [("x", int, 0)])) == [
        ("Shower.x", "int", "int, or left out")
    ]


def test_another_type_is_told_as_a_whole() -> None:
    assert changed(list[int], list[str]) == [("", "list[int]", "list[str]")]
    assert changed(a(x=int), a("Event", x=int)) == [("", "Shower", "Event")]
    assert changed(int | str, int | None) == [("", "int | str", "int | None")]
    assert changed(Literal["a"], Literal["b"]) == [("", "Literal['a']", "Literal['b']")]
    one, other = (_with(dict[str, Any], a(x=kind)) for kind in (int, str))
    assert changed(one, other) == [("Shower.x", "int", "str")]
    assert changed(one, dict[int, int]) == [("", "dict[str, Shower]", "dict[int, int]")]


def test_members_of_an_enumeration_are_told() -> None:
    old, new = enum.Enum("Colour", {"RED": 1, "BLUE": 2}), enum.Enum("Colour", {"RED": "r"})
    assert changed(old, new) == [("Colour.BLUE", "2", MISSING), ("Colour.RED", "1", "'r'")]


def test_places_and_forms_are_told_where_they_count() -> None:
    assert changed(namedtuple("Hit", "x y"), namedtuple("Hit", "y x")) == [
        ("Hit", "(x, y)", "(y, x)")
    ]
    by_name = msgspec.defstruct("Hit", [("x", int)])
    by_position = msgspec.defstruct("Hit", [("x", int)], array_like=True)
    assert changed(by_name, by_position) == [("Hit", "a record as map", "a record as array")]


def test_what_people_cannot_tell_apart_is_shown_as_schemas() -> None:
    ((where, old, new),) = changed(a(x=a("Inner")), a(x=enum.Enum("Inner", {"A": 1})))
    assert (where, old[:16], new[:14]) == (
        "Shower.x",
        '{"kind":"record"',
        '{"kind":"enum"',
    )


def test_what_is_no_schema_is_refused() -> None:
    with pytest.raises(WireError, match="not a schema"):
        type_changes("1", '"int"')


TYPES = st.recursive(
    st.sampled_from([int, float, str, None, Literal["a"], Any]),
    lambda inner: st.one_of(
        inner.map(lambda one: list[one]),  # type: ignore[valid-type]
        inner.map(lambda one: dict[str, one]),  # type: ignore[valid-type]
        st.dictionaries(st.sampled_from("ab"), inner).map(lambda fields: a("Record", **fields)),
        st.tuples(inner, inner).map(lambda two: tuple[two]),  # type: ignore[valid-type]
    ),
    max_leaves=5,
)


@given(TYPES, TYPES)
def test_something_is_told_exactly_if_the_schemas_differ(old: Any, new: Any) -> None:
    found = type_changes(declared(old), declared(new))
    assert bool(found) is (declared(old) != declared(new))
    assert all(one.old != one.new for one in found)


@given(TYPES, TYPES)
def test_what_a_connection_refuses_is_told(old: Any, new: Any) -> None:
    refused = mismatch(declared(old), declared(new))
    assert refused is None or type_changes(declared(old), declared(new))


def test_the_other_way_round_old_and_new_change_places() -> None:
    one, other = a(x=int, y=str), a(x=float)
    back = [TypeChange(where, new, old) for where, old, new in changed(one, other)]
    assert [tuple(change) for change in back] == changed(other, one)
