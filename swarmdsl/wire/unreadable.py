"""What no push can be read as, and why: told before anything is pushed."""

from __future__ import annotations

import collections
import collections.abc
from typing import Any, get_args

from swarmdsl.wire.annotations import (
    Annotation,
    class_of,
    fields_of,
    hints_of,
    is_array,
    is_literal,
    is_union,
    name_of,
    normal,
)
from swarmdsl.wire.scalars import is_numpy_scalar, travels_as_scalar
from swarmdsl.wire.travel import is_travelling

_SCALARS = (int, float, str, bytes)
_PLAIN = (list, tuple, set, frozenset, dict)


def unreadable(annotation: Annotation) -> str:
    """Why plain data cannot be made into a type; empty if nothing here speaks against it.

    >>> unreadable(list[dict[str, int]])
    ''
    >>> unreadable(collections.OrderedDict)
    'what arrives is a plain dict, and no OrderedDict'
    """
    return _reason(annotation, ())


def _reason(annotation: Annotation, inside: tuple[Any, ...]) -> str:
    found = normal(annotation)
    if found in (Any, Ellipsis) or found in inside or is_literal(found):
        return ""
    outer = class_of(found)
    if outer is None or is_union(found):
        return _first(get_args(found), inside)
    if is_array(found):
        plain = (outer.__module__, outer.__name__) == ("numpy", "ndarray")
        return "" if plain else f"what arrives is a plain np.ndarray, and no {outer.__name__}"
    fields = fields_of(found)
    if fields is not None:
        return _of_record(outer) or _first(fields.values(), (*inside, found))
    return _of_class(outer) or _first(get_args(found), inside)


def _first(parts: collections.abc.Iterable[Annotation], inside: tuple[Any, ...]) -> str:
    return next((reason for part in parts if (reason := _reason(part, inside))), "")


def _of_class(outer: type) -> str:
    if is_numpy_scalar(outer) and not travels_as_scalar(outer):
        return f"one {outer.__name__} has no form that travels; take an array of it"
    if is_numpy_scalar(outer) and not travels_as_scalar(outer, concrete=True):
        return f"{outer.__name__} stands for several types; take one of them"
    plain = next((one for one in _PLAIN if issubclass(outer, one)), outer)
    if plain is not outer:
        return f"what arrives is a plain {plain.__name__}, and no {outer.__name__}"
    if is_travelling(outer) or any(_is(one, outer) for one in (*_PLAIN, *_SCALARS)):
        return ""
    return f"nothing tells how to make a {name_of(outer)} of plain data"


def _is(plain: type, wanted: type) -> bool:
    """Whether what arrives as a plain type may be what is wanted: an ABC, say, or a protocol."""
    try:
        return issubclass(plain, wanted)
    except TypeError:  # a protocol that is not made for run-time checks
        return True


def _of_record(record: Any) -> str:
    if hasattr(record, "model_fields"):
        return _of_model(record)
    hints = hints_of(record)
    for name, raw in getattr(record, "__annotations__", {}).items():
        if name not in hints:
            return (
                f"{name} of {name_of(record)} is annotated {_text(raw)!r}, which cannot be "
                "resolved; define what it names at the top level of a file"
            )
    return ""


def _of_model(model: Any) -> str:
    if (model.__module__, model.__name__) == ("pydantic.main", "BaseModel"):
        return "nothing says which model is meant, and BaseModel itself cannot be made"
    if not model.__pydantic_complete__ and not model.model_rebuild(raise_errors=False):
        return (
            f"{name_of(model)} has a field whose type cannot be resolved; "
            "define what it names at the top level of a file"
        )
    for name, field in model.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            outer = class_of(normal(part))
            if outer is not None and is_numpy_scalar(outer):
                return f"{name} of {name_of(model)} arrives as a number, and no {outer.__name__}"
    return ""


def _text(raw: Any) -> str:
    return str(getattr(raw, "__forward_arg__", raw))
