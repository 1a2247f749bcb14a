"""Data types: what an annotation is called, what fits where, and what a value is.

Every link carries a `DataType`: a name for people and a fingerprint for machines. The fingerprint
is the hash of the type's *schema*, so that two processes which import the same record under
different module names agree, and so that the order of fields does not matter.
"""

from __future__ import annotations

import abc
import functools
import numbers
import types
import typing
from collections.abc import Callable
from typing import Any, Union, get_args

from swarmdsl.topology.model import DataType
from swarmdsl.wire.annotations import (
    Annotation,
    class_of,
    is_array,
    is_literal,
    is_union,
    name_of,
    normal,
)
from swarmdsl.wire.arrays import ArrayType, array_type, concrete, dtype_name, dtype_of_array
from swarmdsl.wire.relation import Relation
from swarmdsl.wire.scalars import is_numpy_bool
from swarmdsl.wire.schema import SCHEMA_BYTES_MAX, fingerprint_of, text_of
from swarmdsl.wire.structure import ITERABLES, schema_of

# ------------------------------------------------------------------------------- description


def describe(annotation: Annotation) -> DataType:
    """The data type that an annotation stands for.

    >>> describe(dict[str, int] | None).name
    'dict[str, int] | None'
    >>> describe(int | str).fingerprint == describe(str | int).fingerprint
    True
    """
    schema = schema_of(annotation)
    text = text_of(schema)
    return DataType(
        name=name_of(annotation),
        fingerprint=fingerprint_of(schema),
        schema=text if len(text) <= SCHEMA_BYTES_MAX else None,
    )


# ------------------------------------------------------------------------------------ relation


def accepts(source: Annotation, destination: Annotation) -> bool:
    """Whether every value of type `source` can be given where `destination` is expected.

    `Any` (and `object`) fits on either side. An int fits a float, but a bool fits only a bool. A
    subclass fits its base class; text and bytes are values, not sequences. All members of a union
    must fit, and fit a union if they fit one of its members. Containers fit when their contents do;
    a missing argument is `Any`. Records fit when they are the same class, or equal in structure.

    >>> accepts(int, float), accepts(float, int), accepts(bool, int)
    (True, False, False)
    >>> accepts(list[int], list[float | None]), accepts(int | str, int)
    (True, False)
    """
    return Relation().accepts(source, destination)


# --------------------------------------------------------------------------------------- parts


Matcher = Callable[[Any], bool]
"""Tells whether a value has a type."""


def union_members(annotation: Annotation) -> tuple[Annotation, ...]:
    """The types that a push can have: the members of a union, None left out (it pushes nothing).

    >>> union_members(int | str | None), union_members(None), union_members(int)
    ((<class 'int'>, <class 'str'>), (), (<class 'int'>,))
    """
    found = normal(annotation)
    if is_union(found):
        return tuple(dict.fromkeys(one for part in get_args(found) for one in union_members(part)))
    return () if found is types.NoneType else (annotation,)


def union_of(members: typing.Iterable[Annotation]) -> Annotation:
    """The union of several types; `Any` of none."""
    kept = tuple(members)
    return Union[kept] if kept else Any  # noqa: UP007 - the members are known only here


def element_of(annotation: Annotation) -> Annotation | None:
    """What a sequence, set or stream is made of; None if it is none of these.

    >>> element_of(list[int]), element_of(tuple[str, ...]), element_of(list), element_of(int)
    (<class 'int'>, <class 'str'>, typing.Any, None)
    """
    found = normal(annotation)
    if is_union(found):
        elements = [element_of(member) for member in union_members(found)]
        known = [element for element in elements if element is not None]
        return known[0] if len(known) == 1 else None
    outer, arguments = class_of(found), get_args(found)
    if outer is tuple:
        return arguments[0] if len(arguments) == 2 and arguments[1] is Ellipsis else None
    if outer not in ITERABLES:
        return None
    return arguments[0] if arguments else Any


def matches(annotation: Annotation, value: object) -> bool:
    """Whether a value has the type, judged by its outer class alone (contents are not opened).

    An array must also have the dtype and the number of dimensions that are written.

    >>> matches(list[int], ["not looked at"]), matches(float, 1), matches(int, True)
    (True, True, False)
    """
    return matcher(annotation)(value)


ARRAY_KINDS_MAX = 64
"""Of arrays, by dtype and dimensions, of which is remembered whether they have a type."""


def matcher(annotation: Annotation) -> Matcher:
    """What tells whether a value has the type, as `matches` does: made once, asked for each value.

    >>> is_number = matcher(int | float)
    >>> is_number(1), is_number("1")
    (True, False)
    """
    found = normal(annotation)
    if found is Any:
        return _anything
    if is_union(found):
        members = [matcher(member) for member in get_args(found)]
        return lambda value: any(one(value) for one in members)
    if is_literal(found):
        allowed = get_args(found)
        return lambda value: any(type(value) is type(one) and value == one for one in allowed)
    outer = class_of(found)
    if outer is None:
        return _anything
    if typing.is_typeddict(outer):
        return lambda value: isinstance(value, dict)
    if is_array(found):
        return _array_matcher(array_type(found), outer)
    # NumPy's scalars count as the numbers they are.
    number = {int: numbers.Integral, float: numbers.Real}.get(outer, outer)
    return lambda value: type(value) is outer or _is_instance(value, number, outer)


def is_decided_by_class(annotation: Annotation) -> bool:
    """Whether all values of a class have the type, or none: `matcher` need not see each of them.

    >>> is_decided_by_class(int | list[str]), is_decided_by_class(typing.Literal["a"])
    (True, False)
    """
    found = normal(annotation)
    if is_union(found):
        return all(is_decided_by_class(member) for member in get_args(found))
    if is_literal(found) or is_array(found):
        return False
    # A protocol, say, looks at each value by itself.
    return getattr(type(class_of(found)), "__instancecheck__", None) in _BY_CLASS


_BY_CLASS = (type.__instancecheck__, abc.ABCMeta.__instancecheck__, None)


def _anything(_value: object) -> bool:
    return True


def _is_instance(value: object, number: type, outer: type) -> bool:
    if isinstance(value, bool):
        return outer is bool
    if outer is bool:
        return is_numpy_bool(type(value))
    try:
        return isinstance(value, number)
    except TypeError:  # a protocol that is not made for run-time checks
        return True


def _array_matcher(wanted: ArrayType, outer: Any) -> Matcher:
    @functools.lru_cache(ARRAY_KINDS_MAX)
    def fits(dtype: Any, ndim: int) -> bool:
        return wanted.problem(concrete(dtype), ndim) is None

    def matches(value: Any) -> bool:
        return isinstance(value, outer) and fits(value.dtype, value.ndim)

    return matches


def type_of_value(value: object) -> str:
    """What a person would call the type of a value; of an array also what it holds.

    >>> type_of_value(1), type_of_value([1])
    ('int', 'list')
    """
    name = type(value).__qualname__
    return f"{name} of {dtype_name(dtype_of_array(value))}" if is_array(type(value)) else name
