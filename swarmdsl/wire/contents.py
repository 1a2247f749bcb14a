"""Whether what a value holds is of the type that its link declares: judged before it leaves.

The outer class of a value decides which links take it (`types.matcher`). What it holds is judged
by its encoding, as every receiver would, so that the task that pushed it is told, and not those
that would have to read it. None of the user's own code runs for that: a dataclass is read as its
fields, and never made.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Sequence
from typing import Any, get_args

import msgspec

from swarmdsl.errors import ContentsWrong, DecodeError
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
from swarmdsl.wire.appending import Append, append_of
from swarmdsl.wire.codec import Decoder, Payload, is_readable
from swarmdsl.wire.frames import Buffer
from swarmdsl.wire.glance import glance
from swarmdsl.wire.models import is_model
from swarmdsl.wire.readable import rebuilt

_ALONE = b"\x91"  # a MessagePack array of one value
_KEY = "key` in `"
_PLACE = re.compile(r"^\$\[(?:\d+|\.\.\.)\]")  # of a value among those of its batch
EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`")
"""What msgspec says of a value of another type."""


class Contents:
    """Judges encoded values of one type.

    Attributes:
        name: of the type, as people write it.
        seen: true of a value that need not be read, as its classes say all; None if each must be.

    >>> from swarmdsl.wire.codec import encode_values
    >>> Contents(list[int]).judge(encode_values([[1, "two"]]).body[1:], ())
    Traceback (most recent call last):
        ...
    swarmdsl.errors.ContentsWrong: a value is no list[int]: at [1] the type is str, not int
    """

    def __init__(self, annotation: Annotation) -> None:
        self.name = name_of(annotation)
        self.seen = glance(annotation)
        self._annotation = annotation
        self._appends: dict[type, Append | None] = {}
        self._decoder = Decoder(as_fields(annotation))

    def append_of(self, kind: type) -> Append | None:
        """What appends values of a class from an iterator; None if each has to be read."""
        if kind not in self._appends:
            self._appends[kind] = append_of(kind, self._annotation)
        return self._appends[kind]

    def judge(self, body: bytes, buffers: Sequence[Buffer]) -> None:
        """Look at a value of this MessagePack and these arrays.

        Raises:
            ContentsWrong: it is not of the type.
        """
        try:
            self._decoder.decode(Payload(_ALONE + body, tuple(buffers)))
        except DecodeError as error:
            raise ContentsWrong(self.name, told(error.problem)) from None


def told(problem: str) -> str:
    """What msgspec says, with the place within the value first.

    >>> told("Expected `int`, got `str` - at `$[0].sizes[2]`")
    'at .sizes[2] the type is str, not int'
    >>> told("Expected `int`, got `str` - at `key` in `$[0]`")
    'a key is of type str, not int'
    >>> told("Object missing required field `x` - at `$[0]`")
    'Object missing required field x'
    """
    plain, _, path = problem.partition(" - at `")
    of_key = path.startswith(_KEY)
    where = _PLACE.sub("", path.removeprefix(_KEY)).removesuffix("`")
    at = f"at {where} " if where else ""
    expected = EXPECTED.fullmatch(plain)
    if expected is not None and (where or of_key):
        got = expected["got"].replace("null", "None")
        what = "a key is of type" if of_key else "the type is"
        return f"{at}{what} {got}, not {expected['wanted']}"
    told = plain.replace("`", "")
    return f"{told} {at}".rstrip()


def contents_of(annotation: Annotation) -> Contents | None:
    """What judges the contents of a type's values; None if there is nothing to judge.

    >>> contents_of(int), contents_of(dict), contents_of(list[str]).name
    (None, None, 'list[str]')
    """
    if _is_whole(annotation) or not is_readable(annotation):
        return None
    return Contents(annotation)


def _is_whole(annotation: Annotation) -> bool:
    """Whether a value is of the type as soon as its class is the right one."""
    if origin_of(annotation) is typing.Annotated:  # it may have constraints
        return False
    found = normal(annotation)
    if found in (Any, Ellipsis) or is_array(found) or is_literal(found):
        return True
    parts = get_args(found)
    if is_union(found):
        return all(_is_whole(one) for one in parts)
    outer = class_of(found)
    if outer is None:
        return True
    open_inside = all(normal(one) is Any for one in parts)
    return open_inside and outer is not tuple and fields_of(found) is None


def as_fields(annotation: Annotation, inside: tuple[Any, ...] = ()) -> Annotation:
    """The annotation with a plain struct in the place of each dataclass, at any depth.

    A dataclass within itself is `Any`.

    >>> @dataclasses.dataclass
    ... class Point:
    ...     x: int
    >>> as_fields(list[Point])
    list[swarmdsl.wire.contents.Point]
    """
    if origin_of(annotation) is typing.Annotated:
        return rebuilt(annotation, (as_fields(get_args(annotation)[0], inside),))
    found = normal(annotation)
    if found in inside:
        return Any
    outer = class_of(found)
    if outer is not None and dataclasses.is_dataclass(outer) and not is_model(outer):
        return _struct(found, outer, (*inside, found))
    parts = get_args(found)
    if not parts or is_literal(found) or is_array(found):
        return found
    changed = tuple(one if one is Ellipsis else as_fields(one, inside) for one in parts)
    return found if changed == parts else rebuilt(found, changed)


def _struct(found: Annotation, record: type, inside: tuple[Any, ...]) -> type[msgspec.Struct]:
    fields = fields_of(found) or {}
    absent = optional_fields(record)
    kinds: list[Any] = [
        (name, as_fields(kind, inside), *([None] if name in absent else []))
        for name, kind in fields.items()
    ]
    return msgspec.defstruct(record.__name__, kinds, kw_only=True, module=__name__)
