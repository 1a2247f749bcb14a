"""What stands where a type is expected, and is none: a tuple of types, a function, a number."""

from __future__ import annotations

import collections.abc
import types
import typing
from typing import Any, NamedTuple, get_args, get_origin

_DEPTH_MAX = 8  # of types within types that are looked into
# What these are given are values, or lists of types; and so it is with arrays of NumPy.
_UNOPENED = (typing.Literal, typing.Annotated, collections.abc.Callable)
_AS_TYPES = (type, types.NoneType, types.GenericAlias, types.UnionType, str, types.EllipsisType)


class NoType(NamedTuple):
    """A value that an annotation is, or holds, in the place of a type."""

    value: object


def no_type_in(annotation: Any) -> NoType | None:
    """The first part of an annotation that can stand for no type; None if each part may.

    Only what Python itself or NumPy makes is judged: a library may have types of its own kind.

    >>> no_type_in((int, float)), no_type_in(dict[str, any])
    (NoType(value=(<class 'int'>, <class 'float'>)), NoType(value=<built-in function any>))
    >>> no_type_in(dict[str, int] | None) is None
    True
    """
    return _found(annotation, _DEPTH_MAX)


def _found(annotation: Any, depth: int) -> NoType | None:
    if _is_no_type(annotation):
        return NoType(annotation)
    origin = get_origin(annotation)
    if depth == 0 or origin in _UNOPENED or getattr(origin, "__module__", "") == "numpy":
        return None
    parts = (_found(part, depth - 1) for part in get_args(annotation))
    return next((one for one in parts if one is not None), None)


def _is_no_type(annotation: Any) -> bool:
    kind = type(annotation)
    if isinstance(annotation, _AS_TYPES):
        return False
    if getattr(annotation, "__module__", None) == "typing":  # NamedTuple is a function there
        return False
    return kind.__module__.partition(".")[0] in {"builtins", "numpy"}
