"""Which fields of a record may be left out where it is written."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any, get_origin

import msgspec


def optional_fields(record: type) -> frozenset[str]:
    """The fields that a reader fills in by itself, by the names with which they travel.

    >>> class Row(typing.TypedDict, total=False):
    ...     x: int
    >>> optional_fields(Row)
    frozenset({'x'})
    """
    if typing.is_typeddict(record):
        return _not_required(record)
    if dataclasses.is_dataclass(record):
        return frozenset(one.name for one in dataclasses.fields(record) if _has_default(one))
    if hasattr(record, "__struct_config__"):
        return _with_default(record)
    models: dict[str, Any] | None = getattr(record, "model_fields", None)
    if isinstance(models, dict):
        return frozenset(name for name, one in models.items() if not one.is_required())
    return frozenset(getattr(record, "_field_defaults", {}))


def _has_default(field: dataclasses.Field[Any]) -> bool:
    # Of a class that was pickled by value, it is a copy of the one that means "none".
    missing = type(dataclasses.MISSING)
    given = (field.default, field.default_factory)
    return not all(isinstance(one, missing) for one in given)


def _with_default(struct: Any) -> frozenset[str]:
    """Its defaults stand for the last of its fields; some of them may say that there is none."""
    names, defaults = struct.__struct_encode_fields__, struct.__struct_defaults__
    last = names[len(names) - len(defaults) :]
    pairs = zip(last, defaults, strict=True)
    return frozenset(name for name, default in pairs if default is not msgspec.NODEFAULT)


def _not_required(record: Any) -> frozenset[str]:
    """The keys that may be absent, also where Python has left their annotations unread."""
    optional = set(record.__optional_keys__)
    try:
        hints = typing.get_type_hints(record, include_extras=True)
    except Exception:  # An annotation that cannot be resolved may raise anything.
        return frozenset(optional)
    for name, kind in hints.items():
        if get_origin(kind) is typing.NotRequired:
            optional.add(name)
        elif get_origin(kind) is typing.Required:
            optional.discard(name)
    return frozenset(optional)
