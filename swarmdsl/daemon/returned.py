"""What a call of the user's code gives, as the values that it pushes."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from traceback import FrameSummary
from types import CodeType, GeneratorType
from typing import Any, Never

from swarmdsl.daemon.program import Push
from swarmdsl.daemon.trace import users_frames
from swarmdsl.errors import NothingReturned, PushRefused, ReturnedWhole, SwarmError
from swarmdsl.wire.annotations import name_of
from swarmdsl.wire.signatures import Yields, yields_of
from swarmdsl.wire.types import union_of

SEVERAL = (Iterator, AsyncIterator, Coroutine)
"""What stands for other values than itself."""

_LISTS: dict[type, str] = {list: "list[{}]", tuple: "tuple[{}, ...]", set: "set[{}]"}
DECORATED_LINES_MAX = 50  # lines of decorators before a `def`


class Returned:
    """Pushes what calls of one function give: each value of an iterator, or the one value.

    None pushes nothing. A function that does not say that it may give None has forgotten
    something, and whoever waits for the value would wait in vain: that fails the task.

    Args:
        function: the user's; a bound method, if it is a method.

    Attributes:
        plain: classes of which a result is one value, as has been seen.
        silent: classes of which a result is none: that of None, once it has been found right.

    >>> def halves(number: int) -> list[int] | None:
    ...     return [number // 2] if number % 2 == 0 else None
    >>> halved = Returned(halves)
    >>> for number in (1, 2):
    ...     halved.push("halves@node1#0", halves(number), print)
    [1]
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.plain: set[type] = set()
        self.silent: set[type] = set()
        self._function = function
        self._yields: Yields | None = None

    def push(self, instance: str, result: object, push: Push) -> None:
        """Push what one call has given, `async` or not being settled.

        Raises:
            NothingReturned: there is None among it, which the function does not say.
            SwarmError: as `push` raises it; it names the line that gave the value.
        """
        kind = type(result)
        if result is not None and not issubclass(kind, SEVERAL):
            self.plain.add(kind)
            self.push_one(result, push)
            return
        values = result if isinstance(result, Iterator) else (result,)
        try:
            for value in values:
                if value is not None:
                    push(value)
                else:
                    self._refuse_none(instance)
        except SwarmError as error:
            blame(error, result, self._function)
            raise

    def push_one(self, value: object, push: Push) -> None:
        """Push what is one value.

        Raises:
            SwarmError: as `push` raises it; it names the line that gave the value.
        """
        try:
            push(value)
        except SwarmError as error:
            self.refuse(error, value)

    def refuse(self, error: SwarmError, value: object) -> Never:
        """Tell of a value that was refused, from within the `except` clause.

        Raises:
            SwarmError: that one, or another that says more; it names the line that gave the value.
        """
        told = self._whole(error, value)
        blame(told, value, self._function)
        if told is error:
            raise error
        raise told from None

    def _whole(self, error: SwarmError, value: object) -> SwarmError:
        """What to tell of a refused value: another error, if it should have been yielded."""
        yields = yields_of(self._function)
        if not (isinstance(error, PushRefused) and yields.stream):
            return error
        each, name = name_of(union_of(yields.members)), getattr(self._function, "__name__", "it")
        instead = _LISTS.get(type(value), error.value_type).format(each)
        return ReturnedWhole(error, name, each, instead)

    def _refuse_none(self, instance: str) -> None:
        """Read the annotation, which most calls never need, to see whether None may come."""
        yields = self._yields = self._yields or yields_of(self._function)
        if not yields.optional:
            name = getattr(self._function, "__name__", "the task")
            raise NothingReturned(instance, name, " | ".join(map(name_of, yields.members)))
        self.silent.add(type(None))


def blame(error: SwarmError, result: object, function: Callable[..., Any] | None = None) -> None:
    """Note the line that gave what was refused, unless the traceback shows the user's code.

    Args:
        error: that came of a value.
        result: what the call gave: of a generator, it is the `yield` at which it stands.
        function: that was called, where it is known.
    """
    if not users_frames(error):
        error.line = _line(result, function)


def _line(result: object, function: Callable[..., Any] | None) -> FrameSummary | None:
    innermost = None if function is None else inspect.unwrap(function)
    called: CodeType | None = getattr(innermost, "__code__", None)
    if isinstance(result, GeneratorType) and result.gi_frame and called in {None, result.gi_code}:
        code, number, scope = result.gi_code, result.gi_frame.f_lineno, result.gi_frame.f_globals
    elif called is not None:
        code, number, scope = called, 0, getattr(function, "__globals__", {})
    else:
        return None
    # The source of a module from a bundle is known to its loader, as a traceback knows.
    linecache.lazycache(code.co_filename, scope)
    number = number or _line_of_def(code)
    return FrameSummary(code.co_filename, number, code.co_name)


def _line_of_def(code: CodeType) -> int:
    """The line with the `def` of a function, below its decorators, if its source can be read."""
    first = code.co_firstlineno
    for number in range(first, first + DECORATED_LINES_MAX):
        words = linecache.getline(code.co_filename, number).split("(")[0].split()
        if words[-2:] == ["def", code.co_name]:
            return number
    return first
