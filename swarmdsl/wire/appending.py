"""The loop in which a source spends its time: it appends what an iterator gives to a batch.

It is written anew for each type, with the test of `glance` in the place of a call, and compiled: a
call for each value would take as long as the test.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from textwrap import indent
from typing import Any, Protocol

from swarmdsl.errors import WireError
from swarmdsl.wire.annotations import Annotation
from swarmdsl.wire.codec import NOT_ENCODABLE
from swarmdsl.wire.frames import Buffer
from swarmdsl.wire.glance import has_any_values, predicate_of
from swarmdsl.wire.models import plain_fields

LOOK_EVERY = 8  # values that come fast: to look at the clock for each takes a tenth of their time
IN_A_ROW_S = 0.00005  # from one look to the next, if they do
MANY = 1_024  # values of a batch that is due: whoever has made so many makes more at once
MORE_S = 0.001  # so much longer it is waited for then: a frame costs as much as hundreds of values

DUE, ENDED = object(), object()
"""What ends a loop: the batch is to leave; the iterator gives no more."""

EncodeInto = Callable[[Any, bytearray, int], None]
"""Appends the MessagePack of a value to bytes, at a place or at their end."""


class Counted(Protocol):
    """A batch, of which the loop counts the values."""

    count: int


class Append(Protocol):
    """The loop, of one class of values."""

    def __call__(
        self,
        batch: Counted,
        body: bytearray,
        buffers: list[Buffer],
        encode_into: EncodeInto,
        values: Iterator[object],
        now_s: Callable[[], float],
        due_s: float,
        values_max: int,
        bytes_max: int,
    ) -> object:
        """Append what an iterator gives, as long as there is nothing special about it.

        Returns what ended it: `ENDED`; `DUE`, as the batch has `values_max` or by the clock, which
        a batch of `MANY` may overrun by `MORE_S`; or a value that was taken from the iterator and
        not appended, which needs a closer look: it is of another class, has arrays, is not seen to
        be right, or makes the body longer than it may be.
        """


_LOOP = """
def append(batch, body, buffers, encode_into, values, now_s, due_s, values_max, bytes_max):
    count, size = batch.count, len(body)
    looked_s, look_at, late_s = -inf, count + 1, due_s + MORE_S
    try:
        for value in values:
            if type(value) is not kind:
                return value
            try:
{steps}
                after = len(body)
                if buffers or after > bytes_max:
                    raise Rare
            except RARE:
                del body[size:], buffers[:]
                return value
            size = after
            count += 1
            if count >= look_at:
                moment_s = now_s()
                if count >= values_max or moment_s >= (due_s if count < MANY else late_s):
                    return DUE
                few = LOOK_EVERY if moment_s - looked_s < IN_A_ROW_S else 1
                looked_s, look_at = moment_s, min(count + few, values_max)
        return ENDED
    finally:
        batch.count = count
"""

_WRITE = """
encode_into(value, body, -1)
"""
_WRITE_MODEL = """
held = value.__dict__  # of a plain model, without a word of Python's
if held.keys() != names:
    raise Rare
encode_into(held, body, -1)
"""
_LOOK = """
if not ({expression}):
    raise Rare
"""
_LOOK_AT_KEYS = """
for key in value:
    if type(key) is not str:
        raise Rare
"""


class _Rare(Exception):
    """A value needs a closer look."""


_NAMES = {
    "inf": math.inf,
    "Rare": _Rare,
    "RARE": (_Rare, AttributeError, WireError, *NOT_ENCODABLE),
    "DUE": DUE,
    "ENDED": ENDED,
    "LOOK_EVERY": LOOK_EVERY,
    "IN_A_ROW_S": IN_A_ROW_S,
    "MANY": MANY,
    "MORE_S": MORE_S,
}


def append_of(kind: type, annotation: Annotation = Any) -> Append | None:
    r"""The loop for values of a class, which are to hold what a type says; None if each is read.

    Args:
        kind: the class.
        annotation: the type; `Any` if the class says all.

    >>> batch, body = type("Batch", (), {"count": 0})(), bytearray()
    >>> append = append_of(int)
    >>> from swarmdsl.wire.codec import encoder_into
    >>> left, buffers = iter([1, 2, "three", 4]), []
    >>> append(batch, body, buffers, encoder_into(buffers), left, lambda: 0.0, 1.0, 9, 99)
    'three'
    >>> batch.count, bytes(body), next(left)
    (2, b'\x01\x02', 4)
    """
    names: dict[str, object] = {**_NAMES, "kind": kind}
    fields = plain_fields(kind)
    if fields is not None:
        names["names"] = fields.keys()
    steps = _WRITE if fields is None else _WRITE_MODEL
    if has_any_values(annotation):
        steps += _LOOK_AT_KEYS
    elif annotation is not Any:
        written = predicate_of(annotation)
        if written is None:
            return None
        names |= written.names
        steps += _LOOK.format(expression=written.expression)
    exec(_LOOP.format(steps=indent(steps, " " * 16)), names)  # noqa: S102 — names of ours alone
    append: Append = names["append"]  # type: ignore[assignment]
    return append
