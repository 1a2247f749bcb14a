"""A type that cannot travel, or be read, is told with the field at fault and what to take."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.dsl import Task
from tests.unit.compiler.building import compiled


@dataclass
class Page:
    title: str
    words: Counter[str]


@dataclass
class Book:
    pages: list[Page]


class Note(msgspec.Struct):
    words: Counter[str]


class Plain:
    def __init__(self, number: int) -> None:
        self.number = number


def returning(annotation: Any) -> Callable[[], Any]:
    def send() -> Any:
        raise AssertionError

    send.__annotations__ = {"return": annotation}
    return send


def received(annotation: Any) -> Diagnostic:
    """What is found of a task that takes a type, behind one that returns it."""

    def receive(value: Any) -> None:
        raise AssertionError(value)

    receive.__annotations__ = {"value": annotation}
    ends = Task(receive, "any")(Task(returning(annotation), "any"))
    (found,) = (one for one in compiled(ends).diagnostics if one.code == "SW209")
    return found


@pytest.mark.parametrize(
    ("taken", "plain"),
    [
        (Counter[str], "dict[str, int] in the place of Counter[str]"),
        (list[Counter[str]], "dict[str, int] in the place of Counter[str]"),
        (Counter, "dict in the place of Counter"),
        (OrderedDict[str, float], "dict[str, float] in the place of OrderedDict[str, float]"),
    ],
    ids=str,
)
def test_the_plain_type_that_arrives_is_named(taken: Any, plain: str) -> None:
    assert received(taken).hint == f"take {plain}: it is what arrives"


@pytest.mark.parametrize(
    ("taken", "field"),
    [(Page, "Page.words"), (Book, "Book.pages.words"), (Note, "Note.words")],
    ids=str,
)
def test_the_field_that_cannot_be_read_is_named(taken: Any, field: str) -> None:
    found = received(taken)
    assert found.message.endswith(f"{field}: what arrives is a plain dict, and no Counter")
    assert "dict[str, int] in the place of Counter[str]" in found.hint


@pytest.mark.parametrize(
    ("sent", "instead"),
    [
        (Path, ": str(path) instead of a Path"),
        (complex, ": [number.real, number.imag] instead of a complex number, or an array of them"),
        (
            list[np.complex128],
            ": [number.real, number.imag] instead of a complex number, or an array of them",
        ),
        (deque[int], ": a list instead of a deque"),
        (Plain, ": a dataclass instead of a plain class"),
        (memoryview | slice, ""),
    ],
    ids=str,
)
def test_what_cannot_travel_is_told_with_what_goes_in_its_place(sent: Any, instead: str) -> None:
    (found,) = compiled(Task(returning(sent), "any")).diagnostics
    assert found.code == "SW210"
    assert found.hint == (
        f"return plain types, numpy arrays, dataclasses or models of these{instead}"
    )
