"""Reading annotations: one normal form for the many ways in which Python writes a type."""

from __future__ import annotations

import dataclasses
import enum
import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from swarmdsl.wire.generics import resolved_fields
from swarmdsl.wire.no_type import no_type_in

Annotation = Any


def normal(annotation: Annotation) -> Annotation:
    """The annotation without its wrappers: Annotated, NewType, aliases, type variables, `None`.

    What cannot be known (a string that nothing resolves, a bare type variable) is `Any`.

    >>> normal(typing.Annotated[int, "seconds"]), normal(None), normal("unresolved")
    (<class 'int'>, <class 'NoneType'>, typing.Any)
    """
    while True:
        if annotation is None:
            return types.NoneType
        if annotation is object or isinstance(annotation, str | typing.ForwardRef):
            return Any
        if annotation is typing.LiteralString:
            return str
        if isinstance(annotation, TypeVar):
            annotation = annotation.__bound__ or Any
        elif hasattr(annotation, "__supertype__"):  # NewType
            annotation = annotation.__supertype__
        elif origin_of(annotation) in _WRAPPERS:
            annotation = get_args(annotation)[0]
        elif _is_alias(annotation):
            annotation = annotation.__value__
        elif _is_alias(origin_of(annotation)):  # as NDArray[float64] is, in newer NumPy
            annotation = origin_of(annotation).__value__[get_args(annotation)]
        else:
            return annotation


def _is_alias(annotation: Annotation) -> bool:
    """Whether it was made by a `type X = ...` statement, which came with Python 3.12."""
    return type(annotation).__name__ == "TypeAliasType"


_WRAPPERS: tuple[Any, ...] = (
    typing.Annotated,
    typing.Required,
    typing.NotRequired,
    typing.Final,
    typing.ClassVar,
)


def origin_of(annotation: Annotation) -> Any:
    """`list` for `list[int]`; None for what has no arguments."""
    return get_origin(annotation)


def is_union(annotation: Annotation) -> bool:
    """Whether a normal annotation is a union."""
    return origin_of(annotation) in {Union, types.UnionType}


def is_literal(annotation: Annotation) -> bool:
    """Whether a normal annotation is a `Literal`."""
    return origin_of(annotation) is Literal


def is_type(annotation: object) -> bool:
    """Whether a value, which nobody wrote as an annotation, can stand for a type.

    >>> is_type(int), is_type(list[int] | None), is_type(3), is_type("int"), is_type([int])
    (True, True, False, False, False)
    """
    if isinstance(annotation, str):  # it could be resolved only where it was written
        return False
    try:
        found = normal(annotation)
        return found is Any or is_union(found) or is_literal(found) or class_of(found) is not None
    except TypeError:  # what cannot be hashed
        return False


def class_of(annotation: Annotation) -> type | None:
    """The class behind a normal annotation: `list` for `list[int]`, None for a union or `Any`."""
    origin = origin_of(annotation) or annotation
    return origin if isinstance(origin, type) and origin is not Any else None


def is_array(annotation: Annotation) -> bool:
    """Whether it is a NumPy array; told by name, so that NumPy need not be loaded."""
    found = class_of(annotation)
    return found is not None and any(
        (base.__module__, base.__name__) == ("numpy", "ndarray") for base in found.__mro__
    )


def dtype_of(array: Annotation) -> Annotation:
    """The scalar type of an array annotation, `Any` if it is not written."""
    arguments = get_args(array)
    inner = get_args(arguments[1]) if len(arguments) == 2 else ()
    return normal(inner[0]) if inner else Any


def name_of(annotation: Annotation) -> str:
    """The type as a person would write it.

    >>> name_of(list[typing.Optional[float]]), name_of(None), name_of(Any)
    ('list[float | None]', 'None', 'Any')
    """
    found = normal(annotation)
    if found is Any:
        return "Any"
    if found is types.NoneType:
        return "None"
    if found is Ellipsis:
        return "..."
    if is_union(found):
        return " | ".join(name_of(member) for member in get_args(found))
    if is_literal(found):
        return f"Literal[{', '.join(repr(value) for value in get_args(found))}]"
    outer = class_of(found)
    if outer is not None and outer.__name__ == "ndarray" and is_array(found):
        return f"NDArray[{name_of(dtype_of(found))}]"
    name = str(found) if outer is None else outer.__qualname__.rpartition("<locals>.")[2]
    arguments = ", ".join(name_of(argument) for argument in get_args(found))
    return f"{name}[{arguments}]" if arguments and outer else name


def fields_of(annotation: Annotation) -> dict[str, Annotation] | None:
    """The fields of a record, None for what is no record.

    >>> @dataclasses.dataclass
    ... class Point:
    ...     x: int
    >>> fields_of(Point), fields_of(int)
    ({'x': <class 'int'>}, None)
    """
    record = class_of(annotation)
    names = None if record is None else _field_names(record)
    if record is None or names is None:
        return None
    if hasattr(record, "model_fields"):  # pydantic resolves its annotations itself
        return {name: record.model_fields[name].annotation for name in names}
    hints = hints_of(record)
    return resolved_fields(annotation, {name: hints.get(name, Any) for name in names})


def _field_names(record: type) -> list[str] | None:
    if dataclasses.is_dataclass(record):
        return [field.name for field in dataclasses.fields(record)]
    if typing.is_typeddict(record):
        return list(record.__annotations__)
    for attribute in ("_fields", "__struct_fields__", "model_fields"):
        names = getattr(record, attribute, None)
        if isinstance(names, tuple | dict) and not issubclass(record, enum.Enum):
            return list(names)
    return None


def hints_of(target: Callable[..., Any] | type) -> dict[str, Annotation]:
    """The annotations of a function or class, resolved one by one.

    One that cannot be resolved (its import is for the type checker alone, say) is left out, and
    does not spoil the others; nor does one that is no type. Of a `partial` or a callable object
    they are those of what it calls.
    """
    while isinstance(target, functools.partial):
        target = target.func
    if not hasattr(target, "__annotations__") and hasattr(target, "__call__"):  # noqa: B004
        target = type(target).__call__
    try:
        hints = typing.get_type_hints(target)
    # Evaluating what a user wrote may raise anything: then the good ones are found singly.
    except Exception:
        hints = _hints_singly(target)
    if isinstance(target, type):
        return hints
    return {name: one for name, one in hints.items() if no_type_in(one) is None}


def _hints_singly(target: Callable[..., Any] | type) -> dict[str, Annotation]:
    return _resolved(getattr(target, "__annotations__", {}), scope_of(target))


def own_hints(target: Callable[..., Any] | type) -> dict[str, Annotation]:
    """What annotations of a function or class that are texts stand for, not those of its bases.

    As with `hints_of`, what cannot be resolved is left out; `Annotated` keeps all it says.
    """
    raw = inspect.get_annotations(target)
    texts = {name: one for name, one in raw.items() if isinstance(one, str)}
    return _resolved(texts, scope_of(target), include_extras=True) if texts else {}


def _resolved(
    raw: Mapping[str, Any], scope: Mapping[str, Any], *, include_extras: bool = False
) -> dict[str, Annotation]:
    found: dict[str, Annotation] = {}
    for name, annotation in raw.items():
        one = types.SimpleNamespace(__annotations__={name: annotation})
        try:
            found |= typing.get_type_hints(one, dict(scope), include_extras=include_extras)
        # Evaluating what a user wrote may raise anything: this annotation stays unknown.
        except Exception:
            continue
    return found


def scope_of(target: Callable[..., Any] | type) -> Mapping[str, Any]:
    """The global names, and for a closure also those that it has captured."""
    import sys

    if isinstance(target, type):
        return vars(sys.modules.get(target.__module__, typing))
    code = getattr(target, "__code__", None)
    cells = getattr(target, "__closure__", None) or ()
    captured = {
        name: cell.cell_contents
        for name, cell in zip(code.co_freevars if code else (), cells, strict=False)
        if _is_filled(cell)
    }
    return {**getattr(target, "__globals__", {}), **captured}


def _is_filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - reading an empty cell raises
    except ValueError:
        return False
    return True
