"""Annotations as the decoder reads them: the many ways of writing a type, made into one."""

from __future__ import annotations

import collections.abc
import typing
from typing import Any, get_args

from swarmdsl.wire.annotations import Annotation, is_array, is_literal, normal, origin_of

_ITERABLES = (collections.abc.Iterable, collections.abc.Iterator, collections.abc.Generator)


def readable(annotation: Annotation) -> Annotation:
    """The annotation without NewTypes, aliases and names that nothing resolves, at any depth.

    What only promises to be iterated is read as a collection; constraints of `Annotated` stay.

    >>> readable(collections.abc.Iterable[int]), readable(list["unresolved"])
    (collections.abc.Collection[int], list[typing.Any])
    """
    if origin_of(annotation) is typing.Annotated:
        return rebuilt(annotation, (readable(get_args(annotation)[0]),))
    found = normal(annotation)
    origin, arguments = origin_of(found), get_args(found)
    if found in _ITERABLES:
        return collections.abc.Collection
    if origin is None or is_literal(found) or is_array(found):
        return found
    inside = tuple(one if one is Ellipsis else readable(one) for one in arguments)
    if origin in _ITERABLES:
        return rebuilt(collections.abc.Collection[Any], inside[:1])
    return found if inside == arguments else rebuilt(found, inside)


def rebuilt(found: Any, arguments: tuple[Any, ...]) -> Any:
    """The same generic type of other arguments.

    >>> rebuilt(list[int], (str,)), rebuilt(int | None, (str, None))
    (list[str], str | None)
    """
    if hasattr(found, "copy_with"):  # of typing's own
        return found.copy_with(arguments)
    origin = origin_of(found)
    if hasattr(origin, "__class_getitem__"):
        return origin[arguments]
    union = arguments[0]  # written with |
    for one in arguments[1:]:
        union = union | one
    return union
