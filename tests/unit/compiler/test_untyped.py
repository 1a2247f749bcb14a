"""Annotations that are no types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import make_dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl.compiler.untyped import untyped_in
from swarmdsl.dsl import Module, Task
from swarmdsl.light import Daemon, call, on
from tests.unit.compiler.building import compiled


def returns(annotation: object) -> Any:
    """A function of this file that says that it returns this."""

    def give() -> Any:
        return 1

    give.__annotations__ = {"return": annotation}
    return give


def takes(annotation: object) -> Any:
    """A function of this file whose parameter has this annotation."""

    def take(value: Any) -> None: ...

    take.__annotations__ = {"value": annotation, "return": None}
    return take


REMEDIES: list[tuple[object, str, str]] = [
    ((int, float), "(int, float), which is a tuple", "write tuple[int, float]"),
    ((), "(), which is a tuple", "write tuple[()]"),
    ([int], "[int], which is a list", "write list[int]"),
    ([int, str], "[int, str], which is a list", "write list[int | str]"),
    ([], "[], which is a list", "write list"),
    ({"a": int}, "{'a': int}, which is a dict", "write dict[str, int]"),
    ({str: [float]}, "{str: [float]}, which is a dict", "write dict[str, list[float]]"),
    ({}, "{}, which is a dict", "write dict"),
    ({int}, "{int}, which is a set", "write set[int]"),
    (any, "any, which is a function", "did you mean typing.Any?"),
    (dict[str, any], "any, which is a function", "did you mean typing.Any?"),  # type: ignore[valid-type]
    (np.array, "np.array, which is a function", "did you mean np.ndarray?"),
    (np, "np, which is a module", "write a class, as in `int`"),
    (dt, "dt, which is a module", "did you mean dt.datetime?"),
    (3, "3, which is a value", "write its type, int"),
    ("(int, float)", "(int, float), which is a tuple", "write tuple[int, float]"),
    ("np.array", "np.array, which is a function", "did you mean np.ndarray?"),
]


@pytest.mark.parametrize(("annotation", "shown", "remedy"), REMEDIES)
def test_what_is_no_type_is_told_with_what_to_write(
    annotation: object, shown: str, remedy: str
) -> None:
    for function in (takes(annotation), returns(annotation)):
        [found] = untyped_in(function)
        assert f"{found.shown}, which is {found.kind}" == shown
        assert found.remedy == remedy


@pytest.mark.parametrize(
    "annotation",
    [
        None,
        int | None,
        "int | None",
        tuple[()],
        tuple[int, ...],
        Literal[1, "a"],
        Callable[[int], str],
        NDArray[np.float64],
        np.ndarray[(2, 3), np.dtype("float64")],  # type: ignore[misc]
        NamedTuple,
        "NotThere",
        "1 +",
    ],
)
def test_what_may_be_a_type_is_left_alone(annotation: object) -> None:
    assert list(untyped_in(takes(annotation))) == []


def one() -> int:
    return 1


class Crooked(Daemon):
    @on
    def handle(self, value: int) -> [int]:  # type: ignore[misc,valid-type]
        return [value]

    @call
    def ask(self, value: (int, float)) -> int:  # type: ignore[syntax]
        return 1


def test_methods_of_a_daemon_are_told_each_at_its_line() -> None:
    found = compiled(Task(Crooked, "any")(Task(one, "any"))).diagnostics
    assert [(one.code, one.hint) for one in found] == [
        ("SW223", "write list[int]"),
        ("SW223", "write tuple[int, float]"),
    ]
    assert found[0].primary is not None
    assert found[0].primary.line == Crooked.handle.__code__.co_firstlineno + 1


Dose = make_dataclass("Dose", [("grams", (int, float))])
Course = make_dataclass("Course", [("doses", list[Dose])])  # type: ignore[valid-type]
FIELD = (
    "the annotation of Dose.grams says (int, float), which is a tuple and no type: write "
    "tuple[int, float]"
)


def follow(course: Course) -> int:  # type: ignore[valid-type]
    return len(str(course))


def prescribe() -> Course:  # type: ignore[valid-type]
    return Course([])  # type: ignore[no-any-return]


def test_a_field_that_is_no_type_is_told_where_the_record_is_taken() -> None:
    [found] = compiled(Task(follow, "any")(Task(prescribe, "any"))).diagnostics
    assert (found.code, found.hint) == ("SW209", FIELD)


@pytest.mark.parametrize("name", ["takes", "yields"])
def test_what_a_program_takes_or_yields_is_a_type_too(name: str) -> None:
    options: dict[str, Any] = {name: [int]}
    module = Module(command=["cat"], name="cat", **options)
    found = compiled(Task(module, "any")(Task(one, "any"))).diagnostics
    assert [(one.code, one.hint) for one in found] == [("SW204", "write list[int]")]
    assert f"has {name}=[int], which is a list and no type" in found[0].message


@pytest.mark.parametrize("annotation", [(int, float), [int], any, 3])
def test_one_mistake_is_one_finding(annotation: object) -> None:
    ends = compiled(Task(returns(annotation), "any")).diagnostics
    assert [(one.code, one.severity) for one in ends] == [("SW223", "error")]
    taken = compiled(Task(takes(annotation), "any")(Task(one, "any"))).diagnostics
    assert [one.code for one in taken] == ["SW223"]
    given = compiled(Task(takes(int), "any")(Task(returns(annotation), "any"))).diagnostics
    assert [one.code for one in given] == ["SW223"]
