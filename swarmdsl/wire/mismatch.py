"""Whether what one side sends is what the other side reads, and if not, which field differs.

What is sent *fits* what is read by the rules of `types.accepts`: an int fits a float, a member fits
its union, `any` fits on either side. Records of the same name are one type of two versions, so
their fields must be the same exactly; a record of another name fits if it has all the fields that
are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from swarmdsl.errors import WireError
from swarmdsl.wire.arrays import within
from swarmdsl.wire.changes import MISSING, member_changes, shown_field
from swarmdsl.wire.schema import (
    ANY,
    SCALARS,
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
    read_schema,
    shown,
    text_of,
)

STEPS_MAX = 100_000  # of one comparison; then nobody can tell, and decoding will
_UNKNOWN = "unknown"
_WIDER = {("int", "float")}


class Mismatch(NamedTuple):
    """Where two schemas part, and what each says there; `where` is empty for the whole type."""

    where: str
    sent: str
    read: str


def mismatch(sent: str, read: str) -> Mismatch | None:
    """Where the schema of what is sent parts from that of what is read; both are texts.

    Raises:
        WireError: one of them is no schema.

    >>> old = '{"kind":"record","name":"Shower","fields":[["energy","int"]]}'
    >>> mismatch(old, old.replace("int", "float"))
    Mismatch(where='Shower.energy', sent='int', read='float')
    """
    if sent == read:
        return None
    ours, theirs = read_schema(read), read_schema(sent)
    try:
        found = _Comparison().fits(_Place(theirs, ()), _Place(ours, ()))
        return _named("", theirs, ours) if found == _HERE else found
    except RecursionError as error:
        raise WireError("a schema that is nested too deeply") from error


_HERE = Mismatch("", "", "")  # the type at hand: whoever holds it can say more


def _named(where: str, sent: Schema, read: Schema) -> Mismatch:
    texts = shown(sent), shown(read)
    if texts[0] == texts[1]:  # alike for people, so the schemas themselves are shown
        texts = text_of(sent), text_of(read)
    return Mismatch(where, *texts)


class _Place(NamedTuple):
    """A part of a schema and the records around it, the outermost first."""

    schema: Schema
    around: tuple[Record, ...]

    def inner(self, schema: Schema) -> _Place:
        around = (*self.around, self.schema) if isinstance(self.schema, Record) else self.around
        return _Place(schema, around).resolved()

    def resolved(self) -> _Place:
        """The record that `again` stands for; a reference to nowhere is unknown."""
        if not isinstance(self.schema, Again):
            return self
        index = len(self.around) - 1 - self.schema.up
        if not 0 <= index < len(self.around):
            return _Place(_UNKNOWN, ())
        return _Place(self.around[index], self.around[:index])


_Compare = Callable[[_Place, _Place], Mismatch | None]


class _Comparison:
    """One comparison: pairs of records that are being compared are taken to be alike."""

    def __init__(self) -> None:
        self._steps = 0
        self._assumed: set[tuple[str, int, int]] = set()

    def _bounded(self, compare: _Compare, sent: _Place, read: _Place) -> Mismatch | None:
        """Compare, unless this pair is being compared already, or too much has been."""
        pair = compare.__name__, id(sent.schema), id(read.schema)
        self._steps += 1
        if pair in self._assumed or self._steps > STEPS_MAX:
            return None
        self._assumed.add(pair)
        problem = compare(sent, read)
        self._assumed.discard(pair)
        return problem

    # ------------------------------------------------------------------------------ fitting

    def fits(self, sent: _Place, read: _Place) -> Mismatch | None:
        """Where not every value of one type can be read as another."""
        if _is_open(sent.schema) or _is_open(read.schema):
            return None
        return self._bounded(self._fits, sent, read)

    def _fits(self, sent: _Place, read: _Place) -> Mismatch | None:
        match sent.schema, read.schema:
            case OneOf(members=members), _:
                return _first(self.fits(sent.inner(member), read) for member in members)
            case _, OneOf(members=members):
                return self._fits_one_of(sent, [read.inner(member) for member in members])
            case Choice(values=values), _:
                return None if all(_holds(read.schema, value) for value in values) else _HERE
            case Enumeration() as given, Enumeration() as wanted if given.name == wanted.name:
                return _same_members(given, wanted)
            case Enumeration(members=pairs), _:
                return None if all(_holds(read.schema, value) for _, value in pairs) else _HERE
            case Record(), Record():
                return self._record_fits(sent, read, sent.schema, read.schema)
            case Record(), _:
                return self._record_opens(sent, read, sent.schema)
            case _:
                return self._container_fits(sent, read)

    def _container_fits(self, sent: _Place, read: _Place) -> Mismatch | None:
        match sent.schema, read.schema:
            case Items(item=given), Items(item=wanted):
                return self.fits(sent.inner(given), read.inner(wanted))
            case Row(items=given), Items(item=wanted):
                return _first(self.fits(sent.inner(one), read.inner(wanted)) for one in given)
            case Row(items=given), Row(items=wanted) if len(given) == len(wanted):
                return _first(map(self.fits, map(sent.inner, given), map(read.inner, wanted)))
            case Table() as given, Table() as wanted:
                keys = self.fits(sent.inner(given.key), read.inner(wanted.key))
                return keys or self.fits(sent.inner(given.value), read.inner(wanted.value))
            case Array() as given, Array() as wanted:
                return None if _array_fits(given, wanted) else _HERE
            case given, wanted:
                return None if _scalar_fits(_scalar(given), _scalar(wanted)) else _HERE

    def _fits_one_of(self, sent: _Place, members: list[_Place]) -> Mismatch | None:
        problems = [self.fits(sent, member) for member in members]
        if None in problems:
            return None
        return next((problem for problem in problems if problem and problem.where), _HERE)

    def _record_fits(
        self, sent: _Place, read: _Place, given: Record, wanted: Record
    ) -> Mismatch | None:
        if given.name == wanted.name:
            return self._same_record(sent, read, given, wanted)
        if given.form != wanted.form:
            return _HERE
        has = dict(given.fields)
        for name, kind in wanted.fields:
            where = f"{wanted.name}.{name}"
            if name not in has:
                return Mismatch(where, MISSING, shown(kind))
            problem = self.fits(sent.inner(has[name]), read.inner(kind))
            if problem is not None:
                return problem if problem != _HERE else _named(where, has[name], kind)
        return None

    def _record_opens(self, sent: _Place, read: _Place, given: Record) -> Mismatch | None:
        """A record that is read as a dict, or a named tuple that is read as a tuple."""
        kinds = [sent.inner(kind) for _, kind in given.fields]
        match given.form, read.schema:
            case "map", Table(key=key, value=value):
                problem = self.fits(_Place("str", ()), read.inner(key))
                return problem or _first(self.fits(kind, read.inner(value)) for kind in kinds)
            case "array", Items(item=item):
                return _first(self.fits(kind, read.inner(item)) for kind in kinds)
            case "array", Row(items=items) if len(items) == len(kinds):
                return _first(map(self.fits, kinds, map(read.inner, items)))
            case _:
                return _HERE

    # ---------------------------------------------------------------------------- sameness

    def same(self, sent: _Place, read: _Place) -> Mismatch | None:
        """Where two types are not the same."""
        return self._bounded(self._same, sent, read)

    def _same(self, sent: _Place, read: _Place) -> Mismatch | None:
        match sent.schema, read.schema:
            case Record() as given, Record() as wanted if given.name == wanted.name:
                return self._same_record(sent, read, given, wanted)
            case Enumeration() as given, Enumeration() as wanted if given.name == wanted.name:
                return _same_members(given, wanted)
            case OneOf(members=given), OneOf(members=wanted):
                return self._same_members(
                    [sent.inner(one) for one in given], [read.inner(one) for one in wanted]
                )
            case Items() as given, Items() as wanted if given.name == wanted.name:
                return self.same(sent.inner(given.item), read.inner(wanted.item))
            case Table() as given, Table() as wanted if given.name == wanted.name:
                keys = self.same(sent.inner(given.key), read.inner(wanted.key))
                return keys or self.same(sent.inner(given.value), read.inner(wanted.value))
            case Row(items=given), Row(items=wanted) if len(given) == len(wanted):
                return _first(map(self.same, map(sent.inner, given), map(read.inner, wanted)))
            case given, wanted:
                return None if given == wanted else _HERE

    def _same_record(
        self, sent: _Place, read: _Place, given: Record, wanted: Record
    ) -> Mismatch | None:
        has, wants = dict(given.fields), dict(wanted.fields)
        for name in sorted({*has, *wants}):
            where = f"{wanted.name}.{name}"
            if name not in has or name not in wants:
                return Mismatch(where, shown_field(given, name), shown_field(wanted, name))
            problem = self.same(sent.inner(has[name]), read.inner(wants[name]))
            if problem is not None:
                return problem if problem != _HERE else _named(where, has[name], wants[name])
            if (name in given.optional) != (name in wanted.optional):
                return Mismatch(where, shown_field(given, name), shown_field(wanted, name))
        if given.form != wanted.form:
            return Mismatch(wanted.name, f"a record as {given.form}", f"a record as {wanted.form}")
        if given.form == "array" and list(has) != list(wants):
            return Mismatch(wanted.name, f"({', '.join(has)})", f"({', '.join(wants)})")
        return _first(
            map(self.fits, map(sent.inner, given.arguments), map(read.inner, wanted.arguments))
        )

    def _same_members(self, sent: list[_Place], read: list[_Place]) -> Mismatch | None:
        """Members of two unions, in whatever order."""
        unread = [one for one in sent if all(self.same(one, other) for other in read)]
        unsent = [one for one in read if all(self.same(other, one) for other in sent)]
        if not unread and not unsent:
            return None
        problems = (self.same(one, other) for one in unread for other in unsent)
        return next((problem for problem in problems if problem and problem.where), _HERE)


def _first(problems: Iterable[Mismatch | None]) -> Mismatch | None:
    return next((problem for problem in problems if problem is not None), None)


def _is_open(schema: Schema) -> bool:
    return _scalar(schema) in (ANY, _UNKNOWN)


def _scalar(schema: Schema) -> str:
    """What it travels as, if that is a scalar; else the name of its kind, which is none."""
    match schema:
        case str():
            return schema
        case Named(of=of):
            return of
        case _:
            return type(schema).__name__


def _scalar_fits(sent: str, read: str) -> bool:
    return sent in SCALARS and (sent == read or (sent, read) in _WIDER)


def _array_fits(sent: Array, read: Array) -> bool:
    unknown = not sent.dtypes or not read.dtypes
    kinds = unknown or all(any(within(one, other) for other in read.dtypes) for one in sent.dtypes)
    return kinds and (None in (sent.ndim, read.ndim) or sent.ndim == read.ndim)


def _holds(schema: Schema, value: Plain) -> bool:
    """Whether a value of a literal or an enumeration is one of this type."""
    match schema:
        case Choice(values=values):
            return (type(value), value) in [(type(one), one) for one in values]
        case Enumeration(members=members):
            return (type(value), value) in [(type(one), one) for _, one in members]
        case _:
            kind = "null" if value is None else type(value).__name__
            return _scalar_fits(kind, _scalar(schema))


def _same_members(sent: Enumeration, read: Enumeration) -> Mismatch | None:
    return next((Mismatch(*change) for change in member_changes(sent, read)), None)
