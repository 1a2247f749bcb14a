import json
from dataclasses import dataclass
from datetime import date
from enum import Enum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from swarmdsl.cli.values import LINES_MAX, as_json, one_line, plain, pretty


@dataclass
class Point:
    x: int


class Model(BaseModel):
    name: str


class Color(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (float("nan"), None),
        (float("inf"), None),
        ((1, [2.5]), [1, [2.5]]),
        ({3, 1}, [1, 3]),
        (b"xy", "eHk="),
        ({1: "a", "b": 2}, {"1": "a", "b": 2}),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.float32(0.5), 0.5),
        (Point(1), {"x": 1}),
        (Model(name="ada"), {"name": "ada"}),
        (Color.RED, "red"),
        (date(2026, 11, 21), "2026-11-21"),
        (1 + 2j, "(1+2j)"),
    ],
)
def test_value_becomes_what_json_can_say(value: object, expected: object) -> None:
    assert plain(value) == expected


simple = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()


@given(st.recursive(simple, lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_any_value_is_a_json_document(value: object) -> None:
    assert json.loads(as_json({"value": value}))["format_version"] == "1.0"


def test_pretty_value_is_whole_if_it_fits() -> None:
    assert pretty({"accuracy": [0.5, 0.75]}) == ("{'accuracy': [0.5, 0.75]}", False)


def test_pretty_value_of_many_items_is_cut() -> None:
    text, cut = pretty([{"word": "x" * 60, "n": i} for i in range(1_000)])
    assert cut
    assert len(text.splitlines()) <= LINES_MAX + 1


def test_pretty_value_says_that_items_are_left_out() -> None:
    text, cut = pretty(list(range(1_000)), width=400)
    assert cut
    assert "... +950" in text


def test_line_of_an_array_is_one_line() -> None:
    assert "\n" not in one_line(np.zeros((20, 20)))
    assert one_line(np.zeros(2)) == "array([0., 0.])"
