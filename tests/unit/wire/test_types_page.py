"""The page of types says what the relation does, and what a fingerprint holds."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Optional

import msgspec
import pydantic
import pytest

from swarmdsl.wire.types import accepts, describe

PAGE = Path(__file__).resolve().parents[3] / "docs" / "types.md"
TEXT = PAGE.read_text("utf-8")
CELL = r"`((?:[^`])+)`"
ROWS = re.findall(rf"^\| {CELL} \| {CELL} \| (yes|no) \|", TEXT, re.MULTILINE)


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the names of the page stand for."""
    [code] = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    scope: dict[str, Any] = {"__name__": __name__}
    exec(compile(code, str(PAGE), "exec"), scope)
    scope["PointElsewhere"] = dataclasses.make_dataclass("Point", [("y", float), ("x", int)])
    scope["PointOfInts"] = dataclasses.make_dataclass("Point", [("x", int), ("y", int)])
    scope["PointModel"] = pydantic.create_model("Point", x=(int, ...), y=(float, ...))
    return scope


@pytest.mark.parametrize(("source", "destination", "fits"), ROWS)
def test_table_of_the_page_is_the_relation(
    source: str, destination: str, fits: str, names: dict[str, Any]
) -> None:
    yielded, taken = (eval(text.replace("\\|", "|"), names) for text in (source, destination))
    assert accepts(yielded, taken) is (fits == "yes")


def test_no_row_of_the_table_is_overlooked() -> None:
    lines = [line for line in TEXT.splitlines() if re.match(r"\|.*\| (yes|no) \|", line)]
    assert len(lines) == len(ROWS)
    assert len(ROWS) > 50


# --------------------------------------------------------------------------------- fingerprints

Fields = dict[str, Any]


def as_dataclass(fields: Fields) -> Any:
    return dataclasses.make_dataclass("Point", fields.items())


def as_struct(fields: Fields) -> Any:
    return msgspec.defstruct("Point", list(fields.items()))


def as_model(fields: Fields) -> Any:
    given: Any = {name: (kind, ...) for name, kind in fields.items()}
    return pydantic.create_model("Point", **given)


def as_typed_dict(fields: Fields) -> Any:
    made: Any = typing.TypedDict
    return made("Point", fields)


def as_named_tuple(fields: Fields) -> Any:
    made: Any = typing.NamedTuple
    return made("Point", list(fields.items()))


def as_row(fields: Fields) -> Any:
    return msgspec.defstruct("Point", list(fields.items()), array_like=True)


BY_NAME = [as_dataclass, as_struct, as_model, as_typed_dict]
BY_POSITION = [as_named_tuple, as_row]


def fingerprint(annotation: Any) -> str:
    return describe(annotation).fingerprint


@pytest.mark.parametrize("make", BY_NAME)
def test_fingerprint_survives_fields_that_change_places(make: Any) -> None:
    assert fingerprint(make({"x": int, "y": float})) == fingerprint(make({"y": float, "x": int}))


@pytest.mark.parametrize("make", BY_POSITION)
def test_where_fields_travel_by_position_their_order_counts(make: Any) -> None:
    assert fingerprint(make({"x": int, "y": float})) != fingerprint(make({"y": float, "x": int}))


@pytest.mark.parametrize("make", [*BY_NAME, *BY_POSITION])
@pytest.mark.parametrize(
    "other",
    [
        {"x": int, "y": int},
        {"x": int, "z": float},
        {"x": int},
        {"x": int, "y": float, "z": int},
        {"x": int, "y": float | None},
    ],
    ids=["another type", "another name", "one less", "one more", "optional"],
)
def test_fingerprint_tells_a_changed_field(make: Any, other: Fields) -> None:
    before, after = make({"x": int, "y": float}), make(other)
    assert fingerprint(before) != fingerprint(after)
    assert not accepts(before, after)
    outer: list[Any] = [list, Iterable, Optional]
    for container in outer:
        assert fingerprint(container[before]) != fingerprint(container[after])


@pytest.mark.parametrize("make", [*BY_NAME, *BY_POSITION])
def test_fingerprint_tells_a_changed_field_of_a_record_inside(make: Any) -> None:
    container: Any = list
    one, other = (container[as_dataclass({"a": kind})] for kind in (int, str))
    assert fingerprint(make({"inner": one})) != fingerprint(make({"inner": other}))
