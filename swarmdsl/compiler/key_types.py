"""Whether the values of a type have a key: a field, an entry of a mapping, or an item by index."""

from __future__ import annotations

import collections.abc
import typing
from typing import Any, get_args

from swarmdsl.wire.annotations import (
    Annotation,
    class_of,
    fields_of,
    is_array,
    is_union,
    normal,
)
from swarmdsl.wire.types import matches, union_members


def has_key(annotation: Annotation, key: str | int) -> bool:
    """Whether each value of the type may have this key; of a union, each of its members.

    >>> class Word(typing.NamedTuple):
    ...     text: str
    >>> has_key(Word, "text"), has_key(Word, 0), has_key(Word, "length")
    (True, True, False)
    >>> has_key(tuple[str, int], 1), has_key(dict[str, int], "any"), has_key(int, "any")
    (True, True, False)
    """
    found = normal(annotation)
    if found is Any:
        return True
    if is_union(found):
        return all(has_key(member, key) for member in union_members(found))
    outer = class_of(found)
    if outer is None or is_array(found):
        return False
    if isinstance(key, str):
        return _has_field(found, outer, key)
    return _has_item(found, outer, key)


def _has_field(found: Annotation, outer: type, key: str) -> bool:
    fields = fields_of(outer)
    return key in fields if fields is not None else _is_entry(found, outer, key)


def _is_entry(found: Annotation, outer: type, key: str | int) -> bool:
    if not issubclass(outer, collections.abc.Mapping):
        return False
    arguments = get_args(found)
    return not arguments or matches(arguments[0], key)


def _has_item(found: Annotation, outer: type, key: int) -> bool:
    if typing.is_typeddict(outer):
        return False
    if issubclass(outer, collections.abc.Mapping):
        return _is_entry(found, outer, key)
    if not issubclass(outer, collections.abc.Sequence) or issubclass(outer, str | bytes):
        return False
    length = _length(found, outer)
    return length is None or -length <= key < length


def _length(found: Annotation, outer: type) -> int | None:
    """How many items each value has; None where that differs."""
    if not issubclass(outer, tuple):
        return None
    fields = fields_of(outer)
    if fields is not None:
        return len(fields)
    arguments = get_args(found)
    return None if not arguments or Ellipsis in arguments else len(arguments)
