"""Whether a document has the shape of the model: every misfit, not the first alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from swarmdsl.topology.places import Misfit, Path
from swarmdsl.topology.shapes import (
    Anything,
    Choice,
    Either,
    Items,
    Named,
    Plain,
    Record,
    Scalar,
    Shape,
)

_WORDS: dict[Scalar, str] = {
    "text": "text",
    "whole": "a whole number",
    "number": "a number",
    "truth": "true or false",
}
_TYPES: dict[Scalar, tuple[type, ...]] = {
    "text": (str,),
    "whole": (int,),
    "number": (int, float),
}
_WHOLE_MAX = 2**63 - 1  # of TOML
_DEPTH_MAX = 64  # of a constant: more than a person reads, less than a stack holds
_SHOWN_MAX = 40  # characters of a value in a message


def misfits(value: Any, shape: Shape, path: Path = ()) -> Iterator[Misfit]:
    """Every place in which a value does not have a shape, in the order of the document.

    >>> from swarmdsl.topology.model import DataType
    >>> from swarmdsl.topology.shapes import record_of
    >>> for one in misfits({"name": 3, "fingreprint": ""}, record_of(DataType)):
    ...     print(one.problem)
    expected text, found the number 3
    no such key; did you mean 'fingerprint'?
    """
    match shape:
        case Record():
            yield from _in_record(value, shape, path)
        case Named() if isinstance(value, dict):
            for key, one in value.items():
                if not _fits(one, shape.item):  # Most do, and a generator each takes its time.
                    yield from misfits(one, shape.item, (*path, key))
        case Items() if isinstance(value, list):
            for index, one in enumerate(value):
                if not _fits(one, shape.item):
                    yield from misfits(one, shape.item, (*path, index))
        case Anything():
            yield from _in_constant(value, path)
        case _ if not _fits(value, shape):
            yield Misfit(
                path, f"expected {expected(shape)}, found {found(value)}" + _near(value, shape)
            )


def expected(shape: Shape) -> str:
    """What a shape asks for, in words.

    >>> expected(Choice(options=("zip", "installed")))
    "'zip' or 'installed'"
    """
    match shape:
        case Plain():
            return _WORDS[shape.kind]
        case Choice():
            return _either(map(repr, shape.options))
        case Either():
            return _either(map(expected, shape.options))
        case Items():
            return "a list"
        case Named() | Record():
            return "a table"
        case Anything():
            return "a value"


def found(value: object) -> str:
    """What stands there instead, in words.

    >>> found("2"), found(None), found([1, 2])
    ("the text '2'", 'nothing (null)', 'a list of 2')
    """
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return str(value).lower()
        case str():
            shown = value if len(value) <= _SHOWN_MAX else f"{value[:_SHOWN_MAX]}…"
            return f"the text {shown!r}"
        case int() | float():
            return f"the number {value!r}"
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__}"  # TOML has dates and times


def near(word: object, known: Iterable[str]) -> str:
    """The end of a message about a word that nobody knows: what may have been meant.

    >>> near("slot", ["name", "slots"])
    "; did you mean 'slots'?"
    """
    close = get_close_matches(word, list(known), n=1) if isinstance(word, str) else []
    return f"; did you mean {close[0]!r}?" if close else ""


def _in_record(value: Any, record: Record, path: Path) -> Iterator[Misfit]:
    if not isinstance(value, dict):
        yield Misfit(path, f"expected a table, found {found(value)}")
        return
    missing = [name for name, key in record.keys.items() if key.required and name not in value]
    for key, one in value.items():
        if key not in record.keys:
            meant = get_close_matches(key, [*missing, *record.keys], n=1)
            missing = [name for name in missing if name not in meant]  # told here
            yield Misfit((*path, key), f"no such key{near(key, meant)}")
        elif not (
            (one is None and record.keys[key].nullable) or _fits(one, record.keys[key].shape)
        ):
            yield from misfits(one, record.keys[key].shape, (*path, key))
    for name in missing:
        wanted = expected(record.keys[name].shape)
        yield Misfit(path, f"the key {name!r} is missing: expected {wanted}")


def _fits(value: Any, shape: Shape) -> bool:
    """Whether a value without parts has a shape; of one with parts this says no."""
    match shape:
        case Plain():
            return _is(value, shape.kind)
        case Choice():
            return isinstance(value, str) and value in shape.options
        case Either():
            return any(_is(value, option.kind) for option in shape.options)
        case _:
            return False


def _is(value: Any, kind: Scalar) -> bool:
    if kind == "truth":
        return isinstance(value, bool)
    return isinstance(value, _TYPES[kind]) and not isinstance(value, bool) and _sayable(value)


def _in_constant(value: Any, path: Path) -> Iterator[Misfit]:
    if len(path) > _DEPTH_MAX:
        yield Misfit(path, f"is nested deeper than {_DEPTH_MAX} levels")
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _in_constant(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _in_constant(one, (*path, index))
    elif not isinstance(value, bool | int | float | str) or not _sayable(value):
        yield Misfit(
            path, f"expected a value that TOML, YAML and JSON all have, found {found(value)}"
        )


def _sayable(value: Any) -> bool:
    """Whether all three forms can say a scalar."""
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= one <= "\udfff" for one in value)
    return math.isfinite(value) and (isinstance(value, float) or abs(value) <= _WHOLE_MAX)


def _near(value: object, shape: Shape) -> str:
    return near(value, shape.options) if isinstance(shape, Choice) else ""


def _either(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
