"""What differs between two versions of a type, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from swarmdsl.wire.schema import (
    Enumeration,
    Items,
    OneOf,
    Record,
    Row,
    Schema,
    Table,
    read_schema,
    shown,
    text_of,
)

MISSING = "missing"


class TypeChange(NamedTuple):
    """One difference; `where` is a field, as `Shower.energy`, or empty for the whole type."""

    where: str
    old: str
    new: str


def type_changes(old: str, new: str) -> tuple[TypeChange, ...]:
    """Everything in which the schema `new` differs from `old`; both are texts.

    Nothing exactly if they are the same type. A record that stands in several places is told once.

    Raises:
        WireError: one of them is no schema.

    >>> was = '{"kind":"record","name":"Shower","fields":[["energy","int"]]}'
    >>> type_changes(was, was.replace('"int"', '"float"'))
    (TypeChange(where='Shower.energy', old='int', new='float'),)
    """
    if old == new:
        return ()
    return tuple(dict.fromkeys(_changes(read_schema(old), read_schema(new))))


def _changes(old: Schema, new: Schema) -> list[TypeChange]:
    """What differs; where no field says it, both types as a whole."""
    if old == new:
        return []
    return [*_inside(old, new)] or [_whole("", old, new)]


def _whole(where: str, old: Schema, new: Schema) -> TypeChange:
    texts = shown(old), shown(new)
    if texts[0] == texts[1]:  # alike for people, so the schemas themselves are shown
        texts = text_of(old), text_of(new)
    return TypeChange(where, *texts)


def _inside(old: Schema, new: Schema) -> Iterator[TypeChange]:
    """What fields and members inside two types say; nothing if these do not show it."""
    match old, new:
        case Record() as one, Record() as other if one.name == other.name:
            yield from _of_records(one, other)
        case Enumeration() as one, Enumeration() as other if one.name == other.name:
            yield from member_changes(one, other)
        case Items() as one, Items() as other if one.name == other.name:
            yield from _named(one.item, other.item)
        case Table() as one, Table() as other if one.name == other.name:
            parts = [*_named(one.key, other.key), *_named(one.value, other.value)]
            yield from parts if _all_named((one.key, one.value), (other.key, other.value)) else ()
        case Row(items=one), Row(items=other) if len(one) == len(other):
            parts = [change for pair in zip(one, other, strict=True) for change in _named(*pair)]
            yield from parts if _all_named(tuple(one), tuple(other)) else ()
        case OneOf(members=one), OneOf(members=other):
            yield from _of_unions(one, other)


def _named(old: Schema, new: Schema) -> list[TypeChange]:
    """The changes that a field names; none if the type itself is another."""
    return [change for change in _changes(old, new) if change.where]


def _all_named(old: tuple[Schema, ...], new: tuple[Schema, ...]) -> bool:
    return all(one == other or _named(one, other) for one, other in zip(old, new, strict=True))


def _of_records(old: Record, new: Record) -> Iterator[TypeChange]:
    had, has = dict(old.fields), dict(new.fields)
    for name in sorted({*had, *has}):
        where = f"{new.name}.{name}"
        if name not in had or name not in has:
            yield TypeChange(where, shown_field(old, name), shown_field(new, name))
        elif had[name] != has[name]:
            yield from _named(had[name], has[name]) or [_whole(where, had[name], has[name])]
        elif (name in old.optional) != (name in new.optional):
            yield TypeChange(where, shown_field(old, name), shown_field(new, name))
    if old.form != new.form:
        yield TypeChange(new.name, f"a record as {old.form}", f"a record as {new.form}")
    elif had.keys() == has.keys() and list(had) != list(has):
        yield TypeChange(new.name, f"({', '.join(had)})", f"({', '.join(has)})")


def shown_field(record: Record, name: str) -> str:
    """The type of a field as a person would write it, and whether it may be left out.

    >>> row = Record("Row", [("x", "int")], optional=["x"])
    >>> shown_field(row, "x"), shown_field(row, "y")
    ('int, or left out', 'missing')
    """
    fields = dict(record.fields)
    if name not in fields:
        return MISSING
    return shown(fields[name]) + (", or left out" if name in record.optional else "")


def member_changes(old: Enumeration, new: Enumeration) -> Iterator[TypeChange]:
    """The members that differ between two versions of an enumeration."""
    had, has = dict(old.members), dict(new.members)
    for name in sorted({*had, *has}):
        values = [repr(one[name]) if name in one else MISSING for one in (had, has)]
        if values[0] != values[1]:
            yield TypeChange(f"{new.name}.{name}", *values)


def _of_unions(old: list[Schema], new: list[Schema]) -> Iterator[TypeChange]:
    """Members that people call the same are compared; with another member the union is another."""
    had, has = ({shown(one): one for one in members} for members in (old, new))
    if had.keys() == has.keys():
        for name, one in had.items():
            yield from _named(one, has[name])
