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


def required_by(function: Callable[..., Any]) -> list[str]:
    """The parameters that a call must give a value: they have no default, nor are they starred.

    >>> def join(words: list[str], by: str = ", ") -> str: ...
    >>> required_by(join)
    ['words']
    """
    if isinstance(function, types.FunctionType) and not vars(function):
        return _required_by_code(function)  # as the other way would find: it is much slower
    parameters = inspect.signature(function).parameters.values()
    starred = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one.name for one in parameters if one.default is one.empty and one.kind not in starred]


def _required_by_code(function: types.FunctionType) -> list[str]:
    """The same of a function that nothing wraps."""
    code, optional = function.__code__, len(function.__defaults__ or ())
    end = code.co_argcount + code.co_kwonlyargcount
    by_keyword = code.co_varnames[code.co_argcount : end]
    return [
        *code.co_varnames[: code.co_argcount - optional],
        *(name for name in by_keyword if name not in (function.__kwdefaults__ or {})),
    ]


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
