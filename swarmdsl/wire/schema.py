"""The schema of a type: its structure as plain data, which any language can write and read.

A schema is a scalar's name or an object with a `kind`; `docs/design/sessions.md` has the table.
Its canonical text is compact JSON with the keys in the order of the classes here, the fields of a
record by name (by position where it travels so) and the members of a union by their text. The
SHA-256 of that text is the fingerprint of the type.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

from swarmdsl.errors import WireError
from swarmdsl.wire.arrays import dtype_name

SCHEMA_BYTES_MAX = 65_536  # of the text of one type; a longer one is not compared
ANY = "any"
_PLAIN = {"null", "bool", "int", "float", "str", "bytes"}
_AS_TEXT = {"datetime", "date", "time", "timedelta", "decimal", "uuid"}
SCALARS = frozenset(_PLAIN | _AS_TEXT | {ANY, "unknown"})

Plain = str | int | bool | None


class Node(
    msgspec.Struct, frozen=True, gc=False, tag_field="kind", tag=str.lower, omit_defaults=True
):
    """The base of all schemas that are not the name of a scalar."""


class Named(Node, frozen=True, gc=False):
    """A class that travels as a scalar; as `unknown` where nobody can tell how."""

    name: str
    of: str


class Choice(Node, frozen=True, gc=False, tag="literal"):
    """One of these values."""

    values: list[Plain]


class Enumeration(Node, frozen=True, gc=False, tag="enum"):
    """One of the values of an enumeration; they travel, not their names."""

    name: str
    members: list[tuple[str, Plain]]


class Items(Node, frozen=True, gc=False, tag="list"):
    """Any number of items of one type, as a MessagePack array; `name` is `list`, `set`, …."""

    name: str
    item: Schema


class Row(Node, frozen=True, gc=False, tag="tuple"):
    """One item of each of these types, as a MessagePack array."""

    items: list[Schema]


class Table(Node, frozen=True, gc=False, tag="map"):
    """Keys and values of one type each, as a MessagePack map."""

    name: str
    key: Schema
    value: Schema


class Record(Node, frozen=True, gc=False):
    """Named fields: a MessagePack map, or an array of the values where `form` says so.

    Those named in `optional` may be left out; the reader has a default, or does without.
    """

    name: str
    fields: list[tuple[str, Schema]]
    form: Literal["map", "array"] = "map"
    arguments: list[Schema] = []
    optional: list[str] = []


class Again(Node, frozen=True, gc=False):
    """A record that encloses this place: 0 is the innermost, 1 the one around it."""

    up: int


class Array(Node, frozen=True, gc=False):
    """A numpy array: of one of these dtypes (of any, if there are none) and `ndim` dimensions.

    A dtype is the kinds that it may be, and the bytes of an item where that is fixed: `f8`, `iu`.
    """

    dtypes: list[str]
    ndim: int | None = None


class OneOf(Node, frozen=True, gc=False, tag="union"):
    """A value of one of these types; what is optional is a union with `null`."""

    members: list[Schema]


Schema = str | Named | Choice | Enumeration | Items | Row | Table | Record | Again | Array | OneOf

_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Schema)


def text_of(schema: Schema) -> str:
    """The canonical text of a schema.

    >>> text_of("int"), text_of(Items("list", "float"))
    ('"int"', '{"kind":"list","name":"list","item":"float"}')
    """
    return msgspec.json.encode(schema).decode()


def fingerprint_of(schema: Schema) -> str:
    """The SHA-256 of its canonical text.

    >>> fingerprint_of("int")[:8]
    '3f2b87a9'
    """
    return hashlib.sha256(text_of(schema).encode()).hexdigest()


def read_schema(text: str) -> Schema:
    """The schema that a text holds.

    Raises:
        WireError: it holds none.

    >>> read_schema('{"kind":"tuple","items":["int","str"]}')
    Row(items=['int', 'str'])
    """
    if len(text) > SCHEMA_BYTES_MAX:
        raise WireError(f"a schema of {len(text)} characters; the limit is {SCHEMA_BYTES_MAX}")
    try:
        schema: Schema = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise WireError(f"not a schema: {error}") from error
    return schema


def shown(schema: Schema) -> str:
    """The type as a person would write it.

    >>> shown(OneOf([Items("list", "int"), "null"])), shown(Array(["f8"], 2))
    ('list[int] | None', 'NDArray[float64] with 2 dimensions')
    """
    match schema:
        case str():
            return {"null": "None", "any": "Any"}.get(schema, schema)
        case Named(name=name) | Enumeration(name=name):
            return name
        case Record(name=name, arguments=arguments):
            return f"{name}[{_listed(arguments)}]" if arguments else name
        case Choice(values=values):
            return f"Literal[{', '.join(repr(value) for value in values)}]"
        case Items(name=name, item=item):
            return f"{name}[{shown(item)}, ...]" if name == "tuple" else f"{name}[{shown(item)}]"
        case Row(items=items):
            return f"tuple[{_listed(items)}]"
        case Table(name=name, key=key, value=value):
            return f"{name}[{shown(key)}, {shown(value)}]"
        case OneOf(members=members):
            return " | ".join(map(shown, sorted(members, key=lambda one: one == "null")))
        case Array(dtypes=dtypes, ndim=ndim):
            inner = " | ".join(map(dtype_name, dtypes)) or "Any"
            return f"NDArray[{inner}]" + ("" if ndim is None else f" with {ndim} dimensions")
        case Again():
            return "itself"


def _listed(schemas: list[Schema]) -> str:
    return ", ".join(map(shown, schemas))
