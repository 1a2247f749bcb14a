"""What a function, or a class, holds on to: the variable that keeps it from being packaged."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

DEPTH_MAX = 8  # containers within containers; beyond, the outer one is named
PARTS_MAX = 1_000  # of one value that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A value that some code holds on to, and how the code reaches it: `settings['log']`."""

    name: str
    value: Any

    @property
    def type_name(self) -> str:
        """The type of the value, with its module unless that is `builtins`."""
        kind = type(self.value)
        home = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        return f"{home}{kind.__qualname__}"


def culprit(program: object, is_packable: Callable[[object], bool]) -> Held | None:
    """The innermost value that `program` holds on to and that cannot be packaged.

    None if each of the values can be packaged by itself.

    >>> def outer():
    ...     settings = {"one": 1, "two": print}
    ...     return lambda: settings
    >>> culprit(outer(), lambda value: value is not print and not isinstance(value, dict)).name
    "settings['two']"
    """
    found: Held | None = None
    seen: set[int] = {id(program)}
    for _ in range(DEPTH_MAX):
        inside = program if found is None else found.value
        prefix = "" if found is None else found.name
        held = next(
            (
                Held(name=name, value=value)
                for name, value in _first(_parts(inside, prefix))
                if id(value) not in seen and not is_packable(value)
            ),
            None,
        )
        if held is None:
            break
        seen.add(id(held.value))
        found = held
    return found


def _first(parts: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for _, part in zip(range(PARTS_MAX), parts, strict=False):
        yield part


def _parts(value: object, name: str) -> Iterator[tuple[str, Any]]:
    """What a value is made of, each part under the name by which the user's code reaches it."""
    match value:
        case functools.partial():
            yield from ((f"{name or 'partial'}.func", one) for one in [value.func])
            yield from ((f"argument {index}", one) for index, one in enumerate(value.args))
            yield from value.keywords.items()
        case FunctionType():
            yield from _of_function(value)
        case MethodType():
            yield "self", value.__self__
        case type():
            for key, one in vars(value).items():
                yield (key if isinstance(one, FunctionType) else f"{value.__name__}.{key}"), one
        case ModuleType():
            return
        case Mapping():
            yield from ((f"{name}[{key!r}]", one) for key, one in value.items())
        case list() | tuple():
            yield from ((f"{name}[{index}]", one) for index, one in enumerate(value))
        case set() | frozenset():
            yield from ((f"a member of {name}", one) for one in value)
        case _:
            yield from ((f"{name}.{key}", one) for key, one in _attributes(value))


def _attributes(value: object) -> Iterator[tuple[str, Any]]:
    yield from getattr(value, "__dict__", {}).items()


def _of_function(function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not set yet: it holds nothing
            continue
    for name in _globals_of(function.__code__):
        if name in function.__globals__:
            yield name, function.__globals__[name]
    arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    yield from zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()


def _globals_of(code: CodeType) -> Iterator[str]:
    """The names that a function may read from its module, those of functions inside it included."""
    yield from code.co_names
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _globals_of(one)
