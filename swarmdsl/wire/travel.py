"""Which types have a form in which another process can read them."""

from __future__ import annotations

import collections.abc
import datetime as dt
import decimal
import enum
import types
import uuid
from typing import Any, get_args

from swarmdsl.wire.annotations import (
    Annotation,
    class_of,
    fields_of,
    is_array,
    is_literal,
    is_union,
    normal,
)

_TRAVELLING: tuple[type, ...] = (
    bool,
    int,
    float,
    str,
    bytes,
    bytearray,
    memoryview,
    object,
    types.NoneType,
    dt.datetime,
    dt.date,
    dt.time,
    dt.timedelta,
    decimal.Decimal,
    uuid.UUID,
)
_CONTAINERS = (
    *(list, tuple, set, frozenset, dict),
    *(collections.abc.Collection, collections.abc.Iterable),
)


def untravelling(annotation: Annotation) -> Annotation | None:
    """The part of a type that cannot travel; None if all of it can, or nobody can tell.

    >>> from pathlib import Path
    >>> untravelling(dict[str, list[float] | None]) is None
    True
    >>> untravelling(list[Path]).__name__, untravelling(complex).__name__
    ('Path', 'complex')
    """
    return _stuck(annotation, ())


def _stuck(annotation: Annotation, inside: tuple[Any, ...]) -> Annotation | None:
    found = normal(annotation)
    outer = class_of(found)
    if found in (Any, Ellipsis) or is_literal(found) or is_array(found) or found in inside:
        return None
    if is_union(found):
        return _first(get_args(found), inside)
    if outer is None:
        return None
    fields = fields_of(outer)
    if fields is not None:
        return _first(tuple(fields.values()), (*inside, found))
    if issubclass(outer, _CONTAINERS) and outer not in _TRAVELLING:
        return _first(get_args(found), inside)
    return None if _travels(outer) else found


def _first(parts: tuple[Annotation, ...], inside: tuple[Any, ...]) -> Annotation | None:
    return next((one for part in parts if (one := _stuck(part, inside)) is not None), None)


def _travels(outer: type) -> bool:
    if outer in _TRAVELLING or issubclass(outer, enum.Enum):
        return True
    of_numpy = (outer.__module__ or "").partition(".")[0] == "numpy"
    return of_numpy or issubclass(outer, (int, float, str, bytes))
