"""What a function pushes, read from its annotations: the compiler and the daemon must agree."""

from __future__ import annotations

import collections.abc
import inspect
import types
from collections.abc import Callable
from typing import Any, NamedTuple, get_args, get_origin

from swarmdsl.wire.annotations import Annotation, hints_of, normal
from swarmdsl.wire.types import accepts, element_of, union_members

_ASYNCHRONOUS: tuple[object, ...] = (
    collections.abc.AsyncIterator,
    collections.abc.AsyncGenerator,
)
_STREAMS: tuple[object, ...] = (
    collections.abc.Iterator,
    collections.abc.Generator,
    *_ASYNCHRONOUS,
)
_GENERATES: tuple[Callable[[object], bool], ...] = (
    inspect.isgeneratorfunction,
    inspect.isasyncgenfunction,
)


class Yields(NamedTuple):
    """What a call of a function pushes.

    Attributes:
        members: the types of its pushes, without None.
        stream: whether they are many.
        annotated: whether it says so.
        optional: whether there may be None among them, which pushes nothing.
    """

    members: tuple[Annotation, ...]
    stream: bool
    annotated: bool
    optional: bool = True


def yields_of(function: Callable[..., Any]) -> Yields:
    """What a call of the function pushes; `async def` makes no difference.

    >>> from collections.abc import Iterator
    >>> def numbers() -> Iterator[int]: ...
    >>> yields_of(numbers)
    Yields(members=(<class 'int'>,), stream=True, annotated=True, optional=False)
    """
    hints = hints_of(function)
    generator = any(is_such(inspect.unwrap(function)) for is_such in _GENERATES)
    if "return" not in hints:
        return Yields(members=(Any,), stream=generator, annotated=False)
    result = hints["return"]
    stream = generator or get_origin(normal(result)) in _STREAMS
    if stream:
        element = _element_of(result)
        result = Any if element is None else element
    return Yields(
        members=union_members(result),
        stream=stream,
        annotated=True,
        optional=accepts(types.NoneType, result),
    )


def _element_of(stream: Annotation) -> Annotation | None:
    """What a stream is made of; `element_of` knows those that can travel, as these cannot."""
    found = normal(stream)
    if get_origin(found) in _ASYNCHRONOUS:
        return get_args(found)[0]
    return element_of(found)
