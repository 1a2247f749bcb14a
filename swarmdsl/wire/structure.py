"""From annotations to schemas: what a type is made of, and how it travels."""

from __future__ import annotations

import collections.abc
import datetime as dt
import decimal
import enum
import types
import uuid
from typing import Any, get_args

from swarmdsl.wire.absent import optional_fields
from swarmdsl.wire.annotations import (
    Annotation,
    class_of,
    fields_of,
    is_array,
    is_literal,
    is_union,
    name_of,
    normal,
    origin_of,
)
from swarmdsl.wire.arrays import array_type
from swarmdsl.wire.schema import (
    ANY,
    SCHEMA_BYTES_MAX,
    Again,
    Array,
    Choice,
    Enumeration,
    Items,
    Named,
    OneOf,
    Plain,
    Record,
    Row,
    Schema,
    Table,
    text_of,
)

_SCALARS: dict[type, str] = {
    types.NoneType: "null",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    bytes: "bytes",
    dt.datetime: "datetime",
    dt.date: "date",
    dt.time: "time",
    dt.timedelta: "timedelta",
    decimal.Decimal: "decimal",
    uuid.UUID: "uuid",
}
_AS_BYTES = (bytearray, memoryview)
ITERABLES = (
    list,
    set,
    frozenset,
    collections.abc.Set,
    collections.abc.MutableSet,
    collections.abc.Sequence,
    collections.abc.MutableSequence,
    collections.abc.Collection,
    collections.abc.Iterable,
    collections.abc.Iterator,
    collections.abc.Generator,
)


def schema_of(annotation: Annotation) -> Schema:
    """The schema of the type that an annotation stands for.

    >>> schema_of(list[int] | None)
    OneOf(members=['null', Items(name='list', item='int')])
    """
    return _schema(annotation, ())


def declared(annotation: Annotation) -> str:
    """The text of a type's schema, as it is said in HELLO; that of `Any` if it is too long.

    >>> declared(int)
    '"int"'
    """
    text = text_of(schema_of(annotation))
    return text if len(text.encode()) <= SCHEMA_BYTES_MAX else text_of(ANY)


def _schema(annotation: Annotation, inside: tuple[type, ...]) -> Schema:
    found = normal(annotation)
    if found is Any:
        return ANY
    if is_union(found):
        return _union([_schema(member, inside) for member in get_args(found)])
    if is_literal(found):
        values = {_ordering(one): one for one in map(_plain, get_args(found))}
        return Choice([values[key] for key in sorted(values)])
    if is_array(found):
        allowed = array_type(found)
        return Array(list(allowed.dtypes), allowed.ndim)
    outer = class_of(found)
    if outer is None:
        return Named(str(found), "unknown")
    return _of_class(found, outer, inside)


def _union(members: list[Schema]) -> Schema:
    kept = {text_of(member): member for member in members}
    ordered = [kept[text] for text in sorted(kept)]
    return ordered[0] if len(ordered) == 1 else OneOf(ordered)


def _of_class(found: Annotation, outer: type, inside: tuple[type, ...]) -> Schema:
    if outer in inside:
        return Again(inside[::-1].index(outer))
    if outer in _SCALARS:
        return _SCALARS[outer]
    if issubclass(outer, enum.Enum):
        return Enumeration(name_of(outer), sorted([(one.name, _plain(one)) for one in outer]))
    fields = wire_fields(found)
    if fields is not None:
        return _record(found, outer, fields, inside)
    arguments = get_args(found)
    return _container(
        outer,
        [_schema(one, inside) for one in arguments if one is not Ellipsis],
        fixed=origin_of(found) is not None and Ellipsis not in arguments,
    )


def _container(outer: type, arguments: list[Schema], *, fixed: bool) -> Schema:
    name = name_of(outer)
    if issubclass(outer, tuple):
        return Row(arguments) if fixed else Items(name, arguments[0] if arguments else ANY)
    if issubclass(outer, collections.abc.Mapping):
        key, value = arguments if len(arguments) == 2 else (ANY, ANY)
        return Table(name, key, value)
    if outer in ITERABLES or issubclass(outer, (list, set, frozenset)):
        return Items(name, arguments[0] if arguments else ANY)
    return Named(name, _scalar_below(outer))


def _scalar_below(outer: type) -> str:
    """What a class that is no container travels as."""
    if issubclass(outer, _AS_BYTES):
        return "bytes"
    known = next((name for base, name in _SCALARS.items() if issubclass(outer, base)), None)
    if known is not None:
        return known
    of_numpy = {base.__name__ for base in outer.__mro__ if base.__module__ == "numpy"}
    numbers = {"integer": "int", "floating": "float", "bool": "bool", "bool_": "bool"}
    return next((kind for name, kind in numbers.items() if name in of_numpy), "unknown")


def _record(
    found: Annotation, outer: type, fields: dict[str, Annotation], inside: tuple[type, ...]
) -> Schema:
    described = [(name, _schema(kind, (*inside, outer))) for name, kind in fields.items()]
    positional = travels_by_position(outer)
    ordered = described if positional else sorted(described, key=lambda field: field[0])
    absent = optional_fields(outer)
    return Record(
        name=name_of(outer),
        fields=ordered,
        form="array" if positional else "map",
        arguments=[_schema(argument, inside) for argument in get_args(found)],
        optional=[name for name, _ in ordered if name in absent],
    )


def wire_fields(annotation: Annotation) -> dict[str, Annotation] | None:
    """The fields of a record by the names with which they travel; None for what is no record.

    A tagged struct of msgspec has its tag as one more field.
    """
    fields, record = fields_of(annotation), class_of(annotation)
    config = getattr(record, "__struct_config__", None)
    if fields is None or config is None:
        return fields
    names: tuple[str, ...] = getattr(record, "__struct_encode_fields__", ())
    travelling = dict(zip(names, fields.values(), strict=True))
    if config.tag is None:
        return travelling
    return {config.tag_field or "type": _only(config.tag), **travelling}


def _only(value: str | int) -> Annotation:
    from typing import Literal

    return Literal[value]


def travels_by_position(record: type) -> bool:
    """Whether a record is a MessagePack array of its values, rather than a map."""
    config = getattr(record, "__struct_config__", None)
    return issubclass(record, tuple) or bool(config is not None and config.array_like)


def _plain(value: object) -> Plain:
    """A value of a literal or an enumeration; what JSON cannot say is said as Python writes it."""
    inner = value.value if isinstance(value, enum.Enum) else value
    return inner if isinstance(inner, str | int | bool | None) else repr(inner)


def _ordering(value: Plain) -> str:
    """Orders the values of a literal, which need not be comparable; and True is not 1 here."""
    return f"{type(value).__name__}:{value!r}"
