"""Decorators that are written in another way than they are meant: what to write is told at once."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")

_NO_METHODS = (type, str, int, float, types.GenericAlias, types.UnionType)


def keywords_only(remedy: str) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Let a function say what to write to whoever gives it something without its keyword.

    >>> @keywords_only("write wait(seconds=1)")
    ... def wait(*, seconds: float) -> float: return seconds
    >>> wait(3)
    Traceback (most recent call last):
    ...
    TypeError: write wait(seconds=1)
    """

    def told(function: Callable[Given, Result]) -> Callable[Given, Result]:
        @functools.wraps(function)
        def checked(*given: Given.args, **named: Given.kwargs) -> Result:
            if given or not named:
                raise TypeError(remedy)
            return function(*given, **named)

        return checked

    return told


def refuse_no_method(marked: object, name: str) -> None:
    """A decorator that takes a method was given something else, as in `@on(int)`.

    Raises:
        TypeError: it is no method; the message says what to write.
    """
    if isinstance(marked, _NO_METHODS) or marked is None:
        raise TypeError(
            f"write @{name} alone, above the method: the annotation of its parameter says what it "
            "takes"
        )
