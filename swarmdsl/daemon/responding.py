"""How a daemon object answers calls: its methods found, their arguments made, their errors told."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping
from inspect import BoundArguments, Parameter, Signature
from pathlib import PurePath
from typing import Any

from swarmdsl.daemon.describing import description_of
from swarmdsl.daemon.event_loop import EventLoop
from swarmdsl.daemon.reports import Invocation
from swarmdsl.daemon.trace import message_of, users_frames
from swarmdsl.errors import CallRefused, DecodeError, EncodeError
from swarmdsl.light.daemon import Daemon, calls_of
from swarmdsl.wire.annotations import Annotation, hints_of, name_of
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.types import matches, type_of_value

Injected = Callable[[Callable[..., Any]], Mapping[str, type]]
"""Gives the parameters of a method that are no arguments of a call, and what makes them."""


class Responder:
    """The methods of one daemon object that answer calls.

    Args:
        daemon: the object.
        loop: runs those that are written with `async def`.
        injected: tells which of their parameters are handed in.
    """

    def __init__(self, daemon: Daemon, loop: EventLoop, injected: Injected) -> None:
        self._daemon = daemon
        self._loop = loop
        self._injected = injected
        self._methods = {
            one.__name__: _Method(one, injected(one)) for one in calls_of(type(daemon))
        }

    def respond(self, invocation: Invocation) -> bytes:
        """Call the method and encode what it returns; with no method, describe the daemon.

        Raises:
            CallRefused: there is no such method, it does not take these arguments, or what it
                returned is not what it says, or cannot travel.
        """
        if not invocation.method:
            return encode_blob(description_of(type(self._daemon), self._injected))
        method = self._methods.get(invocation.method)
        if method is None:
            raise CallRefused(self._unknown(invocation.method))
        bound = method.bind(invocation)
        function = getattr(self._daemon, invocation.method)
        return method.encoded(self._loop.settled(function(*bound.args, **bound.kwargs)))

    def _unknown(self, name: str) -> str:
        there = ", ".join(method.shown for method in self._methods.values())
        if hasattr(self._daemon, name):
            return f"{name} is not marked with @call; it answers {there or 'no calls'}"
        return f"it has no such method; it answers {there or 'no calls'}"


class _Method:
    """One method: what it takes and returns."""

    def __init__(self, function: Callable[..., Any], injected: Mapping[str, type]) -> None:
        self._hints = hints_of(function)
        self._injected = injected
        parameters = list(inspect.signature(function).parameters.values())[1:]
        self._whole = Signature(parameters)
        self._open = Signature([one for one in parameters if one.name not in injected])
        result = self._hints.get("return", Any)
        self._returns = type(None) if result is None else result
        self.shown = signature_of(function.__name__, self._open, self._hints)

    def bind(self, invocation: Invocation) -> BoundArguments:
        """The arguments of a call, each as the type that its parameter says."""
        try:
            bound = self._open.bind(*invocation.arguments, **invocation.keywords)
        except TypeError as error:
            raise CallRefused(f"it is {self.shown}: {error}") from None
        made = {name: self._made(name, blob) for name, blob in bound.arguments.items()}
        made |= {name: kind() for name, kind in self._injected.items()}
        ordered = {name: made[name] for name in self._whole.parameters if name in made}
        return BoundArguments(self._whole, ordered)

    def _made(self, name: str, given: Any) -> Any:
        match self._open.parameters[name].kind:
            case Parameter.VAR_POSITIONAL:
                return tuple(self._decoded(name, name, one) for one in given)
            case Parameter.VAR_KEYWORD:
                return {key: self._decoded(name, key, one) for key, one in given.items()}
            case _:
                return self._decoded(name, name, given)

    def _decoded(self, parameter: str, shown: str, blob: bytes) -> Any:
        wanted: Annotation = self._hints.get(parameter, Any)
        try:
            return decode_blob(blob, wanted)
        except DecodeError as error:
            problem = error.problem.removesuffix(" - at `$[0]`")  # where it is in our own packing
            raise CallRefused(
                f"{shown} is no {name_of(wanted)}: {problem}; it is {self.shown}"
            ) from None

    def encoded(self, value: object) -> bytes:
        """What was returned, as it travels."""
        if not matches(self._returns, value):
            raise CallRefused(f"it returned a {type_of_value(value)}, and says: {self.shown}")
        try:
            return encode_blob(value)
        except EncodeError as error:
            raise CallRefused(f"what it returned cannot travel: {error}") from None


def signature_of(name: str, signature: Signature, hints: Mapping[str, Annotation]) -> str:
    """A method as people write it.

    >>> def tune(rate: float, steps: int = 1) -> None: ...
    >>> signature_of("tune", inspect.signature(tune), hints_of(tune))
    'tune(rate: float, steps: int = 1) -> None'
    """
    parameters = ", ".join(_parameter(one, hints) for one in signature.parameters.values())
    returned = f" -> {name_of(hints['return'])}" if "return" in hints else ""
    return f"{name}({parameters}){returned}"


def _parameter(one: Parameter, hints: Mapping[str, Annotation]) -> str:
    stars = "*" * (one.kind is one.VAR_POSITIONAL) + "**" * (one.kind is one.VAR_KEYWORD)
    typed = f": {name_of(hints[one.name])}" if one.name in hints else ""
    if one.default is one.empty:
        return f"{stars}{one.name}{typed}"
    return f"{one.name}{typed} = {one.default!r}" if typed else f"{one.name}={one.default!r}"


def sentence_of(error: BaseException) -> str:
    """What the caller is told of an error: its type, its message, and the user's line."""
    if isinstance(error, CallRefused):
        return str(error)
    where = _place(users_frames(error))
    message = message_of(error)
    return f"it raised {type(error).__name__}{f': {message}' if message else ''}{where}"


def _place(frames: list[traceback.FrameSummary]) -> str:
    if not frames:
        return ""
    last = frames[-1]
    return f" ({PurePath(last.filename).name}, line {last.lineno}, in {last.name})"
