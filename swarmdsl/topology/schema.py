"""The JSON Schema of topology documents, made from the classes of the model.

It says what a document looks like, for editors and other tools. Whether its names refer to
something, and its numbers are within bounds, only `swarmdsl.topology.codec` tells.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from swarmdsl.topology.flat_daemons import ENTRIES, KEY
from swarmdsl.topology.model import FORMAT, Topology
from swarmdsl.topology.shapes import (
    Anything,
    Choice,
    Either,
    Items,
    Key,
    Named,
    Plain,
    Record,
    Scalar,
    Shape,
    record_of,
)

_FLAT = "Daemons one by one, as a person writes them; when a document is read, each is a group."
_TYPES: dict[Scalar, str] = {
    "text": "string",
    "whole": "integer",
    "number": "number",
    "truth": "boolean",
}


def schema_text() -> str:
    """The schema as it is published.

    >>> schema_text().startswith('{')
    True
    """
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The schema as plain values.

    >>> schema()["properties"]["format"]["const"]
    1
    """
    root = record_of(Topology)
    top = _record(root)
    top["properties"]["format"] |= {"const": FORMAT}
    top["properties"][KEY] = {"description": _FLAT, **_shape(ENTRIES)}
    top["required"].remove("groups")
    top["anyOf"] = [{"required": ["groups"]}, {"required": [KEY]}]
    others = (one for shape in (root, ENTRIES) for one in records_in(shape))
    inner = {one.name: _record(one) for one in others if one is not root}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"swarmdsl topology, format {FORMAT}",
        **top,
        "$defs": inner,
    }


def records_in(shape: Shape) -> Iterator[Record]:
    """A record and all records inside it, each once, an outer one before those inside it.

    >>> [one.name for one in records_in(record_of(Topology))][:3]
    ['Topology', 'Node', 'ModuleSpec']
    """
    found: dict[str, Record] = {}
    waiting: list[Shape] = [shape]
    while waiting:
        match waiting.pop(0):
            case Record() as record if record.name not in found:
                found[record.name] = record
                waiting[:0] = [key.shape for key in record.keys.values()]
            case Items(item=item) | Named(item=item):
                waiting.insert(0, item)
    yield from found.values()


def _record(record: Record) -> dict[str, Any]:
    return {
        "description": record.summary,
        "type": "object",
        "properties": {name: _key(key) for name, key in record.keys.items()},
        "required": [name for name, key in record.keys.items() if key.required],
        "additionalProperties": False,
    }


def _key(key: Key) -> dict[str, Any]:
    made = _shape(key.shape)
    if key.nullable:
        made = {"anyOf": [made, {"type": "null"}]}
    described = {"description": key.description} if key.description else {}
    if key.default is not None:
        made["default"] = list(key.default) if isinstance(key.default, tuple) else key.default
    return {**described, **made}


def _shape(shape: Shape) -> dict[str, Any]:
    match shape:
        case Plain():
            return {"type": _TYPES[shape.kind]}
        case Anything():
            return {"type": ["string", "number", "boolean", "array", "object"]}
        case Choice():
            return {"enum": list(shape.options)}
        case Either():
            return {"type": [_TYPES[one.kind] for one in shape.options]}
        case Items():
            return {"type": "array", "items": _shape(shape.item)}
        case Named():
            return {"type": "object", "additionalProperties": _shape(shape.item)}
        case Record():
            return {"$ref": f"#/$defs/{shape.name}"}
