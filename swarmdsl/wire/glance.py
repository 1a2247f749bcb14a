"""Whether a value is of its type, seen at a glance: in far less time than it takes to read it.

A predicate for one type, made once, looks at the classes of what the value holds: of the fields of
a record, of the elements of a short tuple, of the keys of a dict. True means that the value is of
the type, as any receiver would find. False means that nobody knows yet, and it has to be read: an
int where a float is declared is as good, and so may be a subclass.

The predicate is an expression that is written here and compiled, as is done for the methods of
dataclasses: a call for each field would take longer than to read them all.

>>> import msgspec
>>> class Reading(msgspec.Struct):
...     at_s: float
...     name: str | None
>>> seen = glance(Reading)
>>> seen(Reading(0.5, None)), seen(Reading("soon", "camera 1"))
(True, False)
>>> glance(list[int]) is None
True
"""

from __future__ import annotations

import builtins
import dataclasses
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple, get_args

import msgspec

from swarmdsl.wire.annotations import (
    Annotation,
    class_of,
    fields_of,
    is_union,
    normal,
    origin_of,
)
from swarmdsl.wire.models import is_model, is_plain_model

Glance = Callable[[Any], bool]
"""True if a value is surely of a type."""

CLASSES_MAX = 32  # of what one value holds: a larger type is read

_PREDICATE = """
def seen(value):
    try:
        return {test}
    except AttributeError:  # a record that lacks a field
        return False
"""

_PLAIN = (bool, int, float, str, bytes, types.NoneType)


class _Unseen(Exception):
    """The type has to be read."""


class Predicate(NamedTuple):
    """A predicate as it is written, to be compiled, or to be a part of what is.

    Attributes:
        expression: true of a `value` that is surely right; it raises AttributeError where a record
            lacks a field.
        names: what the names in it mean.
    """

    expression: str
    names: Mapping[str, object]


def glance(annotation: Annotation) -> Glance | None:
    """The predicate of a type; None if each value has to be read."""
    if has_any_values(annotation):
        return seen_dict
    written = predicate_of(annotation)
    if written is None:
        return None
    names = dict(written.names)
    exec(_PREDICATE.format(test=written.expression), names)  # noqa: S102 — names of ours alone
    predicate: Glance = names["seen"]  # type: ignore[assignment]
    return predicate


def predicate_of(annotation: Annotation) -> Predicate | None:
    """The test of a type; None if each value has to be read."""
    writer = _Writer()
    try:
        return Predicate(writer.test_of(annotation, "value"), writer.names)
    except _Unseen:
        return None


def has_any_values(annotation: Annotation) -> bool:
    """Whether it is a dict with texts for keys and anything for values, as most dicts are."""
    return normal(annotation) == dict[str, Any] and origin_of(annotation) is not typing.Annotated


def seen_dict(value: Any) -> bool:
    """Whether a value is a dict with texts for keys: a loop takes half as long as an expression."""
    if type(value) is not dict:
        return False
    for key in value:  # noqa: SIM110 — a generator takes four times as long
        if type(key) is not str:
            return False
    return True


class _Writer:
    """Writes the test of a type.

    Attributes:
        names: what the names in the text mean.
    """

    def __init__(self) -> None:
        self.names: dict[str, object] = {"__builtins__": vars(builtins)}
        self._numbers: Iterator[int] = count()
        self._inside: tuple[Any, ...] = ()

    def test_of(self, annotation: Annotation, value: str) -> str:
        """A Boolean expression; `value` is an expression for what it tests."""
        if origin_of(annotation) is typing.Annotated:  # it may have constraints
            raise _Unseen
        found = normal(annotation)
        if found is Any:
            return "True"
        if found in _PLAIN or found is None:
            return f"type({value}) is {self._named(found or types.NoneType)}"
        if is_union(found):
            return self._one_of(get_args(found), value)
        outer = class_of(found)
        if outer is tuple:
            return self._elements(get_args(found), value)
        if outer is dict:
            return self._keys(get_args(found), value)
        return self._fields(found, outer, value)

    def _named(self, meant: object) -> str:
        name = f"name_{next(self._numbers)}"
        if len(self.names) > CLASSES_MAX:
            raise _Unseen
        self.names[name] = meant
        return name

    def _one_of(self, members: tuple[Any, ...], value: str) -> str:
        """Plain classes only: what else there is, is told apart by reading it."""
        plain = frozenset(types.NoneType if one is None else one for one in members)
        if not plain.issubset(_PLAIN):
            raise _Unseen
        return f"type({value}) in {self._named(plain)}"

    def _elements(self, kinds: tuple[Any, ...], value: str) -> str:
        if not kinds or Ellipsis in kinds:
            raise _Unseen
        is_tuple = f"type({value}) is {self._named(tuple)} and len({value}) == {len(kinds)}"
        tests = (self.test_of(kind, f"{value}[{place}]") for place, kind in enumerate(kinds))
        return " and ".join((is_tuple, *tests))

    def _keys(self, kinds: tuple[Any, ...], value: str) -> str:
        if len(kinds) != 2 or kinds[0] is not str or normal(kinds[1]) is not Any:
            raise _Unseen
        strings = self._named(frozenset({str}))
        is_dict = f"type({value}) is {self._named(dict)}"
        return f"{is_dict} and {strings}.issuperset(map(type, {value}))"

    def _fields(self, found: Annotation, outer: type | None, value: str) -> str:
        fields = fields_of(found)
        if outer is None or fields is None or found in self._inside or not _is_record(outer):
            raise _Unseen
        self._inside = (*self._inside, found)
        is_record = f"type({value}) is {self._named(outer)}"
        tests = [self.test_of(kind, f"{value}.{name}") for name, kind in fields.items()]
        self._inside = self._inside[:-1]
        return " and ".join((is_record, *tests))


def _is_record(outer: type) -> bool:
    """Whether what it holds is all that a receiver looks at: no code of the user's runs there."""
    if is_model(outer):
        return is_plain_model(outer)
    if issubclass(outer, msgspec.Struct):
        return not hasattr(outer, "__post_init__")
    return dataclasses.is_dataclass(outer)
