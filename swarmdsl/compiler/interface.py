"""What a module takes and what it yields, read from its annotations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from swarmdsl.dsl import Module
from swarmdsl.light import Globals, Local, Results, World
from swarmdsl.light.daemon import (
    calls_of,
    handlers_of,
    hooks_of,
    is_source,
    pushing_of,
    timers_of,
)
from swarmdsl.wire.annotations import Annotation, hints_of, is_type, normal
from swarmdsl.wire.no_type import no_type_in
from swarmdsl.wire.signatures import yields_of
from swarmdsl.wire.types import union_members

INJECTED = (World, Local, Globals, Results)
_HANDED_IN = {kind.__name__.lower(): kind.__name__ for kind in INJECTED}
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """Something that a push can reach: a function's parameter or a daemon's handler.

    `annotated` is false if nothing says which type it takes; then it takes any.
    """

    name: str
    annotation: Annotation = Any
    annotated: bool = True
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What a module takes and yields.

    Attributes:
        ports: in declaration order; injected parameters are none.
        yields: the types of its pushes, without None; empty if it pushes nothing.
        stream: whether one run may push many values.
        open: a script, a program or an image: it takes what it is given (a program with a port: if
            that takes it), and may push nothing.
        answered: whether its result is annotated.
        crooked: handlers that do not take exactly one value.
        untyped: a daemon module whose `pushes` is no type.
        misused: methods like `on_start` that need something, or return what goes nowhere.
        source: a daemon module that makes what it pushes by itself.
        timed: a daemon module that is called by the clock: a source, if nothing is pushed to it.
        called: methods of a daemon module that answer calls.
        injected: parameters that are handed in and are no ports, each with the class it gets; those
            of a daemon module are named with their handler.
    """

    ports: tuple[Port, ...] = ()
    yields: tuple[Annotation, ...] = (Any,)
    stream: bool = False
    open: bool = False
    answered: bool = True
    crooked: tuple[str, ...] = ()
    misused: tuple[str, ...] = ()
    untyped: bool = False
    source: bool = False
    timed: bool = False
    called: tuple[str, ...] = ()
    injected: tuple[tuple[str, str], ...] = ()


SCRIPT = Interface(open=True)


def interface_of(module: Module) -> Interface:
    """The interface of a module; an image speaks as a program does."""
    program = module.python_program
    match module.kind:
        case "function":
            assert callable(program)
            return _function(program)
        case "daemon":
            return _daemon(program)
        case "program" | "image":
            return _program(module)
        case _:
            return SCRIPT


def _program(module: Module) -> Interface:
    # One that is no type is a finding about its module, and of any type here.
    takes, yields = (
        Any if no_type_in(one) is not None else one for one in (module.takes, module.yields)
    )
    typed = normal(takes) is not Any
    return Interface(
        ports=(Port(name="takes", annotation=takes, required=False),) if typed else (),
        yields=union_members(yields),
        stream=True,  # nobody can tell how often it will write
        open=True,
    )


def _function(function: Callable[..., Any]) -> Interface:
    result = yields_of(function)
    return Interface(
        ports=_ports(function),
        yields=result.members,
        stream=result.stream,
        answered=result.annotated,
        injected=_injected(function),
    )


def _daemon(daemon: Any) -> Interface:
    handlers = handlers_of(daemon)
    taken = {handler.__name__: _ports(handler)[1:] for handler in handlers}
    results = [yields_of(one) for one in pushing_of(daemon)]
    returned = (one for result in results for one in result.members)
    typed = all(is_type(one) for one in union_members(daemon.pushes))
    pushes = daemon.pushes if typed else Any
    return Interface(
        ports=tuple(
            Port(name=name, annotation=ports[0].annotation, annotated=ports[0].annotated)
            for name, ports in taken.items()
            if ports
        ),
        yields=tuple(dict.fromkeys((*returned, *union_members(pushes)))),
        stream=True,
        answered=all(result.annotated for result in results),
        crooked=tuple(name for name, ports in taken.items() if _needed(ports) != 1),
        untyped=not typed,
        misused=tuple(one.__name__ for one in hooks_of(daemon) if _is_misused(one)),
        source=is_source(daemon),
        timed=bool(timers_of(daemon)),
        called=tuple(one.__name__ for one in calls_of(daemon)),
        injected=tuple(
            (f"{one.__name__}.{name}", kind)
            for one in dict.fromkeys(
                (*handlers, *pushing_of(daemon), *hooks_of(daemon), *calls_of(daemon))
            )
            for name, kind in _injected(one)
        ),
    )


def needs_values(method: Callable[..., Any]) -> bool:
    """Whether a method of a class cannot be called without a value that is not handed in."""
    return any(port.required for port in _ports(method)[1:])


def meant_as_handed_in(function: Callable[..., Any]) -> dict[str, str]:
    """The parameters without annotation that bear the name of what is handed in, and its class.

    >>> def summarize(local, lines: list[str], world: int): ...
    >>> meant_as_handed_in(summarize)
    {'local': 'Local'}
    """
    bare = [port.name for port in _ports(function) if not port.annotated]
    return {name: _HANDED_IN[name] for name in bare if name in _HANDED_IN}


def _is_misused(hook: Callable[..., Any]) -> bool:
    """Whether it cannot be called without arguments, or says that it returns something."""
    result = yields_of(hook)
    returns = result.stream or (result.annotated and bool(result.members))
    return returns or needs_values(hook)


def _injected(function: Callable[..., Any]) -> tuple[tuple[str, str], ...]:
    """The parameters of rule 13, in the order of the signature."""
    hints = {name: normal(kind) for name, kind in hints_of(function).items() if name != "return"}
    return tuple((name, kind.__name__) for name, kind in hints.items() if kind in INJECTED)


def _needed(ports: tuple[Port, ...]) -> int:
    """How many values a call needs; a lone optional one still takes a value."""
    return sum(port.required for port in ports) or len(ports[:1])


def _ports(function: Callable[..., Any]) -> tuple[Port, ...]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C, without a signature
        return ()
    hints = hints_of(function)
    return tuple(
        Port(
            name=one.name,
            annotation=hints.get(one.name, Any),
            annotated=one.name in hints,
            required=one.default is one.empty,
        )
        for one in parameters
        if one.kind not in _VARIADIC and normal(hints.get(one.name)) not in INJECTED
    )
