"""What a function pushes, read from its annotations: the compiler and the daemon must agree."""

from __future__ import annotations

import collections.abc
import inspect
import types
from collections.abc import Callable
from typing import Any, NamedTuple, get_args, get_origin

from swarmdsl.wire.annotations import Annotation, class_of, hints_of, name_of, normal
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
_GENERATES: tuple[tuple[Callable[[object], bool], type], ...] = (
    (inspect.isgeneratorfunction, types.GeneratorType),
    (inspect.isasyncgenfunction, types.AsyncGeneratorType),
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

    What a generator says that is no iterator (see `misstated`) is read as said of each value.

    >>> from collections.abc import Iterator
    >>> def numbers() -> Iterator[int]: ...
    >>> yields_of(numbers)
    Yields(members=(<class 'int'>,), stream=True, annotated=True, optional=False)
    """
    hints = hints_of(function)
    generator = _generator_of(function)
    if "return" not in hints:
        return Yields(members=(Any,), stream=generator is not None, annotated=False)
    result = hints["return"]
    stream = generator is not None or get_origin(normal(result)) in _STREAMS
    if stream:
        element = _element_of(result)
        if element is not None:
            result = element
        elif generator is None or _fits(result, generator):
            result = Any
    return Yields(
        members=union_members(result),
        stream=stream,
        annotated=True,
        optional=accepts(types.NoneType, result),
    )


def misstated(function: Callable[..., Any]) -> Annotation | None:
    """What a generator says that it gives, if that can be no generator; else None.

    >>> def numbers() -> int: yield 1
    >>> misstated(numbers)
    <class 'int'>
    """
    generator = _generator_of(function)
    if generator is None:
        return None
    result = hints_of(function).get("return", Any)
    said = types.NoneType if result is None else result
    return None if _fits(said, generator) else said


def stream_of(function: Callable[..., Any], annotation: Annotation) -> str:
    """The annotation that a generator would have that yields this.

    >>> async def numbers() -> int: yield 1
    >>> stream_of(numbers, int)
    'AsyncIterator[int]'
    """
    outer = "AsyncIterator" if _generator_of(function) is types.AsyncGeneratorType else "Iterator"
    inner = annotation
    if get_origin(normal(annotation)) in _STREAMS:  # of the other kind
        inner = _element_of(annotation)
    return f"{outer}[{'...' if normal(inner) is types.NoneType else name_of(inner)}]"


def _generator_of(function: Callable[..., Any]) -> type | None:
    """The class of what a call gives, of a function whose body yields."""
    plain = inspect.unwrap(function)
    return next((kind for is_such, kind in _GENERATES if is_such(plain)), None)


def _fits(annotation: Annotation, generator: type) -> bool:
    """Whether a generator can be what is annotated: an iterator, a protocol, or anything."""
    members = [normal(one) for one in union_members(annotation)]
    return any(one is Any or _is_made(class_of(one), generator) for one in members)


def _is_made(outer: type | None, generator: type) -> bool:
    try:
        return outer is not None and issubclass(generator, outer)
    except TypeError:  # a protocol that cannot tell
        return True


def _element_of(stream: Annotation) -> Annotation | None:
    """What a stream is made of; `element_of` knows those that can travel, as these cannot."""
    found = normal(stream)
    if get_origin(found) in {*_ASYNCHRONOUS, collections.abc.AsyncIterable}:
        return next(iter(get_args(found)), Any)
    return element_of(found)
