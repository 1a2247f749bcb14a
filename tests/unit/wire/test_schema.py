"""Schemas: what is said of a type to a peer that may not know Python."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, make_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict

import msgspec
import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from swarmdsl.errors import WireError
from swarmdsl.wire.schema import (
    SCHEMA_BYTES_MAX,
    fingerprint_of,
    read_schema,
    shown,
    text_of,
)
from swarmdsl.wire.structure import declared, schema_of
from swarmdsl.wire.types import describe


class Colour(enum.Enum):
    RED = 1
    GREEN = "g"


class Level(enum.IntEnum):
    LOW = 0


class Metres(float):
    pass


@dataclass
class Shower:
    energy: float
    hits: list[int]


@dataclass
class Tree:
    children: list[Tree]
    left: Tree | None


class Pair(NamedTuple):
    y: int
    x: str


class Row(TypedDict):
    x: int


class Model(pydantic.BaseModel):
    x: int = pydantic.Field(alias="ex")


class Packed(msgspec.Struct, rename="camel"):
    one_field: int


class Circle(msgspec.Struct, tag=True):
    radius: float


class Point(msgspec.Struct, array_like=True):
    y: int
    x: int


def record(name: str, *fields: list[Any], **more: Any) -> dict[str, Any]:
    return {"kind": "record", "name": name, "fields": [*fields], **more}


def listed(item: Any, name: str = "list") -> dict[str, Any]:
    return {"kind": "list", "name": name, "item": item}


SHOWER = record("Shower", ["energy", "float"], ["hits", listed("int")])
CASES: list[tuple[Any, Any]] = [
    (int, "int"),
    (None, "null"),
    (Any, "any"),
    (object, "any"),
    (datetime, "datetime"),
    (date, "date"),
    (Metres, {"kind": "named", "name": "Metres", "of": "float"}),
    (np.float32, {"kind": "named", "name": "float32", "of": "float"}),
    (np.uint8, {"kind": "named", "name": "uint8", "of": "int"}),
    (bytearray, {"kind": "named", "name": "bytearray", "of": "bytes"}),
    (Path, {"kind": "named", "name": "Path", "of": "unknown"}),
    (Literal["a", 1, True], {"kind": "literal", "values": [True, 1, "a"]}),
    (Literal[Colour.GREEN], {"kind": "literal", "values": ["g"]}),
    (Colour, {"kind": "enum", "name": "Colour", "members": [["GREEN", "g"], ["RED", 1]]}),
    (list, listed("any")),
    (set[str], listed("str", "set")),
    (Sequence[float], listed("float", "Sequence")),
    (Iterator[int], listed("int", "Iterator")),
    (tuple[int, ...], listed("int", "tuple")),
    (tuple[int, str], {"kind": "tuple", "items": ["int", "str"]}),
    (dict[str, int], {"kind": "map", "name": "dict", "key": "str", "value": "int"}),
    (Mapping, {"kind": "map", "name": "Mapping", "key": "any", "value": "any"}),
    (int | None, {"kind": "union", "members": ["int", "null"]}),
    (Shower, SHOWER),
    (Row, record("Row", ["x", "int"])),
    (Model, record("Model", ["x", "int"])),
    (Packed, record("Packed", ["oneField", "int"])),
    (Pair, record("Pair", ["y", "int"], ["x", "str"], form="array")),
    (Point, record("Point", ["y", "int"], ["x", "int"], form="array")),
    (
        Circle,
        record(
            "Circle",
            ["radius", "float"],
            ["type", {"kind": "literal", "values": ["Circle"]}],
        ),
    ),
    (
        Tree,
        record(
            "Tree",
            ["children", listed({"kind": "again", "up": 0})],
            ["left", {"kind": "union", "members": ["null", {"kind": "again", "up": 0}]}],
        ),
    ),
    (NDArray[np.float64], {"kind": "array", "dtypes": ["f8"]}),
    (NDArray[np.floating[Any]], {"kind": "array", "dtypes": ["f"]}),
    (NDArray[np.bool_], {"kind": "array", "dtypes": ["b1"]}),
    (NDArray[np.str_], {"kind": "array", "dtypes": ["U"]}),
    (np.ndarray, {"kind": "array", "dtypes": []}),
    (
        np.ndarray[tuple[int, int], np.dtype[np.int32]],
        {"kind": "array", "dtypes": ["i4"], "ndim": 2},
    ),
]


@pytest.mark.parametrize(("annotation", "schema"), CASES, ids=lambda one: str(one)[:40])
def test_a_type_is_told_as_plain_data(annotation: Any, schema: Any) -> None:
    told = json.loads(text_of(schema_of(annotation)))
    if isinstance(told, dict) and told["kind"] == "union":
        told["members"].sort(key=str)
        schema["members"].sort(key=str)
    assert _sorted(told) == _sorted(schema)


def _sorted(schema: Any) -> Any:
    """Members of unions in an order of its own, so that a case need not know it."""
    if isinstance(schema, list):
        return [*map(_sorted, schema)]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _sorted(value) for key, value in schema.items()}
    if inner["kind"] == "union":
        inner["members"].sort(key=str)
    return inner


@pytest.mark.parametrize("annotation", [case[0] for case in CASES], ids=lambda one: str(one)[:40])
def test_a_schema_is_read_back_from_its_text(annotation: Any) -> None:
    schema = schema_of(annotation)
    assert read_schema(text_of(schema)) == schema


@pytest.mark.parametrize("annotation", [case[0] for case in CASES], ids=lambda one: str(one)[:40])
def test_the_fingerprint_of_a_type_is_the_hash_of_its_schema(annotation: Any) -> None:
    assert describe(annotation).fingerprint == fingerprint_of(schema_of(annotation))


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        (int | None, "int | None"),
        (dict[str, list[Any]], "dict[str, list[Any]]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (tuple[int, Shower], "tuple[int, Shower]"),
        (Literal["a", 1], "Literal[1, 'a']"),
        (Colour, "Colour"),
        (NDArray[np.float32], "NDArray[float32]"),
        (NDArray[np.integer[Any]], "NDArray[integer]"),
        (np.ndarray, "NDArray[Any]"),
        (Tree, "Tree"),
    ],
)
def test_a_schema_is_shown_as_a_person_would_write_it(annotation: Any, name: str) -> None:
    assert shown(schema_of(annotation)) == name


def test_a_type_of_one_class_under_two_module_names_is_one() -> None:
    one = make_dataclass("Shower", [("hits", list[int]), ("energy", float)])
    one.__module__ = "elsewhere"
    assert declared(one) == declared(Shower)


def test_true_and_one_are_two_values_of_a_literal() -> None:
    assert declared(Literal[True, 1]) != declared(Literal[1])


def test_a_schema_too_long_to_be_sent_is_told_as_any() -> None:
    wide = make_dataclass("Wide", [(f"field_{index}", int) for index in range(5_000)])
    assert len(text_of(schema_of(wide))) > SCHEMA_BYTES_MAX
    assert declared(wide) == '"any"'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a schema"),
        ("1", "not a schema"),
        ('{"kind":"strange"}', "not a schema"),
        ('{"kind":"list","name":"list"}', "not a schema"),
        ('{"kind":"tuple","items":[' * 2_000, "not a schema"),
        ('"' + "x" * SCHEMA_BYTES_MAX + '"', "the limit is"),
        ('"\udc80"', "not a schema"),
    ],
)
def test_what_is_no_schema_is_refused(text: str, said: str) -> None:
    with pytest.raises(WireError, match=said):
        read_schema(text)


@given(st.text())
def test_any_text_is_a_schema_or_refused(text: str) -> None:
    with suppress(WireError):
        assert text_of(read_schema(text))
