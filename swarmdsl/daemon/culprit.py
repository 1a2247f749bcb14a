"""Which part of a value is of the wrong type: its place, the keys of dicts, and what it is. Pure.

Whoever judges a value by its encoding names its place by fields and indices, but of a dict only
says that it is somewhere in it. The value itself is at hand where it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any

from swarmdsl.daemon.shown import shown

_TOLD = re.compile(
    r"(?:at (?P<path>\S+) )?(?P<what>the type is|a key is of type) (?P<got>\S+), not (?P<wanted>.+)"
)
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?P<index>\d+)\]|(?P<any>\[\.\.\.\])")
LOOKED_AT_MAX = 100_000  # parts of one value

_Found = tuple[str, Any]


def told_exactly(problem: str, value: object) -> str:
    """What is wrong with a value, with the keys that lead there, and what is there.

    >>> told_exactly("at [...] the type is str, not int", {"a": 1, "b": "seven"})
    "at ['b'] the type is str, not int: 'seven'"
    >>> told_exactly("a key is of type str, not int", {1: 1, "two": 2})
    "a key is of type str, not int: 'two'"
    >>> told_exactly("Object missing required field x", {})
    'Object missing required field x'
    """
    told = _TOLD.fullmatch(problem)
    if told is None:
        return problem
    try:
        found = next((one for one in _suspects(told, value) if _kind(one[1]) == told["got"]), None)
    except Exception:  # Some values of users fail even when they are looked at.
        found = None
    if found is None:
        return problem
    place, culprit = found
    where = f"at {place} " if place else ""
    return f"{where}{told['what']} {told['got']}, not {told['wanted']}: {shown(culprit)}"


def _suspects(told: re.Match[str], value: object) -> Iterator[_Found]:
    """The parts that may be meant, or the keys of those."""
    places = islice(_places(told["path"] or "", value, ""), LOOKED_AT_MAX)
    if told["what"] == "the type is":
        return places
    dicts = ((place, one) for place, one in places if isinstance(one, Mapping))
    return islice(((place, key) for place, one in dicts for key in one), LOOKED_AT_MAX)


def _places(path: str, value: Any, before: str) -> Iterator[_Found]:
    """Every part of a value that a path may mean: one, unless it leads through dicts."""
    step = _STEP.match(path)
    if step is None:
        yield before, value
        return
    rest = path[step.end() :]
    for place, part in _parts(step, value):
        yield from _places(rest, part, before + place)


def _parts(step: re.Match[str], value: Any) -> Iterator[_Found]:
    name, index = step["name"], step["index"]
    if step["any"] and isinstance(value, Mapping):
        yield from ((f"[{shown(key)}]", part) for key, part in value.items())
    elif step["any"] and isinstance(value, AbstractSet | list | tuple):
        yield from (("[...]", part) for part in value)
    elif name and isinstance(value, Mapping):
        if name in value:
            yield f"[{name!r}]", value[name]
    elif name:
        if hasattr(value, name):
            yield f".{name}", getattr(value, name)
    elif index and isinstance(value, AbstractSet | list | tuple):
        yield from ((f"[{index}]", part) for part in islice(value, int(index), int(index) + 1))


def _kind(value: object) -> str:
    """The type of a value as messages about it name it."""
    if value is None:
        return "None"
    for kind in (bool, int, float, str, bytes):
        if isinstance(value, kind):
            return kind.__name__
    return "array" if isinstance(value, list | tuple | AbstractSet) else "object"
