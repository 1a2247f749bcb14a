"""From schemas back to annotations: a type for values that come from code without annotations."""

from __future__ import annotations

import datetime as dt
import decimal
import types
import uuid
from typing import Any, Literal, TypedDict, Union

from swarmdsl.wire.annotations import Annotation
from swarmdsl.wire.schema import (
    Array,
    Choice,
    Enumeration,
    Items,
    Named,
    OneOf,
    Record,
    Row,
    Schema,
    Table,
    read_schema,
)

_SCALARS: dict[str, Annotation] = {
    "null": types.NoneType,
    "bool": bool,
    "int": int,
    "float": float,
    "str": str,
    "bytes": bytes,
    "datetime": dt.datetime,
    "date": dt.date,
    "time": dt.time,
    "timedelta": dt.timedelta,
    "decimal": decimal.Decimal,
    "uuid": uuid.UUID,
}
# As `Any`, since what stands in their brackets is known only here.
_COLLECTIONS: dict[str, Any] = {"set": set, "frozenset": frozenset}
_LIST: Any = list
_TUPLE: Any = tuple
_DICT: Any = dict


def annotation_of(schema: str) -> Annotation:
    """A type whose values are those of a schema, given as its text.

    A record becomes a TypedDict that must have all fields, or a tuple if it travels as one. What
    only the class itself could tell is `Any`: a record within itself, a class of unknown form.

    Raises:
        WireError: the text is no schema.

    >>> annotation_of('{"kind":"list","name":"list","item":"int"}')
    list[int]
    """
    return _annotation(read_schema(schema))


def _annotation(schema: Schema) -> Annotation:
    match schema:
        case str():
            return _SCALARS.get(schema, Any)
        case Named(of=of):
            return _SCALARS.get(of, Any)
        case Choice(values=values):
            return Literal[tuple(values)]
        case Enumeration(members=members):
            return Literal[tuple(value for _, value in members)]
        case Items(name="tuple", item=item):
            return _TUPLE[_annotation(item), ...]
        case Items(name=name, item=item):
            return _COLLECTIONS.get(name, _LIST)[_annotation(item)]
        case Row(items=items):
            return _row([_annotation(item) for item in items])
        case Table(key=key, value=value):
            return _DICT[_annotation(key), _annotation(value)]
        case Record():
            return _record(schema)
        case Array(dtypes=dtypes):
            return _array(dtypes)
        case OneOf(members=members):
            return Union[tuple(map(_annotation, members))]  # noqa: UP007 - known only here
        case _:  # a record that encloses this place
            return Any


def _row(items: list[Annotation]) -> Annotation:
    return _TUPLE[tuple(items)]


def _record(record: Record) -> Annotation:
    fields = {name: _annotation(kind) for name, kind in record.fields}
    if record.form == "array":
        return _row(list(fields.values()))
    return TypedDict(record.name, fields)  # type: ignore[operator]


def _array(dtypes: list[str]) -> Annotation:
    """Of one dtype if there is just one, else of any."""
    import numpy as np

    exact = len(dtypes) == 1 and dtypes[0][1:].isdigit()
    scalar: Any = np.dtype(dtypes[0]).type if exact else Any
    return np.ndarray[Any, np.dtype[scalar]]
