"""Values as a person is to see them in an error: short, and never a part of a text.

The reason of a run takes secrets out of what is shown, which it can only where they are whole. So a
text that is too long is not cut, but described; and nothing of the user's is called, such as its
`__repr__`, which may fail, take long, or tell more than it should.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from enum import Enum
from itertools import islice

import msgspec

TEXT_MAX = 60  # characters or bytes of one that is shown
PARTS_MAX = 4  # elements or fields of one value
DEPTH_MAX = 2  # of values within values
SHOWN_MAX = 300  # characters in all; what would be longer is shown by less of its depth


_ENDS: Mapping[type, str] = {list: "[]", tuple: "()", set: "{}", frozenset: "{}"}


def shown(value: object) -> str:
    """A value in some words.

    >>> shown("to be"), shown("x" * 1_000), shown([1, 2.5, None, True, 5, 6])
    ("'to be'", '<str of 1000>', '[1, 2.5, None, True, and 2 more]')
    >>> shown({"a": (1, b"x" * 99)}), shown({})
    ("{'a': (1, <bytes of 99>)}", '{}')
    """
    for depth in range(DEPTH_MAX, -1, -1):
        try:
            text = _shown(value, depth)
        except Exception:  # Some values of users fail even when they are looked at.
            continue
        if len(text) <= SHOWN_MAX:
            return text
    return f"<{type(value).__name__}>"


def shown_arguments(arguments: Mapping[str, object]) -> str:
    """Arguments of a call, as they are written in one.

    >>> shown_arguments({"line": "to be", "counts": [1, 2]})
    "line='to be', counts=[1, 2]"
    """
    shown_ones = (f"{name}={shown(value)}" for name, value in arguments.items())
    text = _joined(shown_ones, len(arguments))
    return text if len(text) <= 2 * SHOWN_MAX else _joined(arguments, len(arguments))


def _shown(value: object, depth: int) -> str:
    kind = type(value)
    if value is None or kind in (bool, int, float, complex):
        return repr(value)
    if isinstance(value, Enum):
        return f"{kind.__name__}.{value.name}"
    if isinstance(value, str | bytes):
        return repr(value) if kind in (str, bytes) and len(value) <= TEXT_MAX else _described(value)
    if depth == 0:
        return _described(value)
    if isinstance(value, dict) and kind is dict:
        items = (f"{_shown(key, 0)}: {_shown(one, depth - 1)}" for key, one in value.items())
        return f"{{{_joined(items, len(value))}}}"
    if isinstance(value, list | tuple | set | frozenset) and kind in _ENDS:
        begin, end = _ENDS[kind][0], _ENDS[kind][1]
        return f"{begin}{_joined((_shown(one, depth - 1) for one in value), len(value))}{end}"
    return _shown_fields(value, depth)


def _shown_fields(value: object, depth: int) -> str:
    """An object whose fields are declared; of any other, its type."""
    if dataclasses.is_dataclass(value):
        names = [one.name for one in dataclasses.fields(value)]
    elif isinstance(value, msgspec.Struct):
        names = [*value.__struct_fields__]
    else:
        kind = type(value)  # of pydantic, or a named tuple
        names = [*(getattr(kind, "model_fields", ()) or getattr(kind, "_fields", ()))]
    if not names:
        return _described(value)
    fields = (f"{name}={_shown(getattr(value, name), depth - 1)}" for name in names)
    return f"{type(value).__name__}({_joined(fields, len(names))})"


def _described(value: object) -> str:
    """What it is, and how large."""
    name, shape = type(value).__name__, getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"<{name} of {getattr(value, 'dtype', 'any')} {shape}>"
    if isinstance(value, str | bytes | bytearray | list | tuple | set | frozenset | dict):
        return f"<{name} of {len(value)}>"
    return f"<{name}>"


def _joined(parts: Iterable[str], count: int) -> str:
    """The first parts, and how many more there are."""
    more = [f"and {count - PARTS_MAX} more"] if count > PARTS_MAX else []
    return ", ".join([*islice(parts, PARTS_MAX), *more])
