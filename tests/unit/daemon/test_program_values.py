"""Values as a program reads and writes them."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import uuid
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np
import pytest

from swarmdsl.daemon.program_values import Output, encoded
from swarmdsl.errors import EncodeError, ProgramWroteWrong


@dataclass
class Point:
    x: int
    when: dt.date


def written(stream: bytes, *kinds: Any, form: Any = "json") -> list[object]:
    output = Output("count@n1#0", form, kinds)
    return [*output.feed(stream), *output.end()]


@pytest.mark.parametrize(
    ("value", "json_text", "in_msgpack"),
    [
        ({"a": [1, None]}, '{"a":[1,null]}', {"a": [1, None]}),
        (b"abc", '"YWJj"', b"abc"),
        (
            Point(1, dt.date(2026, 1, 2)),
            '{"x":1,"when":"2026-01-02"}',
            {"x": 1, "when": "2026-01-02"},
        ),
        (dt.datetime(2026, 1, 2, tzinfo=dt.UTC), '"2026-01-02T00:00:00Z"', "2026-01-02T00:00:00Z"),
        (decimal.Decimal("1.50"), '"1.50"', "1.50"),
        (uuid.UUID(int=1), f'"{uuid.UUID(int=1)}"', str(uuid.UUID(int=1))),
        (np.array([[1.0, 2.0]]), "[[1.0,2.0]]", [[1.0, 2.0]]),
        (np.float64(0.5), "0.5", 0.5),
        ("ü\n", '"ü\\n"', "ü\n"),
    ],
)
def test_value_is_written_as_every_language_reads_it(
    value: object, json_text: str, in_msgpack: object
) -> None:
    assert encoded(value, "json") == json_text.encode() + b"\n"
    assert msgpack.unpackb(encoded(value, "msgpack")) == in_msgpack


@pytest.mark.parametrize("form", ["json", "msgpack"])
def test_value_without_a_form_is_refused(form: Any) -> None:
    with pytest.raises(EncodeError, match="every language"):
        encoded(object(), form)


def test_empty_lines_and_nulls_say_nothing() -> None:
    assert written(b"\n1\n \r\nnull\n2\r\n", int) == [1, None, 2]


def test_several_types_are_told_apart() -> None:
    assert written(b'1\n"a"\n2.5\n', int, str, float) == [1, "a", 2.5]


def test_types_that_no_decoder_can_tell_apart_are_tried_in_turn() -> None:
    assert written(b"[1]\n", list[str], set[int]) == [{1}]


def test_array_is_written_as_lists() -> None:
    [found] = written(b"[[1, 2], [3, 4]]", np.ndarray[Any, np.dtype[np.float32]])
    assert isinstance(found, np.ndarray)
    assert (found.dtype, found.tolist()) == (np.float32, [[1.0, 2.0], [3.0, 4.0]])


def test_ragged_lists_are_no_array() -> None:
    with pytest.raises(ProgramWroteWrong, match="line 1 "):
        written(b"[[1], [2, 3]]", np.ndarray[Any, np.dtype[np.float32]])


def test_msgpack_objects_are_typed_too() -> None:
    stream = msgpack.packb([1, 2]) + msgpack.packb(None) + msgpack.packb([3])
    assert written(stream, list[int], form="msgpack") == [[1, 2], None, [3]]


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        (b"1\n\nloading...\n", r"^line 3 of what count@n1#0 wrote .*: 'loading\.\.\.'"),
        (b'1\n"two"\n', r"^line 2 .*Expected `int`, got `str`: '\"two\"'"),
        (b"\xff\xfe\n", r"^line 1 "),
        (b"9" * 300 + b"x\n", r"'9{200}'…"),
    ],
)
def test_line_that_is_no_value_is_named_with_its_text(stream: bytes, told: str) -> None:
    with pytest.raises(ProgramWroteWrong, match=told):
        written(stream, int)


def test_object_that_is_no_value_is_named_with_its_bytes() -> None:
    with pytest.raises(ProgramWroteWrong, match=r"^object 2 .*not complete: 92 01"):
        written(b"\x01\x92\x01", int, form="msgpack")


def test_values_before_a_wrong_one_are_there() -> None:
    output = Output("count@n1#0", "json", [int])
    found = output.feed(b"1\nx\n")
    assert next(found) == 1
    with pytest.raises(ProgramWroteWrong):
        next(found)


def test_without_types_anything_is_a_value() -> None:
    values = [1, "a", {"b": [None]}]
    assert written("\n".join(map(json.dumps, values)).encode()) == values
