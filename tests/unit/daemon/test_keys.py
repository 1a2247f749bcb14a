"""What the key of a value is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from swarmdsl.daemon.keys import KeyOf, key_function
from swarmdsl.errors import KeyMissing
from swarmdsl.topology.model import Key, ModuleSpec


@dataclass(frozen=True)
class Point:
    x: int
    y: int


class Pair(NamedTuple):
    left: str
    right: str


def by(field: str | int) -> KeyOf:
    return key_function(Key(field=field), {}, Path())


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("y", Point(1, 2), 2),
        ("right", Pair("a", "b"), "b"),
        (0, Pair("a", "b"), "a"),
        (-1, ["a", "b"], "b"),
        ("word", {"word": "a"}, "a"),
        (3, {3: "three"}, "three"),
    ],
)
def test_a_key_is_a_field_an_entry_or_an_item(field: str | int, value: object, key: object) -> None:
    assert by(field)(value) == key


@pytest.mark.parametrize(
    ("field", "value"), [("z", Point(1, 2)), (2, ("a", "b")), ("word", {"letter": "a"}), (0, 5)]
)
def test_a_value_without_the_key_is_an_error(field: str | int, value: object) -> None:
    with pytest.raises(KeyMissing, match=f"key={field!r}, and has no such key"):
        by(field)(value)


def test_a_function_of_the_users_gives_the_key() -> None:
    module = ModuleSpec(
        name="abs", kind="function", bundle="", encoding="installed", entry="builtins:abs"
    )
    assert key_function(Key(module="abs"), {"abs": module}, Path())(-3) == 3
