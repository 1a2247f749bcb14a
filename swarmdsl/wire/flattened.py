"""Where a value loses its type: what lands where nothing says what it is arrives as plain data."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, get_args

from swarmdsl.wire.annotations import Annotation, class_of, fields_of, is_array, is_union, normal
from swarmdsl.wire.relation import Relation
from swarmdsl.wire.structure import travels_by_position

_AS_IT_IS = (bool, int, float, str, bytes, type(None), list, dict)


class Flattened(NamedTuple):
    """A part of a type, and as what it arrives."""

    part: Annotation
    arrives: str


def flattened(source: Annotation, destination: Annotation) -> Flattened | None:
    """The first part of what is pushed that the receiver does not name, and that looks otherwise.

    >>> flattened(list[int], list), flattened(list[set[int]], list)
    (None, Flattened(part=set[int], arrives='a list'))
    """
    return next(_flattened(source, destination), None)


def _flattened(source: Annotation, destination: Annotation) -> Iterator[Flattened]:
    given, wanted = normal(source), normal(destination)
    if is_union(given):
        for member in get_args(given):
            yield from _flattened(member, wanted)
    elif wanted is Any:
        yield from _as_plain(given)
    elif is_union(wanted):
        fitting = (one for one in get_args(wanted) if Relation().accepts(given, one))
        yield from _flattened(given, next(fitting, given))
    elif not is_array(given) and fields_of(given) is None:
        contents, asked = _contents(given), _contents(wanted)
        asked = asked or (Any,) * len(contents)
        for one, other in zip(contents, asked, strict=False):
            yield from _flattened(one, other)


def _contents(annotation: Annotation) -> tuple[Annotation, ...]:
    return tuple(one for one in get_args(annotation) if one is not Ellipsis)


def _as_plain(annotation: Annotation) -> Iterator[Flattened]:
    """The parts of a type that plain data does not show."""
    outer = class_of(annotation)
    if annotation is Any or outer is None or is_array(annotation):
        return
    arrives = _arrives(annotation, outer)
    if arrives:
        yield Flattened(annotation, arrives)
        return
    yield from _each(_contents(annotation))


def _each(parts: Iterable[Annotation]) -> Iterator[Flattened]:
    for one in parts:
        found = normal(one)
        members = get_args(found) if is_union(found) else (found,)
        for member in members:
            yield from _as_plain(normal(member))


def _arrives(annotation: Annotation, outer: type) -> str:
    """As what a value arrives that nobody expects; empty if it looks the same."""
    if fields_of(annotation) is not None:
        if issubclass(outer, dict):  # a TypedDict
            return ""
        return "a list" if travels_by_position(outer) else "a dict"
    if issubclass(outer, enum.Enum):
        return "its value"
    if issubclass(outer, (tuple, set, frozenset)):
        return "a list"
    plain = outer in _AS_IT_IS or outer.__module__ in {"collections.abc", "typing"}
    return "" if plain else "a plain number or text"
