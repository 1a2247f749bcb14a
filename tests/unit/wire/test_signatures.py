from __future__ import annotations

import typing
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Iterator
from functools import partial, wraps
from typing import Any, Protocol

import pytest

from swarmdsl.wire.signatures import Yields, misstated, required_by, stream_of, yields_of


def one() -> int:
    return 1


def maybe() -> int | None:
    return None


def either() -> int | str:
    return 1


def nothing() -> None:
    return


def unsaid():  # type: ignore[no-untyped-def]
    return 1


def many() -> Iterator[int]:
    yield 1


def many_or_none() -> Iterator[int | None]:
    yield 1


def with_return() -> Generator[str, None, int]:
    yield "a"
    return 1


def handed_on() -> Iterator[int]:
    return iter((1, 2))


def a_list() -> list[int]:
    return [1]


def unsaid_generator():  # type: ignore[no-untyped-def]
    yield 1


def bare_iterator() -> Iterator:
    yield 1


def bare_typing_iterator() -> typing.AsyncIterator:
    raise NotImplementedError


async def asynchronous() -> AsyncIterable[int]:
    yield 1


def number_that_yields() -> int:  # type: ignore[misc]
    yield 1


def list_that_yields() -> list[int]:  # type: ignore[misc]
    yield 1


def dict_that_yields() -> dict[str, int]:  # type: ignore[misc]
    yield {}


def nothing_that_yields() -> None:  # type: ignore[misc]
    yield 1


async def number_that_yields_asynchronously() -> Iterator[int]:  # type: ignore[misc]
    yield 1


class Sized(Protocol):
    def __len__(self) -> int: ...


def anything() -> object:
    yield 1


def unresolved() -> NotImported:  # type: ignore[name-defined] # noqa: F821
    yield 1


def maybe_many() -> Iterator[int] | None:  # type: ignore[return]
    yield 1


def iterable() -> Iterable[int]:
    yield 1


def of_a_protocol() -> Sized:  # type: ignore[misc]
    yield 1  # nobody can tell


@wraps(many)
def wrapped() -> Iterator[int]:
    return many()


CASES: dict[Callable[..., Any], Yields] = {
    one: Yields((int,), stream=False, annotated=True, optional=False),
    maybe: Yields((int,), stream=False, annotated=True),
    either: Yields((int, str), stream=False, annotated=True, optional=False),
    nothing: Yields((), stream=False, annotated=True),
    unsaid: Yields((Any,), stream=False, annotated=False),
    many: Yields((int,), stream=True, annotated=True, optional=False),
    many_or_none: Yields((int,), stream=True, annotated=True),
    with_return: Yields((str,), stream=True, annotated=True, optional=False),
    handed_on: Yields((int,), stream=True, annotated=True, optional=False),
    a_list: Yields((list[int],), stream=False, annotated=True, optional=False),
    unsaid_generator: Yields((Any,), stream=True, annotated=False),
    bare_iterator: Yields((Any,), stream=True, annotated=True),
    bare_typing_iterator: Yields((Any,), stream=True, annotated=True),
    asynchronous: Yields((int,), stream=True, annotated=True, optional=False),
    number_that_yields: Yields((int,), stream=True, annotated=True, optional=False),
    list_that_yields: Yields((int,), stream=True, annotated=True, optional=False),
    dict_that_yields: Yields((dict[str, int],), stream=True, annotated=True, optional=False),
    wrapped: Yields((int,), stream=True, annotated=True, optional=False),
}


@pytest.mark.parametrize("function", CASES, ids=lambda function: function.__name__)
def test_what_a_function_pushes_is_read_from_its_annotation(function: Callable[..., Any]) -> None:
    assert yields_of(function) == CASES[function]


def plain(first: int, second: int = 2, *rest: int, third: int, fourth: int = 4, **more: int) -> int:
    return first + second + third + fourth + sum(rest) + sum(more.values())


@wraps(plain)
def rewrapped(*arguments: Any, **more: Any) -> int:
    return plain(*arguments, **more)


class Callme:
    def __call__(self, value: int, other: int = 1) -> int:
        return value + other


def positional(first: int, /, second: int, third: int = 3) -> int:
    return first + second + third


@pytest.mark.parametrize(
    ("function", "required"),
    [
        (plain, ["first", "third"]),
        (rewrapped, ["first", "third"]),
        (partial(plain, third=3), ["first"]),
        (Callme(), ["value"]),
        (Callme().__call__, ["value"]),
        (positional, ["first", "second"]),
        (lambda: None, []),
    ],
)
def test_a_call_must_give_what_has_no_default(
    function: Callable[..., Any], required: list[str]
) -> None:
    assert required_by(function) == required


@pytest.mark.parametrize(
    ("function", "written"),
    [
        (number_that_yields, "Iterator[int]"),
        (list_that_yields, "Iterator[list[int]]"),
        (dict_that_yields, "Iterator[dict[str, int]]"),
        (nothing_that_yields, "Iterator[...]"),
        (number_that_yields_asynchronously, "AsyncIterator[int]"),
    ],
)
def test_a_generator_that_is_annotated_with_no_iterator_is_misstated(
    function: Callable[..., Any], written: str
) -> None:
    assert stream_of(function, misstated(function)) == written


@pytest.mark.parametrize(
    "function",
    [
        *(one, many, many_or_none, with_return, a_list, nothing, unsaid, unsaid_generator),
        *(bare_iterator, asynchronous, anything, unresolved, maybe_many, iterable, wrapped),
        *(of_a_protocol, partial(many)),
    ],
)
def test_what_can_be_an_iterator_or_does_not_yield_is_not_misstated(
    function: Callable[..., Any],
) -> None:
    assert misstated(function) is None
