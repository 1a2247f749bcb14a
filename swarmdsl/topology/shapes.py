"""What may stand where in a topology document, read from the classes of the model.

One description serves three readers: who checks a document, the JSON Schema, and the page that
lists the keys. So none of them can differ from the model.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Scalar = Literal["text", "whole", "number", "truth"]
_SCALARS: Mapping[Any, Scalar] = {str: "text", int: "whole", float: "number", bool: "truth"}
_ATTRIBUTE = re.compile(r"^    (\w+): (.+(?:\n(?: {5,}.*)?$)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A value without parts."""

    kind: Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Anything:
    """A constant: whatever TOML, YAML and JSON can all say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """A value of one of several shapes."""

    options: tuple[Plain, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list of values of one shape."""

    item: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A table whose keys are names that the user chose."""

    item: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A table whose keys the model knows."""

    name: str
    summary: str
    keys: Mapping[str, Key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of a record.

    Attributes:
        shape: of its value.
        required: whether it must be there.
        nullable: whether JSON and YAML may say null, which means that it is not there.
        default: what it is if it is not there.
        description: what it means, from the docstring of its class.
    """

    shape: Shape
    required: bool
    nullable: bool
    default: object = None
    description: str = field(default="", compare=False)


Shape = Plain | Anything | Choice | Either | Items | Named | Record


@cache
def record_of(model: type) -> Record:
    """The shape of a dataclass.

    >>> from swarmdsl.topology.model import DataType
    >>> list(record_of(DataType).keys)
    ['name', 'fingerprint', 'schema']
    """
    text = inspect.getdoc(model) or ""
    described = {name: " ".join(words.split()) for name, words in _ATTRIBUTE.findall(text)}
    hints = get_type_hints(model)
    keys = {}
    for one in fields(model):
        shape, nullable = _shape(hints[one.name])
        keys[one.name] = Key(
            shape=shape,
            required=one.default is MISSING and one.default_factory is MISSING,
            nullable=nullable,
            default=None if one.default is MISSING else one.default,
            description=described.get(one.name, ""),
        )
    return Record(name=model.__name__, summary=text.partition("\n")[0], keys=keys)


def _shape(hint: Any) -> tuple[Shape, bool]:
    """The shape that an annotation gives, and whether it allows None besides."""
    if get_origin(hint) in {Union, types.UnionType}:
        options = [one for one in get_args(hint) if one is not type(None)]
        nullable = len(options) < len(get_args(hint))
        if len(options) == 1:
            return _shape(options[0])[0], nullable
        return Either(options=tuple(Plain(kind=_SCALARS[one]) for one in options)), nullable
    return _shape_of_one(hint), False


def _shape_of_one(hint: Any) -> Shape:
    arguments = get_args(hint)
    if hint in _SCALARS:
        return Plain(kind=_SCALARS[hint])
    if hint is object:
        return Anything()
    if is_dataclass(hint) and isinstance(hint, type):
        return record_of(hint)
    if get_origin(hint) is Literal:
        return Choice(options=arguments)
    if get_origin(hint) is tuple and arguments[1:] == (...,):
        return Items(item=_shape(arguments[0])[0])
    if get_origin(hint) is Mapping and arguments[0] is str:
        return Named(item=_shape(arguments[1])[0])
    raise TypeError(f"a topology document has no shape for {hint!r}")
