"""What a daemon class takes, yields and answers, as plain data: the answer to DESCRIBE."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from swarmdsl.light.daemon import ROUND_END, Daemon, calls_of, handlers_of, is_source, timers_of
from swarmdsl.wire.annotations import hints_of, name_of
from swarmdsl.wire.signatures import yields_of
from swarmdsl.wire.types import union_members

Injected = Callable[[Callable[..., Any]], Mapping[str, type]]
"""Gives the parameters of a method that are handed in."""


def description_of(daemon: type[Daemon], injected: Injected) -> dict[str, Any]:
    """The handlers, timers, calls and source of a daemon class, each with the types of its code.

    `round_end` is what its `on_round_end` pushes; None if it has no such method.

    >>> from swarmdsl import Daemon, call, on
    >>> class Sum(Daemon):
    ...     @on
    ...     def add(self, number: int) -> float: ...
    ...     def on_round_end(self) -> int: ...
    ...     @call
    ...     def reset(self, to: int = 0) -> None: ...
    >>> told = description_of(Sum, lambda method: {})
    >>> told["handlers"]
    [{'name': 'add', 'takes': 'int', 'yields': ['float']}]
    >>> told["round_end"]
    ['int']
    >>> told["calls"]
    [{'name': 'reset', 'parameters': [{'name': 'to', 'type': 'int', 'default': '0'}], \
'returns': 'None'}]
    """
    handlers = [_handler(one, injected(one)) for one in handlers_of(daemon)]
    produce = getattr(daemon, "produce", None)
    round_end = getattr(daemon, ROUND_END, None)
    return {
        "handlers": handlers,
        "timers": [
            {"name": name, "seconds": period, "yields": _yielded(getattr(daemon, name))}
            for name, period in timers_of(daemon).items()
        ],
        "round_end": _yielded(round_end) if round_end is not None else None,
        "produces": _yielded(produce) if is_source(daemon) and produce is not None else [],
        "pushes": [name_of(one) for one in union_members(getattr(daemon, "pushes", None))],
        "calls": [_call(one, injected(one)) for one in calls_of(daemon)],
    }


def _handler(handler: Callable[..., Any], injected: Mapping[str, type]) -> dict[str, Any]:
    taken = [one["type"] for one in _parameters(handler, injected)]
    return {
        "name": handler.__name__,
        "takes": taken[0] if taken else "Any",
        "yields": _yielded(handler),
    }


def _call(method: Callable[..., Any], injected: Mapping[str, type]) -> dict[str, Any]:
    return {
        "name": method.__name__,
        "parameters": _parameters(method, injected),
        "returns": name_of(hints_of(method).get("return", Any)),
    }


def _parameters(method: Callable[..., Any], injected: Mapping[str, type]) -> list[dict[str, Any]]:
    hints = hints_of(method)
    return [
        {
            "name": one.name,
            "type": name_of(hints.get(one.name, Any)),
            "default": None if one.default is one.empty else repr(one.default),
        }
        for one in list(inspect.signature(method).parameters.values())[1:]
        if one.name not in injected
    ]


def _yielded(function: Callable[..., Any]) -> list[str]:
    return [name_of(one) for one in yields_of(function).members]
