"""What a call gives is pushed; a None that nobody announced fails the task, and names the line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.daemon import trace
from swarmdsl.daemon.event_loop import EventLoop
from swarmdsl.daemon.returned import Returned
from swarmdsl.daemon.trace import details_of
from swarmdsl.errors import NothingReturned, PushRefused


def pushed(function: Callable[..., Any], *arguments: Any) -> list[object]:
    values: list[object] = []
    loop = EventLoop()
    result = loop.settled(function(*arguments))
    try:
        Returned(function).push("work@node1#0", result, values.append)
    finally:
        loop.close()
    return values


def refused(function: Callable[..., Any], result: object, kind: str = "str") -> PushRefused:
    """What is raised, from a frame of swarmdsl's own, when what a call gave is pushed."""
    error = PushRefused("work@node1#0", kind, ["int"])
    scope: dict[str, Any] = {"error": error, "push": Returned(function).push, "result": result}
    source = (
        "def refuse(value):\n    raise error\n"
        "try:\n    push('work@node1#0', result, refuse)\nexcept Exception as raised:\n"
        "    told = raised\n"
    )
    exec(compile(source, str(Path(trace.__file__)), "exec"), scope)
    told = scope["told"]
    assert isinstance(told, PushRefused)
    return told


def forgetful(number: int) -> int:  # type: ignore[return]
    number + 1


def perhaps(number: int) -> int | None:
    return number or None


def unsaid(number):  # type: ignore[no-untyped-def]
    return number or None


def gaps() -> Iterator[int]:
    yield 1
    yield None  # type: ignore[misc]


def said_gaps() -> Iterator[int | None]:
    yield 1
    yield None
    yield 2


async def later() -> int:
    return None  # type: ignore[return-value]


async def each() -> AsyncIterator[int]:
    yield 1
    yield None  # type: ignore[misc]


def nothing() -> None:
    """It says so."""


@pytest.mark.parametrize(
    ("function", "arguments", "values"),
    [
        (perhaps, (0,), []),
        (perhaps, (2,), [2]),
        (unsaid, (0,), []),
        (said_gaps, (), [1, 2]),
        (nothing, (), []),
    ],
)
def test_none_pushes_nothing_where_it_may_come(
    function: Callable[..., Any], arguments: tuple[Any, ...], values: list[object]
) -> None:
    assert pushed(function, *arguments) == values


@pytest.mark.parametrize(
    ("function", "arguments"), [(forgetful, (1,)), (gaps, ()), (later, ()), (each, ())]
)
def test_none_is_refused_where_something_was_announced(
    function: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    said = rf"work@node1#0 got None from {function.__name__}, which says that it gives int\."
    with pytest.raises(NothingReturned, match=said):
        pushed(function, *arguments)


def test_values_are_taken_while_they_come() -> None:
    """An endless generator is pushed from as it goes."""

    def endless() -> Iterator[int]:
        while True:
            yield 1

    class Enough(Exception):
        pass

    taken: list[object] = []

    def take(value: object) -> None:
        taken.append(value)
        if len(taken) == 3:
            raise Enough

    with pytest.raises(Enough):
        Returned(endless).push("work@node1#0", endless(), take)
    assert taken == [1, 1, 1]


def test_a_refused_value_that_was_yielded_names_the_yield() -> None:
    told = details_of(refused(said_gaps, said_gaps()))
    line = said_gaps.__code__.co_firstlineno + 1
    assert f'test_returned.py", line {line}, in said_gaps\n    yield 1\n' in told


def test_a_refused_value_that_was_returned_names_the_function() -> None:
    told = details_of(refused(perhaps, 1))
    line = perhaps.__code__.co_firstlineno
    assert f'test_returned.py", line {line}, in perhaps\n' in told


def handed_over() -> Iterator[int]:
    return [1, 2]  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("value", "kind", "hint"),
    [
        ([1], "list", "let it yield the items one by one, or write `-> list[int]`"),
        ((1,), "tuple", "let it yield the items one by one, or write `-> tuple[int, ...]`"),
        ("a", "str", "let it yield the value, or write `-> str`"),
    ],
)
def test_what_is_returned_by_a_function_that_says_it_yields_is_told_to_be_yielded(
    value: object, kind: str, hint: str
) -> None:
    told = refused(handed_over, value, kind)
    assert str(told) == (
        f"work@node1#0 pushed a {kind}, but its links accept int. "
        f"handed_over says that it yields int: {hint}"
    )
    assert "in handed_over\n    def handed_over() -> Iterator[int]:" in details_of(told)


def test_what_is_refused_of_a_function_that_yields_is_told_as_of_any_other() -> None:
    assert type(refused(said_gaps, said_gaps())) is PushRefused
    assert type(refused(perhaps, "a")) is PushRefused


def decorated(_: object) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return lambda function: function


@decorated(
    "some text with a def in it"
)  # fmt: skip
@decorated(1)
def below_its_decorators(number: int) -> int:
    return number


def test_a_function_with_decorators_is_named_by_the_line_of_its_def() -> None:
    told = details_of(refused(below_its_decorators, 1))
    assert "in below_its_decorators\n    def below_its_decorators(number: int) -> int:\n" in told


def test_a_refused_value_of_something_without_lines_names_none() -> None:
    assert details_of(refused(max, islice([1], 1))) == ""


def test_frames_of_the_users_own_are_told_rather_than_the_line() -> None:
    """As where a handler pushes by itself while it is at work."""

    def pushes() -> Iterator[int]:
        yield 1
        raise PushRefused("work@node1#0", "str", ["int"])

    with pytest.raises(PushRefused) as raised:
        pushed(pushes)
    assert raised.value.line is None
