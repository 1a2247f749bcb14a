"""Generic classes: what their parameters stand for, in themselves and in what they come from."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin

Annotation = Any
Given = Mapping[TypeVar, Annotation]
_WRITTEN_ONLY = (typing.Generic, typing.Protocol)


def bases_of(annotation: Annotation) -> dict[type, tuple[Annotation, ...]]:
    """The class of an annotation and all that it comes from, each with its arguments there.

    >>> T = TypeVar("T")
    >>> class Box(typing.Generic[T]): ...
    >>> class Boxes(Box[list[T]]): ...
    >>> bases_of(Boxes[int])[Box]
    (list[int],)
    """
    found: dict[type, tuple[Annotation, ...]] = {}
    _collect(annotation, {}, found)
    return found


def _collect(
    annotation: Annotation, given: Given, found: dict[type, tuple[Annotation, ...]]
) -> None:
    origin: Any = get_origin(annotation)
    outer: Any = annotation if origin is None else origin
    if not isinstance(outer, type) or outer in found or outer in _WRITTEN_ONLY:
        return
    found[outer] = tuple(substituted(one, given) for one in get_args(annotation))
    inside = _own(outer, found[outer])
    for base in vars(outer).get("__orig_bases__", outer.__bases__):
        _collect(base, inside, found)


def _own(outer: type, arguments: tuple[Annotation, ...]) -> Given:
    """What the parameters of a class stand for, where it was given arguments."""
    return dict(zip(getattr(outer, "__parameters__", ()), arguments, strict=False))


def substituted(annotation: Annotation, given: Given) -> Annotation:
    """An annotation with its type variables replaced by what they stand for.

    >>> T = TypeVar("T")
    >>> substituted(dict[str, list[T]], {T: int})
    dict[str, list[int]]
    """
    if isinstance(annotation, TypeVar):
        return given.get(annotation, annotation)
    parameters = getattr(annotation, "__parameters__", ())
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation  # a generic class without arguments: its parameters are its own
    if not isinstance(parameters, tuple) or not any(one in given for one in parameters):
        return annotation
    return annotation[tuple(given.get(one, one) for one in parameters)]


def resolved_fields(
    annotation: Annotation, hints: Mapping[str, Annotation]
) -> dict[str, Annotation]:
    """The types of a record's fields, with what its parameters and those of its bases stand for.

    >>> T = TypeVar("T")
    >>> class Box(typing.Generic[T]):
    ...     content: T
    >>> resolved_fields(Box[int], {"content": T})
    {'content': <class 'int'>}
    """
    bases = bases_of(annotation)
    given = {outer: _own(outer, arguments) for outer, arguments in bases.items()}
    anywhere = {name: kind for own in reversed(given.values()) for name, kind in own.items()}
    found = {}
    for name, kind in hints.items():
        declaring = next((one for one in given if name in _annotated_in(one)), None)
        own = given[declaring] if declaring is not None else {}
        found[name] = substituted(kind, {**anywhere, **own})
    return found


def _annotated_in(outer: type) -> Mapping[str, Any]:
    return inspect.get_annotations(outer)
