"""What may feed what: whether every value of one type can be read as another."""

from __future__ import annotations

import collections.abc
import datetime as dt
import typing
from collections.abc import Iterable
from typing import Any, get_args

from swarmdsl.wire.annotations import (
    Annotation,
    class_of,
    dtype_of,
    fields_of,
    is_array,
    is_literal,
    is_union,
    normal,
    origin_of,
)
from swarmdsl.wire.arrays import array_type
from swarmdsl.wire.generics import bases_of
from swarmdsl.wire.structure import ITERABLES, schema_of, travels_by_position, wire_fields

_AS_THEY_ARE = (int, float, str, bytes)  # also where no class is named, but what it can do
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


class Relation:
    """One question: pairs of records that are being compared are taken to fit."""

    def __init__(self) -> None:
        self._assumed: set[tuple[Annotation, Annotation]] = set()

    def accepts(self, source: Annotation, destination: Annotation) -> bool:
        """Whether every value of type `source` can be given where `destination` is expected."""
        source, destination = normal(source), normal(destination)
        if source is Any or destination is Any:
            return True
        if is_union(source):
            return all(self.accepts(member, destination) for member in get_args(source))
        if is_union(destination):
            return any(self.accepts(source, member) for member in get_args(destination))
        if is_literal(destination):
            return is_literal(source) and _literals(source) <= _literals(destination)
        if is_literal(source):
            return all(self.accepts(type(value), destination) for value in get_args(source))
        return self._fits(source, destination)

    def _all(self, given: Iterable[Annotation], wanted: Iterable[Annotation]) -> bool:
        return all(map(self.accepts, given, wanted))

    def _each(self, given: Iterable[Annotation], wanted: Annotation) -> bool:
        return all(self.accepts(one, wanted) for one in given)

    def _fits(self, source: Annotation, destination: Annotation) -> bool:
        outer, wanted = class_of(source), class_of(destination)
        if outer is None or wanted is None or Ellipsis in {source, destination}:
            return bool(source == destination)
        if is_array(source) and is_array(destination):
            return self._arrays_fit(source, destination)
        if typing.is_typeddict(outer) and wanted in _MAPPINGS:
            return self._items_fit(source, destination)
        if not _is_subclass(outer, wanted):
            return schema_of(source) == schema_of(destination)
        if outer is not wanted and _is_record_below(outer, wanted):
            return self._opens(source, destination)
        return self._contents_fit(source, destination)

    def _arrays_fit(self, source: Annotation, destination: Annotation) -> bool:
        dimensions = {array_type(source).ndim, array_type(destination).ndim} - {None}
        return len(dimensions) < 2 and self.accepts(dtype_of(source), dtype_of(destination))

    def _items_fit(self, source: Annotation, destination: Annotation) -> bool:
        """A TypedDict that is read as a dict."""
        key, value = get_args(destination) or (Any, Any)
        return self.accepts(str, key) and self._each((fields_of(source) or {}).values(), value)

    # ------------------------------------------------------------------------------- records

    def _opens(self, source: Annotation, destination: Annotation) -> bool:
        """A record that is read as a class that it comes from."""
        if (source, destination) in self._assumed:
            return True
        self._assumed.add((source, destination))
        try:
            return self._has_fields(source, destination)
        finally:
            self._assumed.discard((source, destination))

    def _has_fields(self, source: Annotation, destination: Annotation) -> bool:
        outer, wanted = class_of(source), class_of(destination)
        assert outer is not None
        assert wanted is not None
        has, wants = wire_fields(source) or {}, wire_fields(destination) or {}
        given, asked = (bases_of(one).get(wanted, ()) for one in (source, destination))
        if not self._all(given, asked):
            return False
        if not all(name in has and self.accepts(has[name], kind) for name, kind in wants.items()):
            return False
        if travels_by_position(outer) != travels_by_position(wanted):
            return False
        if travels_by_position(wanted) and list(has)[: len(wants)] != list(wants):
            return False
        return has.keys() == wants.keys() or not _refuses_more(wanted)

    # ------------------------------------------------------------------------------ contents

    def _contents_fit(self, source: Annotation, destination: Annotation) -> bool:
        given, wanted = _contents(source, destination), get_args(destination)
        if _is_fixed(source, destination):
            return self._items_of_tuple_fit(given, destination)
        if not given or not wanted:
            return True
        if class_of(destination) is not tuple:
            return self._all(given, wanted)
        return wanted[-1] is Ellipsis and self.accepts(given[0], wanted[0])

    def _items_of_tuple_fit(self, given: tuple[Annotation, ...], destination: Annotation) -> bool:
        wanted = get_args(destination)
        if class_of(destination) is not tuple or (wanted and wanted[-1] is Ellipsis):
            return not wanted or self._each(given, wanted[0])
        if origin_of(destination) is None:
            return True
        return len(given) == len(wanted) and self._all(given, wanted)


def _is_subclass(outer: type, wanted: type) -> bool:
    if outer is wanted:
        return True
    if outer is bool or typing.is_typeddict(wanted):
        return False
    if wanted is float and issubclass(outer, int):
        return True
    if wanted in ITERABLES and not _travels_as_list(outer):
        return False  # though it can be iterated, as a mapping, an array and a model can
    if wanted in outer.__mro__:
        # The text of a datetime is not that of a date.
        return wanted is not dt.date or not issubclass(outer, dt.datetime)
    if not (outer in _AS_THEY_ARE or wanted in ITERABLES or wanted in _MAPPINGS):
        return False
    try:
        return issubclass(outer, wanted)
    except TypeError:  # a protocol that is not made for run-time checks
        return False


def _travels_as_list(outer: type) -> bool:
    return outer in ITERABLES or issubclass(outer, (list, tuple, set, frozenset))


def _is_record_below(outer: type, wanted: type) -> bool:
    """Whether both are records, and not such as are read as tuples."""
    named = wanted in outer.__mro__ and not issubclass(outer, tuple)
    return named and fields_of(wanted) is not None


def _refuses_more(record: type) -> bool:
    """Whether a class cannot be read from a record with more fields than it has."""
    struct, model = getattr(record, "__struct_config__", None), getattr(record, "model_config", {})
    if struct is not None:
        return bool(struct.forbid_unknown_fields)
    return isinstance(model, dict) and model.get("extra") == "forbid"


def _contents(source: Annotation, destination: Annotation) -> tuple[Annotation, ...]:
    """What a type contains, as far as it is known, seen as the class that is wanted."""
    outer, wanted = class_of(source), class_of(destination)
    if outer is not None and issubclass(outer, tuple):
        fields = fields_of(source) if outer is not wanted else None
        return get_args(source) if fields is None else tuple(fields.values())
    bases = bases_of(source)
    if wanted is not None and wanted in bases and hasattr(wanted, "__parameters__"):
        return bases[wanted]
    # What Python comes with does not say what its bases are given: the same as itself.
    return next((given for given in bases.values() if given), ())


def _is_fixed(source: Annotation, destination: Annotation) -> bool:
    """Whether it is a tuple of one type for each item."""
    outer = class_of(source)
    if outer is None or not issubclass(outer, tuple):
        return False
    if fields_of(outer) is not None:
        return outer is not class_of(destination)
    return origin_of(source) is tuple and Ellipsis not in get_args(source)


def _literals(annotation: Annotation) -> set[str]:
    return {f"{type(value).__name__}:{value!r}" for value in get_args(annotation)}
