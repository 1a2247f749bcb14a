"""Annotations that are no types, and what was meant by them."""

from __future__ import annotations

import difflib
import inspect
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

from swarmdsl.wire.annotations import class_of, fields_of, hints_of, name_of, normal, scope_of
from swarmdsl.wire.no_type import no_type_in

_BY_NAME = {"any": "typing.Any", "callable": "collections.abc.Callable"}
_LIKENESS = 0.6  # how much a function and the class that was meant must be alike, of 1
_SHOWN_MAX = 60  # letters of a value in a message


class Untyped(NamedTuple):
    """A parameter (or the result) whose annotation is no type.

    Attributes:
        parameter: its name, or `return`.
        shown: what stands there, as it was written.
        kind: what that is, as in `a function`.
        remedy: what to write instead.
    """

    parameter: str
    shown: str
    kind: str
    remedy: str


def untyped_in(function: Callable[..., Any]) -> Iterator[Untyped]:
    """Each annotation of a function that is, or holds, something that is no type.

    >>> def work(pair: (int, float)) -> [int]: ...
    >>> [(one.parameter, one.remedy) for one in untyped_in(work)]
    [('pair', 'write tuple[int, float]'), ('return', 'write list[int]')]
    """
    plain = inspect.unwrap(function)
    raw = getattr(plain, "__annotations__", {})
    read = hints_of(function) if raw else {}
    for parameter, written in raw.items():
        if parameter not in read:
            scope = scope_of(plain)
            found = no_type_in(_evaluated(written, scope))
            if found is not None:
                yield _explained(parameter, found.value, scope)


def untyped_field(annotation: Any) -> tuple[str, Untyped] | None:
    """The first field of a record, or of one within it, that is annotated with no type.

    >>> from dataclasses import make_dataclass
    >>> untyped_field(list[make_dataclass("Dose", [("grams", (int, float))])])[0]
    'Dose'
    """
    return _field(annotation, [])


def _field(annotation: Any, seen: list[Any]) -> tuple[str, Untyped] | None:
    found = normal(annotation)
    if any(one is found for one in seen) or no_type_in(found) is not None:
        return None
    seen.append(found)
    record, fields = class_of(found), fields_of(found) or {}
    for name, kind in fields.items():
        wrong = no_type_in(kind)
        if wrong is not None:
            scope = vars(sys.modules.get(getattr(record, "__module__", ""), sys))
            return name_of(found), _explained(name, wrong.value, scope)
    within = (_field(one, seen) for one in (*fields.values(), *get_args(found)))
    return next((one for one in within if one is not None), None)


def explained(value: object) -> Untyped | None:
    """What a value is that stands for a type in the argument of a call; None if it may be one."""
    found = no_type_in(value)
    return None if found is None else _explained("", found.value, {})


def _evaluated(written: object, scope: Mapping[str, Any]) -> Any:
    """What an annotation stands for; one that cannot be read is of any type."""
    if not isinstance(written, str):
        return written
    try:
        return eval(written, dict(scope))  # noqa: S307 — it is done wherever hints are read
    # Evaluating what a user wrote may raise anything.
    except Exception:
        return Any


def _explained(parameter: str, value: object, scope: Mapping[str, Any]) -> Untyped:
    if isinstance(value, tuple | list | dict | set | frozenset):
        shown = _shortened(_as_written(value))
        return Untyped(parameter, shown, f"a {type(value).__name__}", f"write {_as_type(value)}")
    if isinstance(value, types.ModuleType) or callable(value):
        shown, near = _named(value, scope)
        kind = "a module" if isinstance(value, types.ModuleType) else "a function"
        remedy = f"did you mean {near}?" if near else "write a class, as in `int`"
        return Untyped(parameter, shown, kind, remedy)
    kind = type(value).__name__
    return Untyped(parameter, _shortened(repr(value)), "a value", f"write its type, {kind}")


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}..."


def _as_written(value: object) -> str:
    """A container of types as it stands in the annotation."""
    match value:
        case tuple():
            inside = ", ".join(map(_as_written, value))
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        case list():
            return f"[{', '.join(map(_as_written, value))}]"
        case dict():
            pairs = (f"{_as_written(key)}: {_as_written(one)}" for key, one in value.items())
            return f"{{{', '.join(pairs)}}}"
        case set() | frozenset():
            return f"{{{', '.join(map(_as_written, value))}}}"
        case str() | int() | float() | bytes():
            return repr(value)
        case _:
            return getattr(value, "__name__", None) or name_of(value)


def _as_type(value: object) -> str:
    """The type that a value in the place of one stands for, as it has to be written."""
    match value:
        case tuple():
            return f"tuple[{', '.join(map(_as_type, value)) or '()'}]"
        case list() | set() | frozenset():
            inside = _one_of(value)
            return f"{type(value).__name__}[{inside}]" if inside else type(value).__name__
        case dict():
            keys = _one_of(type(key) if isinstance(key, str) else key for key in value)
            return f"dict[{keys}, {_one_of(value.values())}]" if value else "dict"
        case str():
            return value
        case None | types.EllipsisType():
            return str(None) if value is None else "..."
        case _ if no_type_in(value) is None:
            return name_of(value)
        case _ if callable(value):
            return _BY_NAME.get(getattr(value, "__name__", ""), "...")
        case _:
            return type(value).__name__


def _one_of(values: Iterable[object]) -> str:
    return " | ".join(dict.fromkeys(map(_as_type, values)))


def _named(value: Any, scope: Mapping[str, Any]) -> tuple[str, str]:
    """How a function or module is called in a scope, and the class that was meant, if any."""
    name = str(getattr(value, "__name__", "")).rpartition(".")[2]
    if getattr(value, "__module__", None) == "builtins" and name in _BY_NAME:
        return name, _BY_NAME[name]
    for known, one in scope.items():
        if one is value:
            near = _near_class(name, value) if isinstance(value, types.ModuleType) else ""
            return known, f"{known}.{near}" if near else ""
        if isinstance(one, types.ModuleType) and vars(one).get(name) is value:
            near = _near_class(name, one)
            return f"{known}.{name}", f"{known}.{near}" if near else ""
    return name, ""


def _near_class(name: str, module: types.ModuleType) -> str:
    """The class of a module whose name is most like this one; empty if none is."""
    classes = {
        known.casefold(): known
        for known, one in vars(module).items()
        if isinstance(one, type) and not known.startswith("_")
    }
    near = difflib.get_close_matches(name.casefold(), classes, n=1, cutoff=_LIKENESS)
    return classes[near[0]] if near else ""
