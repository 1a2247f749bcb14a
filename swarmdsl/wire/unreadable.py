"""What no push can be read as, and why: told before anything is pushed."""

from __future__ import annotations

import collections
import collections.abc
from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

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


class Reason(NamedTuple):
    """Why plain data cannot be made into a part of a type.

    Attributes:
        text: why, as the end of a sentence.
        part: the part.
        fields: those that lead to it, by their names, through records within records.
        record: the outermost of these records; None if the part lies in none.
    """

    text: str
    part: Annotation
    fields: tuple[str, ...] = ()
    record: Annotation | None = None

    def sentence(self) -> str:
        """The text, and the field that it is about."""
        if self.record is None:
            return self.text
        return f"{'.'.join((name_of(self.record), *self.fields))}: {self.text}"


def unreadable(annotation: Annotation) -> str:
    """Why plain data cannot be made into a type; empty if nothing here speaks against it.

    >>> unreadable(list[dict[str, int]])
    ''
    >>> unreadable(collections.OrderedDict)
    'what arrives is a plain dict, and no OrderedDict'
    """
    found = why_unreadable(annotation)
    return "" if found is None else found.sentence()


def why_unreadable(annotation: Annotation) -> Reason | None:
    """The same, with the part of the type that it is about."""
    return _reason(annotation, ())


def plain_instead(part: Annotation) -> Annotation | None:
    """The plain type that arrives in the place of one that is derived from it; None if it is none.

    >>> plain_instead(collections.Counter[str]), plain_instead(collections.deque[int])
    (dict[str, int], list[int])
    """
    outer, given = class_of(normal(part)), get_args(normal(part))
    if outer is collections.Counter:
        return dict[given[0], int] if given else dict  # type: ignore[valid-type]
    if outer is collections.deque:
        return list[given[0]] if given else list  # type: ignore[valid-type]
    if outer in {collections.OrderedDict, collections.defaultdict}:
        return dict[given[0], given[1]] if given else dict  # type: ignore[valid-type]
    return None


def _reason(annotation: Annotation, inside: tuple[Any, ...]) -> Reason | None:
    found = normal(annotation)
    if found in (Any, Ellipsis) or found in inside or is_literal(found):
        return None
    outer = class_of(found)
    if outer is None or is_union(found):
        return _first(get_args(found), inside)
    if is_array(found):
        plain = (outer.__module__, outer.__name__) == ("numpy", "ndarray")
        no_array = f"what arrives is a plain np.ndarray, and no {outer.__name__}"
        return None if plain else Reason(no_array, found)
    fields = fields_of(found)
    if fields is not None:
        if whole := _of_record(outer):
            return Reason(whole, found)
        return _of_fields(found, fields, inside)
    if own := _of_class(outer):
        return Reason(own, found)
    return _first(get_args(found), inside)


def _of_fields(
    record: Annotation, fields: Mapping[str, Annotation], inside: tuple[Any, ...]
) -> Reason | None:
    for name, one in fields.items():
        reason = _reason(one, (*inside, record))
        if reason is not None:
            return reason._replace(fields=(name, *reason.fields), record=record)
    return None


def _first(parts: collections.abc.Iterable[Annotation], inside: tuple[Any, ...]) -> Reason | None:
    return next((one for part in parts if (one := _reason(part, inside)) is not None), None)


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
