"""Which types have a form in which another process can read them."""

from __future__ import annotations

import collections.abc
import datetime as dt
import decimal
import enum
import types
import uuid
from collections.abc import Iterable
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
from swarmdsl.wire.arrays import array_type
from swarmdsl.wire.scalars import is_numpy_scalar, travels_as_scalar

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
_CONTAINERS = (list, tuple, set, frozenset, dict)
# What a value of these is cannot be seen: it may well be one of the above.
_PROMISES = frozenset(
    (
        collections.abc.Collection,
        collections.abc.Iterable,
        collections.abc.Mapping,
        collections.abc.MutableMapping,
        collections.abc.Sequence,
        collections.abc.MutableSequence,
        collections.abc.Set,
        collections.abc.MutableSet,
    )
)
_DEEPEST = 32  # records within records; a generic that holds ever larger ones of itself has no end


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
    if found in (Any, Ellipsis) or is_literal(found) or found in inside:
        return None
    if is_union(found):
        return _first(get_args(found), inside)
    if outer is None or len(inside) > _DEEPEST:
        return None
    if is_array(found):
        return None if _is_plain_array(found, outer) else found
    if issubclass(outer, enum.Enum):
        return None if _first(_kinds(outer), inside) is None else found
    fields = fields_of(found)
    if fields is not None:
        return _first(fields.values(), (*inside, found))
    if issubclass(outer, _CONTAINERS) or outer in _PROMISES:
        return _first(get_args(found), inside)
    return None if is_travelling(outer) else found


def _first(parts: Iterable[Annotation], inside: tuple[Any, ...]) -> Annotation | None:
    return next((one for part in parts if (one := _stuck(part, inside)) is not None), None)


def _kinds(outer: type[enum.Enum]) -> list[type]:
    """The types of an enumeration's values."""
    return [type(one.value) for one in outer]


def _is_plain_array(annotation: Annotation, outer: type) -> bool:
    """Whether an array holds plain numbers or texts, and nothing beside them, as a mask is."""
    dtypes = array_type(annotation).dtypes
    masked = any(base.__name__ in {"MaskedArray", "recarray"} for base in outer.__mro__)
    return not masked and not any(one[:1] in {"O", "V", "T"} for one in dtypes)


def is_travelling(outer: type) -> bool:
    """Whether a class that is no record and holds nothing has a form that travels.

    >>> is_travelling(float), is_travelling(complex)
    (True, False)
    """
    if issubclass(outer, enum.Enum) or outer in _CONTAINERS or outer in _PROMISES:
        return True
    if is_numpy_scalar(outer):
        return travels_as_scalar(outer)
    return outer in _TRAVELLING or issubclass(outer, (int, float, str, bytes))
