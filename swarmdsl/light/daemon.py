"""Daemon modules: a class whose handlers take typed pushes one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., Any])
_MARK = "__swarmdsl_on__"


def on(handler: Handler) -> Handler:
    """Mark a method of a `Daemon` as the handler of pushes of its parameter's type.

    What the handler returns is pushed to every outgoing link whose type accepts it; None pushes
    nothing; a generator pushes each value it yields.

    >>> class Sum(Daemon):
    ...     total = 0
    ...     @on
    ...     def add(self, number: int) -> int:
    ...         self.total += number
    ...         return self.total
    >>> [handler.__name__ for handler in handlers_of(Sum)]
    ['add']
    """
    setattr(handler, _MARK, True)
    return handler


class Daemon:
    """A module with state that lives for the whole run and handles each push as it arrives.

    One instance is made per placed copy, without arguments, when its daemon starts. Handlers run
    one at a time. If the process dies, so does the state: the next one begins with a new instance,
    and is given again what was not confirmed.

    >>> class Echo(Daemon):
    ...     @on
    ...     def repeat(self, text: str) -> str:
    ...         return text
    >>> Echo().repeat("once")
    'once'
    """


def handlers_of(daemon: type[Daemon]) -> list[Callable[..., Any]]:
    """The handlers of a daemon class, base classes first, each in definition order."""
    names: dict[str, None] = {}
    for base in reversed(daemon.__mro__):
        names.update(
            (name, None) for name, member in vars(base).items() if getattr(member, _MARK, False)
        )
    return [getattr(daemon, name) for name in names]
